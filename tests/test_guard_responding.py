"""Orders go from the guard to a responder, again until they are done, and are taken back by a release."""

from __future__ import annotations

import base64
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from guarded import api, asks, configuration, free, guard, until


@pytest.fixture
def receiver():
    """A webhook's receiver that fails at first."""

    class Receiver(BaseHTTPRequestHandler):
        got: list[dict] = []  # noqa: RUF012
        failing = False

        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if not self.failing:
                self.got.append(json.loads(body))
            self.send_response(503 if self.failing else 204)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield Receiver, server.server_address[1]
    server.shutdown()
    server.server_close()


def test_orders_reach_the_responder_and_a_release_takes_them_back(tmp_path, receiver):
    there, hook = receiver
    port = free()
    config = configuration(tmp_path, port)
    secret = tmp_path / "hook.secret"
    secret.write_text("whsec_" + base64.b64encode(b"s" * 32).decode())
    secret.chmod(0o600)
    config.write_text(
        config.read_text()
        + f'[responders.webhook]\nurl = "http://127.0.0.1:{hook}/"\nsecret = "file:{secret}"\ntries = 1\n'
    )
    there.failing = True
    with guard(config, port):
        assert asks(port, "agent", "/dossiers/1/identite")[0] == 200
        api(port, "analyst", "POST", "contain", account="agent", why="a call")
        assert asks(port, "agent", "/dossiers/1/identite")[0] == 403, "the door does not wait for responders"
        there.failing = False
        until(lambda: there.got, "the order was not handed over again", 30)
        assert [(one["account"], one["action"], one["who"]) for one in there.got] == [
            ("agent", "end_sessions", "the analyst")
        ]
        api(port, "analyst", "POST", "release", account="agent", why="it was her")
        until(lambda: len(there.got) > 1, "the release was not handed over", 30)
        assert there.got[1]["releases"] == there.got[0]["id"]
        assert asks(port, "agent", "/dossiers/1/identite")[0] == 200
    assert "s" * 32 not in (tmp_path / "stderr").read_text()
