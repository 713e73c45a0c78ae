"""A real Envoy asks the guard about every request, with the example's configuration."""

from __future__ import annotations

import pytest

from conftest import REPOSITORY
from guarded import api, call, configuration, free, guard, service, until
from servers import running

_MARK = "                  # ← before this: the filter that authenticates"
_AUTHENTICATES = """                  - name: envoy.filters.http.header_mutation
                    typed_config:
                      "@type": type.googleapis.com/envoy.extensions.filters.http.header_mutation.v3.HeaderMutation
                      mutations:
                        request_mutations:
                          - append:
                              header: {key: x-account, value: "%REQ(X-Test-Account)%"}
                              append_action: OVERWRITE_IF_EXISTS_OR_ADD
"""


@pytest.fixture(scope="module")
def site(part, tmp_path_factory):
    folder = tmp_path_factory.mktemp("envoy")
    envoy = part("envoy")
    port, web, second = free(), free(), free()
    text = (REPOSITORY / "examples" / "envoy-maillon.yaml").read_text()
    with service() as behind:
        for old, new in (
            ("port_value: 8621", f"port_value: {port}"), ("port_value: 8622", f"port_value: {second}"),
            ("port_value: 8080", f"port_value: {web}"), ("port_value: 8090", f"port_value: {behind}"),
            ("127.0.0.1:8621", f"127.0.0.1:{port}"), ("/var/log/envoy/access.log", str(folder / "access.log")),
            (_MARK, _AUTHENTICATES + _MARK),
        ):  # fmt: skip
            assert old in text, old
            text = text.replace(old, new)
        (folder / "envoy.yaml").write_text(text)
        (folder / "access.log").touch()
        config = configuration(folder, port, log=folder / "access.log")
        command = [envoy, "-c", folder / "envoy.yaml", "--concurrency", "1", "--base-id", str(web)]
        command += ["-l", "warning", "--file-flush-interval-msec", "100"]
        with running(command, web):
            yield folder, config, port, web


def reads(web, account, patient, **headers):
    return call(web, "GET", f"/dossiers/{patient}/identite", X_Test_Account=account, **headers)


def counts(port):
    return api(port, "viewer", "GET", "status")[1]["counts"]


def test_each_verdict_is_passed_on_with_its_page_and_the_log_confirms(site):
    _, config, port, web = site
    with guard(config, port):
        until(lambda: reads(web, "m.durand", 1)[0] == 200 and counts(port).get("asked"), "the guard is not asked")
        for number in range(6):
            assert reads(web, "m.durand", 20_000_000 + number * 17)[0] == 200
        until(lambda: counts(port).get("joined", 0) >= 6, "the log confirms nothing")
        api(port, "analyst", "POST", "contain", account="m.durand", why="a call")
        status, headers, body = reads(web, "m.durand", 20_000_999, Accept_Language="en")
        assert (status, headers["x-maillon-decision"]) == (403, "contain")
        assert b"What to do" in body
        assert reads(web, "a.petit", 20_000_999, X_Account="m.durand")[0] == 200  # whom the client says it is
        assert call(web, "POST", "/_maillon/glass", b"reason=present", X_Test_Account="m.durand")[0] == 200
        assert reads(web, "m.durand", 20_000_999)[0] == 200
        assert call(web, "GET", "/export", X_Test_Account="m.durand")[0] == 403


def test_where_nobody_answers_care_is_open(site):
    _, _, _, web = site
    until(lambda: reads(web, "m.durand", 1)[0] == 200, "care is blocked where the guard is dead")
