"""The guard itself: closed unless proved, roles, tokens, secrets that stay secret, hostile words that stay words."""

from __future__ import annotations

import json
import os
import socket
import ssl
import subprocess
import sys
import time
from http.client import HTTPSConnection

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

from guarded import TOKENS, api, asks, call, configuration, free, guard, said, until
from test_serve_sources import certificates  # noqa: F401 - a fixture


@pytest.fixture(scope="module")
def here(tmp_path_factory):
    folder = tmp_path_factory.mktemp("security")
    port = free()
    keys = KeySet([RSAKey.generate_key(2048, {"kid": "one", "use": "sig"})])
    (folder / "jwks.json").write_text(json.dumps(keys.as_dict(private=False)))
    service = (
        '[service.tokens]\nissuer = "https://idp.example/realms/sante"\naudience = "orientations"\nkeys = "jwks.json"\n'
    )
    config = configuration(folder, port, service=service)
    config.write_text(config.read_text().replace('account_header = "X-Account"\n', ""))
    with guard(config, port):
        yield folder, port, keys


def token(keys, *, algorithm="RS256", **changed):
    claims = {
        "iss": "https://idp.example/realms/sante", "aud": "orientations", "exp": int(time.time()) + 300,
        "preferred_username": "m.durand", "sid": "s1",
    } | changed  # fmt: skip
    return jwt.encode({"alg": algorithm, "kid": "one"}, claims, keys.keys[0], algorithms=[algorithm])


def asked_with(port, bearer, target="/dossiers/1/identite", **headers):
    return call(port, "GET", "/auth/orientations", X_Original_URI=target, Authorization=f"Bearer {bearer}", **headers)[
        0
    ]


def test_only_a_token_that_the_provider_signed_names_an_account(here):
    folder, port, keys = here
    api(port, "analyst", "POST", "contain", account="m.durand", why="a call")
    until(lambda: asked_with(port, token(keys)) == 403, "the provider's keys were not read")
    stranger = KeySet([RSAKey.generate_key(2048, {"kid": "one"})])
    unsigned = "eyJhbGciOiJub25lIn0." + token(keys).split(".")[1] + "."
    for bad in (
        token(stranger),
        token(keys, iss="https://other.example"),
        token(keys, aud="another"),
        token(keys, exp=int(time.time()) - 100),
        token(keys, nbf=int(time.time()) + 900),
        token(keys, exp=None),
        unsigned,
        "garbage",
        token(keys)[:-4] + "AAAA",
    ):
        assert asked_with(port, bad) == 200, "nobody that it knows"
    assert asked_with(port, token(keys), X_Account="somebody.else") == 403, "a header is not believed beside a token"
    counts = api(port, "viewer", "GET", "status")[1]["counts"]
    assert counts["asked"] >= 9
    assert token(keys) not in said(folder / "maillon.toml")


def test_a_stronger_log_in_of_the_token_satisfies_a_step_up(tmp_path, here):
    _, port, keys = here
    before = int(time.time()) - 1000
    assert asked_with(port, token(keys, preferred_username="dr.roy", acr="1", auth_time=before)) == 200


@pytest.mark.parametrize(
    ("role", "call_", "fields", "status"),
    [
        ("viewer", "contain", {"account": "a", "why": "b"}, 403),
        ("viewer", "verdict", {"account": "a", "word": "legitimate", "why": "b"}, 403),
        ("analyst", "suspend", {"account": "a", "why": "b"}, 403),
        ("analyst", "glass", {"account": "a", "reason": "emergency", "why": "b"}, 403),
        ("analyst", "contain", {"account": "a"}, 400),
        ("analyst", "verdict", {"account": "never seen", "word": "legitimate", "why": "b"}, 404),
        ("analyst", "verdict", {"account": "a", "word": "perhaps", "why": "b"}, 400),
        ("officer", "suspend", {"account": "suspended.one", "why": "b"}, 200),
        ("officer", "nothing", {"why": "b"}, 404),
    ],
)
def test_each_word_takes_its_role(here, role, call_, fields, status):
    assert api(here[1], role, "POST", call_, **fields)[0] == status


def test_one_officer_alone_suspends_nobody(here):
    """Two persons are asked for: until then the account is blocked, and not closed at the identity provider."""
    _, port, _ = here
    api(port, "officer", "POST", "suspend", account="alone", why="sold password")
    actions = {one["action"] for one in api(port, "viewer", "GET", "orders")[1] if one["account"] == "alone"}
    assert actions == {"end_sessions"}


def test_nobody_without_a_token_reads_or_acts(here):
    _, port, _ = here
    for path in ("status", "decisions", "orders", "glasses"):
        assert call(port, "GET", f"/v1/{path}")[0] == 401
        assert call(port, "GET", f"/v1/{path}", Authorization="Bearer " + "x" * 32)[0] == 401
    assert call(port, "POST", "/v1/contain", b"{}")[0] == 401
    assert call(port, "GET", "/health")[0] == 200
    assert call(port, "GET", "/")[0] == call(port, "GET", "/etc/passwd")[0] == 404


