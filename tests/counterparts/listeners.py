"""Counterparts that are told: a webhook's receiver, a receiver of security events, a chat, a mail server."""

from __future__ import annotations

import base64
import hashlib
import hmac
import socketserver
from contextlib import contextmanager

from counterparts import SECRET, Counterpart, running

KEY = (SECRET * 3).encode()[:32]


class Webhook(Counterpart):
    responder = "webhook"
    actions = ("observe", "step_up", "pace", "end_sessions", "suspend")

    def start(self):
        self.messages = {}

    def settings(self):
        secret = self.secret("webhook", "whsec_" + base64.b64encode(KEY).decode())
        return {"url": f"{self.base}/hook", "secret": secret, "seconds": 0.4, "pause": 0.0, "tries": 2}

    def effect(self, action):
        assert len(self.messages) == 1, "a message that is repeated has the same id"
        (value,) = self.messages.values()
        assert (value["action"], value["account"]) == (action, "m.durand")

    def answer(self, asked):
        name, moment = asked.headers["webhook-id"], asked.headers["webhook-timestamp"]
        signed = f"{name}.{moment}.".encode() + asked.body
        wanted = "v1," + base64.b64encode(hmac.new(KEY, signed, hashlib.sha256).digest()).decode()
        if asked.headers["webhook-signature"] != wanted:
            return 401, {}
        self.messages[name] = asked.json()
        return 204, None


class Receiver(Counterpart):
    """Takes security events that are pushed (RFC 8935)."""

    responder = "shared_signals"
    actions = ("step_up", "pace", "end_sessions", "suspend")

    def start(self):
        self.tokens = []

    def settings(self):
        receiver = {
            "audience": "https://portal.example.org",
            "token": self.secret("receiver"),
            "push": f"{self.base}/events",
            "push_authorization": self.secret("push", "Bearer " + SECRET),
        }
        return {
            "issuer": "https://maillon.example.org",
            "folder": str(self.folder / "signals"),
            "receivers": [receiver],
            "algorithm": "ES256",
            "seconds": 0.4,
        }

    def effect(self, action):
        assert len(self.tokens) == len(set(self.tokens)), "an event that is repeated is not pushed twice"
        assert len(self.tokens) == {"step_up": 1, "pace": 1, "end_sessions": 2, "suspend": 3}[action]

    def answer(self, asked):
        if asked.headers.get("authorization") != "Bearer " + SECRET:
            return 401, {}
        if asked.headers["content-type"] != "application/secevent+jwt" or asked.body.count(b".") != 2:
            return 400, {"err": "invalid_request", "description": "not a token"}
        self.tokens.append(asked.body.decode())
        return 202, None


class Chat(Counterpart):
    responder = "people"
    actions = ("pace", "end_sessions", "suspend")

    def start(self):
        self.texts = []

    def settings(self):
        return {"chat": self.secret("chat", f"{self.base}/hooks/{SECRET}"), "seconds": 0.4}

    def effect(self, action):  # noqa: ARG002
        assert self.texts
        assert all("m.durand" in text for text in self.texts)

    def answer(self, asked):
        if asked.path != f"/hooks/{SECRET}":
            return 404, None
        self.texts.append(asked.json()["text"])
        return 200, None


class Mail(Counterpart):
    """Speaks just enough SMTP (RFC 5321), with AUTH PLAIN."""

    responder = "people"
    actions = ("pace", "end_sessions", "suspend")

    def start(self):
        self.mails = []

    def settings(self):
        return {
            "to": ["garde@example.org", "rssi@example.org"],
            "server": f"127.0.0.1:{self.port}",
            "tls": "none",
            "user": "maillon",
            "password": self.secret("mail"),
            "seconds": 0.4,
        }

    def effect(self, action):  # noqa: ARG002
        assert self.mails
        assert all(b"m.durand" in mail for mail in self.mails)

    def converse(self, line):
        """Return the reply to one command."""
        word = line.split(b" ")[0].strip().upper()
        if word == b"EHLO":
            return b"250-here\r\n250 AUTH PLAIN\r\n"
        if word == b"AUTH":
            wanted = base64.b64encode(f"\0maillon\0{SECRET}".encode())
            return b"235 fine\r\n" if line.split()[-1] == wanted else b"535 no\r\n"
        if word == b"DATA":
            return b"354 go on\r\n"
        return b"250 fine\r\n"


@contextmanager
def mailing(counterpart):
    """Run the mail server on the loopback."""

    class Handler(socketserver.StreamRequestHandler):
        disable_nagle_algorithm = True

        def handle(self):
            faults = counterpart.faults
            self.wfile.write(b"220 here\r\n")
            while line := self.rfile.readline():
                word = line.split(b" ")[0].strip().upper()
                if faults.strikes():
                    if faults.hang:
                        faults.released.wait(20)
                        return
                    self.wfile.write(f"{535 if faults.status < 500 else 451} {SECRET}\r\n".encode())
                    continue
                self.wfile.write(b"221 bye\r\n" if word == b"QUIT" else counterpart.converse(line))
                if word == b"QUIT":
                    return
                if word == b"DATA":
                    mail = b""
                    while (part := self.rfile.readline()) not in (b".\r\n", b""):
                        mail += part
                    counterpart.mails.append(mail)
                    self.wfile.write(b"250 taken\r\n")

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True

        def handle_error(self, request, client_address):
            pass

    with running(Server(("127.0.0.1", 0), Handler), counterpart):
        yield counterpart
