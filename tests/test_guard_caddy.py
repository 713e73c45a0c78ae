"""A real Caddy asks the guard about every request, with the example's configuration."""

from __future__ import annotations

import os

import pytest

from conftest import REPOSITORY
from guarded import api, call, configuration, free, guard, service, until
from servers import running


@pytest.fixture(scope="module")
def site(part, tmp_path_factory):
    folder = tmp_path_factory.mktemp("caddy")
    caddy = part("caddy")
    port, web, second = free(), free(), free()
    text = (REPOSITORY / "examples" / "Caddyfile").read_text()
    with service() as behind:
        for old, new in (
            ("127.0.0.1:8621", f"127.0.0.1:{port}"), ("127.0.0.1:8622", f"127.0.0.1:{second}"),
            ("127.0.0.1:8080", f"127.0.0.1:{web}"), ("127.0.0.1:8090", f"127.0.0.1:{behind}"),
            ("/var/log/caddy/access.log", str(folder / "access.log")),
            ("{http.auth.user.id}", "{http.request.header.X-Test-Account}"),
            ("import accounts", ""),
        ):  # fmt: skip
            assert old in text
            text = text.replace(old, new)
        text = text.replace("basicauth {", "# {", 1)
        start = text.index("# {")
        text = text[:start] + text[text.index("}", start) + 1 :]
        (folder / "Caddyfile").write_text("{\n\tadmin off\n}\n" + text)
        (folder / "access.log").touch()
        config = configuration(folder, port, log=folder / "access.log")
        environment = os.environ | {"HOME": str(folder), "XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}
        command = [caddy, "run", "--config", folder / "Caddyfile", "--adapter", "caddyfile"]
        with running(command, web, env=environment):
            yield folder, config, port, web


def reads(web, account, patient, **headers):
    return call(web, "GET", f"/dossiers/{patient}/identite", X_Test_Account=account, **headers)


def test_each_verdict_is_passed_on_with_its_page_and_the_log_confirms(site):
    _, config, port, web = site
    with guard(config, port):
        for number in range(6):
            assert reads(web, "m.durand", 20_000_000 + number * 17)[0] == 200
        until(
            lambda: api(port, "viewer", "GET", "status")[1]["counts"].get("joined", 0) >= 6, "the log confirms nothing"
        )
        api(port, "analyst", "POST", "contain", account="m.durand", why="a call")
        status, headers, body = reads(web, "m.durand", 20_000_999, Accept_Language="en")
        assert (status, headers["x-maillon-decision"]) == (403, "contain")
        assert b"What to do" in body
        assert call(web, "POST", "/_maillon/glass", b"reason=present", X_Test_Account="m.durand")[0] == 200
        assert reads(web, "m.durand", 20_000_999)[0] == 200
        assert call(web, "GET", "/export", X_Test_Account="m.durand")[0] == 403


def test_where_nobody_answers_care_is_open_and_exports_are_closed(site):
    _, _, _, web = site
    assert reads(web, "m.durand", 1)[0] == 200
    assert call(web, "GET", "/export", X_Test_Account="m.durand")[0] in (502, 503)
