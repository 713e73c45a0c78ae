"""Small helpers of the tests of the guard: a configuration, a running process, a service behind nginx."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from hashlib import md5
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from conftest import REPOSITORY
from servers import free_port, running

PROFILE = """name = "orientations"
account = ["user"]
[[route]]
match = "GET /dossiers/{patient}/identite"
action = "read"
fields = ["family_name", "birth_date"]
[[route]]
match = "GET /export"
action = "export"
listed = 50
[[route]]
match = "POST /login"
action = "login"
"""
TOKENS = {"viewer": "v" * 32, "analyst": "a" * 32, "officer": "o" * 32}


def configuration(folder: Path, port: int, *, log: Path | None = None, response="enforce = true", more="", service=""):
    """Write a configuration and what it names; return its path."""
    (folder / "profile.toml").write_text(PROFILE)
    for role, token in TOKENS.items():
        (folder / f"{role}.token").write_text(token + "\n")
    callers = "".join(
        f'[[caller]]\nname = "the {role}"\nrole = "{role}"\ntoken_file = "{role}.token"\n' for role in TOKENS
    )
    source = f'[[source]]\nkind = "files"\nname = "log"\npaths = ["{log}"]\nprofile = "profile.toml"\n' if log else ""
    path = folder / "maillon.toml"
    path.write_text(
        f"""state = "state"
{more}
[listen]
address = "127.0.0.1:{port}"
[limits]
account_per_second = 5000
account_burst = 20000
address_per_second = 50000
address_burst = 200000
[response]
{response}
[[service]]
name = "orientations"
profile = "profile.toml"
account_header = "X-Account"
session_header = "X-Session"
{service}
{source}{callers}"""
    )
    return path


@contextmanager
def guard(config: Path, port: int, *options):
    """Run the guard until it answers; end it with SIGTERM."""
    environment = os.environ | {"XDG_CONFIG_HOME": str(config.parent / "home"), "LC_ALL": "C.UTF-8"}
    command = [sys.executable, "-m", "maillon", "serve", "--config", config, *options]
    with (
        (config.parent / "stderr").open("ab") as told,
        subprocess.Popen(command, env=environment, stderr=told) as process,
    ):
        try:
            until(lambda: healthy(port) or ended(process, config), "the guard does not answer", 200)
            yield process
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
                assert process.wait(30) == 0, said(config)
        finally:
            process.kill()


def ended(process, config):
    assert process.poll() is None, said(config)
    return False


def said(config):
    return (config.parent / "stderr").read_text()


def until(done, otherwise, seconds=15):
    end = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < end, otherwise
        time.sleep(0.05)


def healthy(port):
    try:
        return call(port, "GET", "/health")[0] == 200
    except OSError:
        return False


class _OverSocket(HTTPConnection):
    """A client of what listens at a Unix socket."""

    def __init__(self, path):
        super().__init__("localhost", timeout=10)
        self.path = str(path)

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


def call(port, method, target, body=None, **headers):
    """Make one call at a port, or at the path of a socket; return status, headers, body."""
    client = HTTPConnection("127.0.0.1", port, timeout=10) if isinstance(port, int) else _OverSocket(port)
    try:
        client.request(method, target, body=body, headers={k.replace("_", "-"): v for k, v in headers.items()})
        answer = client.getresponse()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
    finally:
        client.close()


def api(port, role, method, path, **fields):
    """Call the API; return status and what it said."""
    body = json.dumps(fields).encode() if fields else None
    status, _, text = call(port, method, f"/v1/{path}", body, Authorization=f"Bearer {TOKENS[role]}")
    return status, json.loads(text)


def request_id(number):
    return md5(str(number).encode()).hexdigest()


def asks(port, account, target, *, number=0, method="GET", **headers):
    """Ask the guard about one request, as a proxy does; return status and headers."""
    more = {"X-Request-Id": request_id(number)} if number else {}
    status, told, _ = call(
        port, "GET", "/auth/orientations", X_Original_URI=target, X_Original_Method=method, X_Account=account,
        X_Forwarded_For="10.1.2.3", User_Agent="Firefox", **more, **headers,
    )  # fmt: skip
    return status, told


class _Service(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        body = b"a record"
        status = 404 if "/unknown" in self.path else 200
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET  # noqa: N815

    def log_message(self, *_):
        pass


@contextmanager
def service():
    """Run a small service; give its port."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Service)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def nginx(
    program,
    folder: Path,
    port: int,
    guard_port: int,
    service_port: int,
    fallback_port: int = 1,
    *,
    tokens=False,
    cache=False,
):
    """Run nginx with the example configuration: its places and ports changed, what is optional chosen, nothing else."""
    conf = folder / "conf"
    conf.mkdir(exist_ok=True)
    examples = REPOSITORY / "examples"
    for name in ("maillon-ask.conf", "maillon-answers.conf", "maillon-cache.conf"):
        (conf / name).write_text((examples / name).read_text())
    text = (examples / "nginx-maillon.conf").read_text()
    if tokens:
        ask = (conf / "maillon-ask.conf").read_text()
        assert "# proxy_set_header Authorization" in ask
        (conf / "maillon-ask.conf").write_text(ask.replace("# proxy_set_header Auth", "proxy_set_header Auth"))
    if cache:
        assert text.count("# include maillon-cache.conf") == 2
        text = text.replace("# include maillon-cache", "include maillon-cache")
        text = text.replace("# proxy_cache_path /dev/shm/maillon", f"proxy_cache_path {folder}/cache")
    for old, new in (
        ("127.0.0.1:8621", f"127.0.0.1:{guard_port}"),
        ("127.0.0.1:8622", f"127.0.0.1:{fallback_port}"),
        ("127.0.0.1:8080", f"127.0.0.1:{port}"),
        ("127.0.0.1:8090", f"127.0.0.1:{service_port}"),
        ("/var/log/nginx/access.log", str(folder / "access.log")),
        ("set $maillon_account $remote_user;", "set $maillon_account $http_x_test_account;"),
    ):
        assert old in text
        text = text.replace(old, new)
    owner = "user root;" if os.geteuid() == 0 else ""
    places = " ".join(
        f"{kind}_temp_path {folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (conf / "site.conf").write_text(text)
    (conf / "nginx.conf").write_text(
        f"{owner} worker_processes 1; daemon off; pid {folder}/nginx.pid; error_log {folder}/nginx.log; events {{ }}\n"
        f"http {{ {places} include site.conf; }}\n"
    )
    with running([program, "-p", folder, "-c", conf / "nginx.conf"], port):
        yield


def free():
    return free_port()
