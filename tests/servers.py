"""Real servers on the loopback, started for a test and stopped after it."""

from __future__ import annotations

import base64
import socket
import subprocess
import time
from contextlib import closing, contextmanager
from http.client import HTTPConnection


def free_port():
    with closing(socket.socket()) as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


@contextmanager
def running(command, port, **options):
    """Run a server in the foreground until it answers, and stop it after."""
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **options) as server:
        try:
            _until(lambda: _answers(port) or _dead(server), f"nothing answers on port {port}")
            yield
        finally:
            server.terminate()
            server.wait(30)


def ask(port, targets, **headers):
    """Ask for pages one after the other on one connection; return the statuses."""
    with closing(HTTPConnection("127.0.0.1", port, timeout=10)) as client:
        statuses = []
        for target in targets:
            client.request("GET", target, headers=headers)
            answer = client.getresponse()
            answer.read()
            statuses.append(answer.status)
        return statuses


def basic(account, password):
    """Return the Authorization header of HTTP's basic log-in."""
    return "Basic " + base64.b64encode(f"{account}:{password}".encode()).decode()


def wait_for_lines(log, count):
    """Wait until a log holds that many lines: a server may write one after it has answered."""
    _until(lambda: log.exists() and log.read_bytes().count(b"\n") >= count, f"{log.name} holds fewer lines")


def _answers(port):
    with closing(socket.socket()) as one:
        return one.connect_ex(("127.0.0.1", port)) == 0


def _dead(server):
    assert server.poll() is None, server.stdout.read().decode()
    return False


def _until(done, otherwise):
    for _ in range(200):
        if done():
            return
        time.sleep(0.05)
    raise AssertionError(otherwise)
