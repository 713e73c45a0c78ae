"""What all responders share: settings, secrets, TLS, bounded answers; and what a webhook and a mail look like."""

from __future__ import annotations

import email
import email.policy
import ssl
import subprocess
import threading
import time
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer

import msgspec
import pytest
from standardwebhooks import Webhook as Verifier
from standardwebhooks import WebhookVerificationError

from conftest import REPOSITORY
from counterparts import SECRET, serving
from counterparts.listeners import Mail, Webhook, mailing
from maillon.edges.responders import RESPONDERS, people, webhook
from maillon.edges.responders.configured import configured, hand_over, take_back
from maillon.edges.responders.declaration import Connection
from maillon.edges.responders.described import page
from maillon.edges.responders.http import ask
from maillon.edges.responders.secret import read_secret
from maillon.facts.errors import ResponderError, UsageError
from maillon.facts.order import ORDERS, Receipt, Text
from maillon.render.order_words import body, subject
from scanning import maillon
from test_responders import ACCOUNT, NOW, order

# Settings


def test_nothing_configured_is_a_dry_run():
    (one,) = configured({}, "maillon.toml")
    (receipt,) = hand_over(order("suspend"), [one], NOW, enforce=True)
    assert (receipt.responder, receipt.outcome) == ("dry_run", "dry_run")
    assert receipt.detail == f"would suspend {ACCOUNT} until 2026-09-24T14:13:20+00:00"


def test_all_mistakes_come_at_once_and_no_value_is_repeated():
    tables = {
        "keycloak": {"url": "https://x", "realm": "r", "client_secret": SECRET},
        "scim": {"url": "https://x", "tokn": SECRET},
        "crowdsec": {"url": 3},
        "people": {"lang": SECRET},
        "nobody": {},
    }
    with pytest.raises(UsageError) as caught:
        configured(tables, "maillon.toml")
    told = str(caught.value)
    assert "maillon.toml: 5 mistake(s)" in told
    assert "client_secret: a secret is named, never written here" in told
    assert "`tokn`" in told
    assert SECRET not in told


@pytest.mark.parametrize("one", RESPONDERS, ids=lambda one: one.name)
def test_every_secret_is_a_reference_and_everything_is_described(one):
    info = msgspec.inspect.type_info(one.settings)
    for field in info.fields:
        assert field.type.extra_json_schema["description"] if field.name != "receivers" else True
        if any(word in field.name for word in ("secret", "token", "password")):
            assert "env:" in str(field.type.type.pattern), field.name
    assert set(one.takes) <= set(ORDERS)
    assert one.does
    assert one.undoes


def test_without_enforcement_nothing_is_asked_of_anybody(tmp_path):
    with serving(Webhook(tmp_path)) as outside:
        to = configured({"webhook": outside.settings()}, "maillon.toml")
        (receipt,) = hand_over(order("end_sessions"), to, NOW, enforce=False)
        assert (receipt.responder, receipt.outcome) == ("webhook", "dry_run")
        done = Receipt("order-1", 42, "webhook", NOW, "done")
        (undone,) = take_back(order("release", "order-2"), [done], to, NOW, enforce=False)
        assert undone.outcome == "dry_run"
        assert outside.messages == {}


def test_what_a_removed_responder_did_is_refused_aloud():
    done = Receipt("order-1", 42, "keycloak", NOW, "done", undo="{}")
    dry = replace(done, outcome="dry_run")
    (receipt,) = take_back(order("release"), [dry, done], configured({}, ""), NOW, enforce=True)
    assert receipt.outcome == "refused"
    assert "by hand" in receipt.detail


def test_an_order_for_one_responder_goes_to_that_one(tmp_path):
    with serving(Webhook(tmp_path)) as outside:
        tables = {"webhook": outside.settings(), "dry_run": {}}
        receipts = hand_over(replace(order("pace"), responder="dry_run"), configured(tables, ""), NOW, enforce=True)
        assert [one.responder for one in receipts] == ["dry_run"]


# Secrets


def test_secrets_come_from_files_and_from_the_environment(tmp_path, monkeypatch):
    path = tmp_path / "secret"
    path.write_text(f"{SECRET}\n")
    path.chmod(0o640)
    assert read_secret(f"file:{path}") == SECRET
    monkeypatch.setenv("MAILLON_TEST_SECRET", SECRET)
    assert read_secret("env:MAILLON_TEST_SECRET") == SECRET
    path.chmod(0o644)
    with pytest.raises(UsageError, match="open to everybody"):
        read_secret(f"file:{path}")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    assert read_secret(f"file:{path}") == SECRET


@pytest.mark.parametrize("reference", ["env:MAILLON_NOT_SET", "file:/nowhere/secret", ""])
def test_a_secret_that_is_missing_is_named_by_its_place(reference):
    with pytest.raises(UsageError, match=reference.partition(":")[2] or "not set"):
        read_secret(reference)


