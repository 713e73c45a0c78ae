"""Live sources that are no files: syslog over TLS, and Keycloak's event API."""

from __future__ import annotations

import json
import shutil
import socket
import ssl
import subprocess
import threading
import time
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest

from guarded import api, configuration, free, guard, said, until
from maillon.edges.sources.keycloak_api import KeycloakApi
from maillon.facts.errors import SourceError
from maillon.facts.serving import Origin


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    """An authority, a server's and a sender's certificate, and a stranger's."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed here")
    folder = tmp_path_factory.mktemp("tls")

    def openssl(*words):
        subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True)

    for authority in ("ca", "other"):
        openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", f"{authority}.key",
                "-out", f"{authority}.pem",
                "-days", "2", "-subj", f"/CN={authority}")  # fmt: skip
    (folder / "names").write_text("subjectAltName=IP:127.0.0.1")
    for name, authority in (("server", "ca"), ("sender", "ca"), ("stranger", "other")):
        openssl(
            "req",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-keyout",
            f"{name}.key",
            "-out",
            f"{name}.csr",
            "-subj",
            f"/CN={name}",
        )
        openssl("x509", "-req", "-in", f"{name}.csr", "-CA", f"{authority}.pem", "-CAkey", f"{authority}.key",
                "-CAcreateserial", "-days", "2", "-extfile", "names", "-out", f"{name}.pem")  # fmt: skip
    return folder


def sender(certificates, name, port):
    context = ssl.create_default_context(cafile=str(certificates / "ca.pem"))
    if name:
        context.load_cert_chain(certificates / f"{name}.pem", certificates / f"{name}.key")
    plain = socket.create_connection(("127.0.0.1", port), timeout=5)
    return context.wrap_socket(plain, server_hostname="127.0.0.1")


def turned_away(certificates, name, port):
    try:
        with sender(certificates, name, port) as one:
            one.sendall(framed(99))
            return one.recv(1) == b""
    except (ssl.SSLError, ConnectionError):
        return True


def framed(number):
    moment = datetime.now(UTC)
    line = (
        f'10.1.2.3 - agent{number % 5} [{moment:%d/%b/%Y:%H:%M:%S +0000}] "GET /dossiers/{4_000_000 + number}/identite '
        'HTTP/1.1" 200 9 "-" "Firefox"'
    )
    message = f"<134>1 {moment:%Y-%m-%dT%H:%M:%SZ} web nginx 7 access - {line}".encode()
    return b"%d " % len(message) + message


def test_messages_over_tls_are_events_and_strangers_are_turned_away(certificates, tmp_path):
    port, syslog = free(), free()
    config = configuration(tmp_path, port)
    config.write_text(
        config.read_text()
        + f'[[source]]\nkind = "syslog"\nname = "web"\naddress = "127.0.0.1:{syslog}"\nprofile = "profile.toml"\n'
        + "".join(f'{key} = "{certificates / file}"\n' for key, file in (
            ("certificate", "server.pem"), ("private_key", "server.key"), ("client_ca", "ca.pem")))
    )  # fmt: skip
    with guard(config, port):
        with sender(certificates, "sender", syslog) as one:
            data = b"".join(framed(number) for number in range(40))
            for start in range(0, len(data), 777):
                one.sendall(data[start : start + 777])
            one.unwrap()  # RFC 5425, section 4.4: a sender that just drops the connection loses what is under way
        until(lambda: api(port, "viewer", "GET", "status")[1]["counts"].get("lines") == 40, "messages lost")
        for stranger in ("stranger", ""):
            assert turned_away(certificates, stranger, syslog)
        with sender(certificates, "sender", syslog) as one:
            one.sendall(b"99999999 too long")
            assert one.recv(1) == b"", "the stream cannot be trusted any more"
        time.sleep(0.4)
        assert api(port, "viewer", "GET", "status")[1]["counts"]["lines"] == 40
    assert "a sender was cut off" in said(config)


class _Keycloak(BaseHTTPRequestHandler):
    """Answers as the event API is documented: the newest first, by pages, filtered by days; a token is needed."""

    events: list[dict] = []  # noqa: RUF012
    broken = False

    def do_POST(self):
        body = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        good = body["client_secret"] == ["the secret"] and body["grant_type"] == ["client_credentials"]
        self._send(200 if good else 401, {"access_token": "opaque", "expires_in": 60} if good else {"error": "no"})

    def do_GET(self):
        if self.headers["Authorization"] != "Bearer opaque":
            self._send(401, {})
            return
        if self.broken:
            self._send(503, {})
            return
        asked = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
        since = datetime.fromisoformat(asked.get("dateFrom", "1970-01-01")).replace(tzinfo=UTC).timestamp() * 1000
        some = sorted((one for one in self.events if one["time"] >= since), key=lambda one: -one["time"])
        first, most = int(asked["first"]), int(asked["max"])
        self._send(200, some[first : first + most])

    def _send(self, status, value):
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture
def keycloak(tmp_path):
    class Here(_Keycloak):
        events = [_event(number) for number in range(5)]  # noqa: RUF012

    server = ThreadingHTTPServer(("127.0.0.1", 0), Here)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    (tmp_path / "secret").write_text("the secret\n")
    yield Here, f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


def _event(number, at=None):
    moment = int(time.time() * 1000) - 60_000 + number if at is None else at
    return {
        "id": f"e{number}", "time": moment, "type": "LOGIN", "realmId": "sante", "clientId": "portal",
        "userId": f"u{number}", "sessionId": f"s{number}", "ipAddress": "192.0.2.7",
        "details": {"username": f"dr{number}"},
    }  # fmt: skip


def reader(tmp_path, address, memory=None):
    given = []
    origin = Origin(
        "keycloak", "kc", address=address, realm="sante", client_id="maillon", secret_file=str(tmp_path / "secret")
    )
    return KeycloakApi(origin, memory or {}, lambda *one: given.append(one), print), given


def ids(lines):
    return [json.loads(line)["id"] for line in lines.splitlines()]


def test_each_event_comes_once_the_oldest_first_over_pages_and_restarts(tmp_path, keycloak):
    server, address = keycloak
    server.events = [_event(number) for number in range(450)]
    one, given = reader(tmp_path, address)
    assert one.ask() == 450
    assert ids(given[0][0]) == [f"e{number}" for number in range(450)]
    assert one.ask() == 0
    last = server.events[-1]["time"]
    server.events += [_event(450, last), _event(451, last + 5)]
    again, given = reader(tmp_path, address, given[0][1])
    assert again.ask() == 2
    assert ids(given[0][0]) == ["e450", "e451"], "another event of the same millisecond is not lost"
    server.broken = True
    with pytest.raises(SourceError, match="answers 503"):
        again.ask()
    server.broken = False
    server.events.append(_event(452, last + 9))
    assert again.ask() == 1


def test_a_wrong_secret_is_a_sentence_without_the_secret(tmp_path, keycloak):
    one, _ = reader(tmp_path, keycloak[1])
    (tmp_path / "secret").write_text("another secret")
    with pytest.raises(SourceError, match="answers 401") as told:
        one.ask()
    assert "another" not in str(told.value)


def test_the_guard_reads_log_ins_and_knows_whose_session_it_is(tmp_path, keycloak):
    port = free()
    config = configuration(tmp_path, port)
    config.write_text(
        config.read_text()
        + f'[[source]]\nkind = "keycloak"\nname = "kc"\naddress = "{keycloak[1]}"\nrealm = "sante"\n'
        + 'client_id = "maillon"\nsecret_file = "secret"\npoll_seconds = 0.2\n'
    )
    with guard(config, port):
        until(lambda: api(port, "viewer", "GET", "status")[1]["counts"].get("lines") == 5, "no event was read")
    with guard(config, port):
        time.sleep(0.7)
        assert api(port, "viewer", "GET", "status")[1]["counts"]["lines"] == 5, "nothing comes twice"
