"""A real Traefik asks the guard about every request, with the example's configuration."""

from __future__ import annotations

import pytest

from conftest import REPOSITORY
from guarded import api, call, configuration, free, guard, service, until
from servers import basic, running

_AUTHENTICATED = """      forwardAuth:
        address: http://127.0.0.1:4180/oauth2/auth   # ← who authenticates, and names the account in a header
        authResponseHeaders: [X-Account]
"""
_BASIC = """      basicAuth:
        users: ["m.durand:{SHA}F2GPAaOiG5EcklvLUlodIavTBnM=", "a.petit:{SHA}F2GPAaOiG5EcklvLUlodIavTBnM="]
        headerField: X-Account
"""


@pytest.fixture(scope="module")
def site(part, tmp_path_factory):
    folder = tmp_path_factory.mktemp("traefik")
    traefik = part("traefik")
    port, web, local, second = free(), free(), free(), free()
    with service() as behind:
        for name in ("traefik.yml", "traefik-maillon.yml"):
            text = (REPOSITORY / "examples" / name).read_text()
            for old, new in (
                ("127.0.0.1:8620", f"127.0.0.1:{local}"), ("127.0.0.1:8621", f"127.0.0.1:{port}"),
                ("127.0.0.1:8622", f"127.0.0.1:{second}"), ("127.0.0.1:8080", f"127.0.0.1:{web}"),
                ("127.0.0.1:8090", f"127.0.0.1:{behind}"), ("Host(`orientations.example`)", "PathPrefix(`/`)"),
                ("/etc/traefik", str(folder)), (_AUTHENTICATED, _BASIC),
            ):  # fmt: skip
                text = text.replace(old, new)
            (folder / name).write_text(text)
        assert _BASIC in text, "the example authenticates in another way"
        config = configuration(folder, port, service="request_id = false")
        with running([traefik, f"--configfile={folder}/traefik.yml"], web):
            yield config, port, web


def reads(web, account, patient, **headers):
    authorization = basic(account, "opensesame")
    return call(web, "GET", f"/dossiers/{patient}/identite", Authorization=authorization, **headers)


def test_each_verdict_is_passed_on_with_its_page(site):
    config, port, web = site
    with guard(config, port):
        until(lambda: reads(web, "m.durand", 20_000_000)[0] == 200, "the guard is not asked")
        for number in range(6):
            assert reads(web, "m.durand", 20_000_000 + number * 17)[0] == 200
        api(port, "analyst", "POST", "contain", account="m.durand", why="a call")
        status, headers, body = reads(web, "m.durand", 20_000_999, Accept_Language="en")
        assert (status, headers["x-maillon-decision"]) == (403, "contain")
        assert b"What to do" in body
        assert reads(web, "a.petit", 20_000_999, X_Account="m.durand")[0] == 200  # whom the client says it is
        posted = call(web, "POST", "/_maillon/glass", b"reason=present", Authorization=basic("m.durand", "opensesame"))
        assert posted[0] == 200
        assert reads(web, "m.durand", 20_000_999)[0] == 200
        assert call(web, "GET", "/export", Authorization=basic("m.durand", "opensesame"))[0] == 403


def test_where_nobody_answers_everything_is_closed(site):
    _, _, web = site
    assert reads(web, "m.durand", 1)[0] in (500, 502, 503)
