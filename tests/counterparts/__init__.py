"""Small honest counterparts of the systems that responders act on: they check the protocol and can be made to fail."""

from __future__ import annotations

import json
import socketserver
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit

SECRET = "Zq8-geheim-7f3e"
"""Every secret of the tests holds this, so that a leak can be searched for."""

ACCOUNT = "m.durand"


@dataclass
class Asked:
    """One request."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes

    def json(self):
        return json.loads(self.body)

    @property
    def bearer(self):
        return self.headers.get("authorization", "").removeprefix("Bearer ")


@dataclass
class Faults:
    """How a counterpart misbehaves: from the n-th request on it answers `status`, or hangs until it is let go."""

    status: int = 0
    hang: bool = False
    after: int = 0
    echo: bool = False
    seen: int = 0
    released: threading.Event = field(default_factory=threading.Event)

    def strikes(self):
        self.seen += 1
        return (self.status or self.hang) and self.seen > self.after

    def mend(self):
        self.status, self.hang, self.after, self.echo, self.seen = 0, False, 0, False, 0


class Counterpart:
    """Base of all: `answer(asked)` returns (status, value); subclasses say what settings reach them."""

    responder = ""
    actions = ("end_sessions", "suspend")

    def __init__(self, folder):
        self.folder = folder
        self.faults = Faults()
        self.base = ""
        self.start()

    def start(self):
        """Make the state anew."""

    def secret(self, name, text=SECRET):
        """Write a secret file; return how a setting names it."""
        path = self.folder / name
        path.write_text(text + "\n")
        path.chmod(0o600)
        return f"file:{path}"

    def settings(self):
        raise NotImplementedError

    def answer(self, asked):
        raise NotImplementedError

    def standing(self):
        """Return what an undo must restore, as a value that can be compared."""
        return

    def effect(self, action):
        """Assert that what the action promises is so."""


@contextmanager
def serving(counterpart):
    """Run a counterpart on the loopback."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = 65_536

        def do(self):
            parts = urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            query = {name: values[-1] for name, values in parse_qs(parts.query, keep_blank_values=True).items()}
            headers = {name.lower(): value for name, value in self.headers.items()}
            asked = Asked(self.command, unquote(parts.path), query, headers, body)
            faults = counterpart.faults
            if faults.strikes():
                if faults.hang:
                    faults.released.wait(20)
                    self.close_connection = True
                    return
                value = {"error": f"{asked.headers} {body.decode(errors='replace')}"} if faults.echo else None
                self.send(faults.status, value)
                return
            self.send(*counterpart.answer(asked))

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do  # noqa: N815

        def send(self, status, value=None):
            text = b"" if value is None else json.dumps(value).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *_):
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request, client_address):
            pass  # whoever gave up waiting closed the connection

    with running(Server(("127.0.0.1", 0), Handler), counterpart):
        counterpart.base = f"http://127.0.0.1:{counterpart.port}"
        yield counterpart


@contextmanager
def running(server: socketserver.BaseServer, counterpart):
    counterpart.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield
    finally:
        counterpart.faults.released.set()
        server.shutdown()
        server.server_close()
        thread.join(5)