def test_guessing_tokens_is_stopped_for_that_address(tmp_path):
    port = free()
    with guard(configuration(tmp_path, port), port):
        for _ in range(15):
            assert call(port, "GET", "/v1/status", Authorization="Bearer guess")[0] == 401
        status, _, _ = call(port, "GET", "/v1/status", Authorization=f"Bearer {TOKENS['viewer']}")
        assert status == 401, "even the right one, until the guesses are forgotten"
        assert asks(port, "agent", "/dossiers/1/identite")[0] == 200, "proxies go on"


def test_elsewhere_than_on_this_machine_callers_show_a_certificate(certificates, tmp_path):  # noqa: F811
    port = free()
    config = configuration(tmp_path, port)
    text = config.read_text().replace(
        f'address = "127.0.0.1:{port}"',
        f'address = "0.0.0.0:{port}"\ncertificate = "{certificates}/server.pem"\n'
        f'private_key = "{certificates}/server.key"\n'
        f'client_ca = "{certificates}/ca.pem"',
    )
    config.write_text(text)
    context = ssl.create_default_context(cafile=str(certificates / "ca.pem"))

    def reachable():
        with socket.socket() as one:
            return one.connect_ex(("127.0.0.1", port)) == 0

    environment = os.environ | {"XDG_CONFIG_HOME": str(tmp_path / "home")}
    command = [sys.executable, "-m", "maillon", "serve", "--config", config]
    with subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL) as process:
        try:
            until(reachable, "the guard does not listen", 200)
            stranger = HTTPSConnection("127.0.0.1", port, context=context, timeout=5)
            with pytest.raises((ssl.SSLError, ConnectionError)):
                _asks(stranger)
            stranger.close()
            context.load_cert_chain(certificates / "sender.pem", certificates / "sender.key")
            proxy = HTTPSConnection("127.0.0.1", port, context=context, timeout=5)
            proxy.request(
                "GET", "/auth/orientations", headers={"X-Account": "a", "X-Original-URI": "/dossiers/1/identite"}
            )
            assert proxy.getresponse().status == 200
            proxy.close()
        finally:
            process.terminate()
            process.wait(30)


def _asks(client):
    client.request("GET", "/auth/orientations")
    return client.getresponse()


@pytest.mark.parametrize(
    "raw",
    [
        b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"a" * 40_000 + b"\r\n\r\n",
        b"\x16\x03\x01\x02\x00",
        b"GET /auth/orientations HTTP/9.9\r\n\r\n",
        b"POST /glass/orientations HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n" + b"a" * 100_000,
        b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"CONNECT a:1 HTTP/1.1\r\nHost: a\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n",
    ],
)
def test_malformed_requests_are_refused_and_the_guard_goes_on(here, raw):
    _, port, _ = here
    with socket.create_connection(("127.0.0.1", port), timeout=5) as one:
        one.sendall(raw)
        answer = one.recv(100)
    assert answer == b"" or answer.startswith(b"HTTP/1.1 4"), answer
    assert b"200 OK" not in answer
    assert call(port, "GET", "/health")[0] == 200


def test_hostile_words_stay_words(tmp_path):
    """An account, a path and a client that would act on a terminal, a page or a log."""
    port = free()
    config = configuration(tmp_path, port)
    evil = "<script>alert(1)</script>\x1b[2J"
    with guard(config, port):
        name = '"><script>alert(1)</script>'
        assert asks(port, name, "/dossiers/1/identite")[0] == 200
        api(port, "analyst", "POST", "contain", account=name, why=evil)
        status, headers, body = call(
            port, "GET", "/auth/orientations", X_Account=name, X_Original_URI='/dossiers/2/identite?"><img src=x>',
        )  # fmt: skip
        assert status == 403
        assert b"<script" not in body
        assert b"<img" not in body
        assert "script-src" not in headers["content-security-policy"]
        assert headers["content-security-policy"].startswith("default-src 'none'")
    assert "\x1b" not in said(config)


def test_a_page_of_somebody_else_cannot_spend_a_carers_passage(tmp_path):
    port = free()
    config = configuration(tmp_path, port)
    with guard(config, port):
        assert asks(port, "agent", "/dossiers/1/identite")[0] == 200
        api(port, "analyst", "POST", "contain", account="agent", why="a call")
        form = (port, "POST", "/glass/orientations", b"reason=present")
        assert call(*form, X_Account="agent", Sec_Fetch_Site="cross-site")[0] == 403
        assert call(*form[:3], b"reason=because", X_Account="agent")[0] == 409
        assert call(*form, X_Account="agent", Sec_Fetch_Site="same-origin")[0] == 200
        assert api(port, "officer", "POST", "glass", account="agent", reason="emergency", why="on call")[0] == 200