# HTTP


@contextmanager
def odd(answer, context=None):
    """Run a server whose handler is `answer(handler)`; yield its port."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            answer(self)

        def log_message(self, *_):
            pass

    class Server(HTTPServer):
        def handle_error(self, request, client_address):
            pass

    server = Server(("127.0.0.1", 0), Handler)
    if context:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


def well(handler):
    handler.send_response(200)
    handler.send_header("Content-Length", "2")
    handler.end_headers()
    handler.wfile.write(b"{}")


@pytest.fixture(name="certificate", scope="module")
def _certificate(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tls")
    files = [folder / "key.pem", folder / "cert.pem"]
    command = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
        "-nodes",
        "-days",
        "2",
    ]
    command += ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    subprocess.run([*command, "-keyout", files[0], "-out", files[1]], check=True, capture_output=True)
    return files


def test_an_unknown_authority_and_a_wrong_name_are_refused(certificate):
    key, chain = certificate
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain, key)
    with odd(well, context) as port:
        trusting = Connection(ca_file=str(chain))
        assert ask(trusting, "GET", f"https://localhost:{port}/").status == 200
        for connection, host in ((Connection(), "localhost"), (trusting, "127.0.0.1")):
            with pytest.raises(ResponderError, match="TLS") as refused:
                ask(connection, "GET", f"https://{host}:{port}/")
            assert refused.value.outcome == "refused"


@pytest.mark.parametrize(
    "url", ["http://sso.example.org/", "ftp://127.0.0.1/", "https://me:pw@127.0.0.1/", "file:///x"]
)
def test_secrets_are_not_sent_in_clear(url):
    with pytest.raises(UsageError):
        ask(Connection(), "GET", url)


def test_a_redirect_is_not_followed_with_the_secrets():
    def elsewhere(handler):
        handler.send_response(302)
        handler.send_header("Location", "http://127.0.0.1:1/")
        handler.end_headers()

    with odd(elsewhere) as port, pytest.raises(ResponderError, match="answered 302") as refused:
        ask(Connection(), "GET", f"http://127.0.0.1:{port}/")
    assert refused.value.outcome == "refused"


def test_neither_drops_nor_floods_hold_a_responder_up():
    def drip(handler):
        handler.send_response(200)
        handler.end_headers()
        for _ in range(40):
            handler.wfile.write(b".")
            time.sleep(0.1)

    def flood(handler):
        handler.send_response(200)
        handler.end_headers()
        for _ in range(200):
            handler.wfile.write(b"." * 65_536)

    with odd(drip) as port:
        start = time.monotonic()
        with pytest.raises(ResponderError, match="in time") as late:
            ask(Connection(seconds=0.5), "GET", f"http://127.0.0.1:{port}/")
        assert time.monotonic() - start < 3
        assert late.value.outcome == "timeout"
    with odd(flood) as port, pytest.raises(ResponderError, match="more than"):
        ask(Connection(), "GET", f"http://127.0.0.1:{port}/")


@pytest.mark.parametrize("answer", [b"", b"<html>", b"\xff\xfe", b"[" * 100_000])
def test_what_is_no_json_is_refused(answer):
    def send(handler):
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(answer)))
        handler.end_headers()
        handler.wfile.write(answer)

    with odd(send) as port:
        reply = ask(Connection(), "GET", f"http://127.0.0.1:{port}/")
        with pytest.raises(ResponderError, match="not JSON"):
            reply.json()


# A webhook, a mail


def test_the_signature_is_what_the_specifications_own_library_checks():
    key = b"k" * 32
    verifier = Verifier("whsec_" + "a2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2s=")
    payload = b'{"v":1}'
    seconds = int(time.time())
    headers = {
        "webhook-id": "m",
        "webhook-timestamp": str(seconds),
        "webhook-signature": webhook.signature(key, "m", seconds, payload),
    }
    assert verifier.verify(payload.decode(), headers) == {"v": 1}
    for name, value in (("webhook-id", "n"), ("webhook-timestamp", str(seconds - 1))):
        with pytest.raises(WebhookVerificationError):
            verifier.verify(payload.decode(), headers | {name: value})


def test_a_webhook_tries_again_where_no_answer_came_but_not_where_it_was_refused(tmp_path):
    with serving(Webhook(tmp_path)) as outside:
        settings = msgspec.convert(outside.settings() | {"tries": 3}, webhook.Settings)
        outside.faults.status = 503
        assert webhook.respond(order("pace"), settings, NOW).outcome == "timeout"
        assert outside.faults.seen == 3
        outside.faults.mend()
        outside.faults.status = 403
        assert webhook.respond(order("pace"), settings, NOW).outcome == "refused"
        assert outside.faults.seen == 1


def test_a_release_by_webhook_names_what_it_takes_back(tmp_path):
    with serving(Webhook(tmp_path)) as outside:
        settings = msgspec.convert(outside.settings(), webhook.Settings)
        receipt = webhook.respond(order("end_sessions"), settings, NOW)
        webhook.undo(order("release", "order-2"), receipt, settings)
        first, second = outside.messages.values()
        assert "releases" not in first
        assert (second["action"], second["releases"]) == ("release", "order-1")


HOSTILE = replace(
    order("suspend"),
    account="dr\r\nBcc: thief@example.org\x1b[2J",
    who="anne\nDate: never",
    why="\u202eelbisivni",
    remains=Text("Appelez l’astreinte.", "Call whoever is on call."),
    alarm="cap_group",
)


def test_a_mail_tells_what_why_and_what_to_do_in_both_languages(tmp_path):
    with mailing(Mail(tmp_path)) as outside:
        settings = msgspec.convert(outside.settings(), people.Settings)
        assert people.respond(replace(order("suspend"), remains=HOSTILE.remains), settings, NOW).outcome == "done"
        (mail,) = outside.mails
    read = email.message_from_bytes(mail, policy=email.policy.default)
    assert read["to"] == "garde@example.org, rssi@example.org"
    assert read["message-id"] == "<order-1@maillon.invalid>"
    text = read.get_content()
    for words in (
        "Compte suspendu : m.durand",
        "Account suspended: m.durand",
        "400 patients jamais vus",
        "400 patients never seen",
        "Appelez l’astreinte.",
        "maillon incident show 4f1c09ab77d2",
        "maillon release m.durand",
    ):
        assert words in text


def test_a_hostile_name_adds_no_header_and_acts_on_no_terminal(tmp_path):
    with mailing(Mail(tmp_path)) as outside:
        settings = msgspec.convert(outside.settings(), people.Settings)
        assert people.respond(HOSTILE, settings, NOW).outcome == "done"
        (mail,) = outside.mails
    read = email.message_from_bytes(mail, policy=email.policy.default)
    assert read["bcc"] is None
    assert read["subject"].startswith("[!] Maillon: ")
    text = read.get_content()
    assert not {"\x1b", "\u202e"} & set(text)
    assert "ATTENTION" in text


@pytest.mark.parametrize("lang", ["fr", "en"])
@pytest.mark.parametrize("action", ORDERS)
def test_every_order_has_words(action, lang):
    one = replace(order(action), until=0)
    assert ACCOUNT in subject(one, lang)
    assert ACCOUNT in body(one, lang)
    assert "{" not in body(one, lang)


def test_less_done_than_asked_for_is_told_whatever_was_chosen(tmp_path):
    with mailing(Mail(tmp_path)) as outside:
        settings = msgspec.convert(outside.settings() | {"actions": ["suspend"]}, people.Settings)
        assert people.respond(order("pace"), settings, NOW).detail == "nothing to do"
        people.respond(replace(order("pace"), alarm="emergency"), settings, NOW)
        assert len(outside.mails) == 1


def test_mail_to_another_machine_needs_tls():
    settings = people.Settings(to=("a@example.org",), server="mail.example.org:25", tls="none")
    receipt = people.respond(order("suspend"), settings, NOW)
    assert (receipt.outcome, "TLS" in receipt.detail) == ("refused", True)


# The command


def said(verb, home, *more):
    return maillon("responders", verb, *more, home=home, check=False)


def test_the_command_lists_and_tries(tmp_path):
    listed = said("list", tmp_path)
    assert listed.returncode == 0
    assert all(one.name.encode() in listed.stdout for one in RESPONDERS)
    with serving(Webhook(tmp_path)) as outside:
        table = outside.settings()
        config = tmp_path / "maillon.toml"
        config.write_text(f'[responders.webhook]\nurl = "{table["url"]}"\nsecret = "{table["secret"]}"\n')
        good = said("check", tmp_path, "--config", config)
        assert good.returncode == 0, good.stderr
        assert good.stdout.startswith(b"webhook: ")
        assert outside.messages == {}, "nothing is done by a check"
        assert said("check", tmp_path, "scim", "--config", config).returncode == 2
        outside.secret("webhook", "short" + SECRET)
        bad = said("check", tmp_path, "--config", config)
    assert bad.returncode == 1
    assert b"webhook: the secret" in bad.stderr
    assert SECRET.encode() not in bad.stderr + bad.stdout


@pytest.mark.parametrize("text", ["responders = 3", "[responders", "[responders]\nx = 1"])
def test_a_configuration_that_cannot_be_meant(tmp_path, text):
    config = tmp_path / "maillon.toml"
    config.write_text(text)
    assert said("check", tmp_path, "--config", config).returncode == 2


# The page


def test_the_page_is_what_the_declarations_print():
    text = (REPOSITORY / "docs" / "responders.md").read_text()
    printed = text.partition("<!-- printed by docs/print_responders.py -->\n\n")[2].partition("\n<!-- end -->")[0]
    assert printed == "\n".join(page()), "run: python docs/print_responders.py --write"
