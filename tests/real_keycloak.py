"""A real Keycloak server, from its Maven distribution, with the realm of examples/keycloak-step-up-realm.json.

It is fetched and built once into a cache of the user, started once a test session, and stopped after it. Where it
cannot be fetched the tests are skipped with the reason; in CI that is a failure.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import tarfile
import time
from contextlib import contextmanager
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from tempfile import mkdtemp
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
import urllib3

from conftest import REPOSITORY
from servers import free_port

VERSION = "26.5.6"
ARTIFACT = f"org.keycloak:keycloak-quarkus-dist:{VERSION}:tar.gz"
ADMIN = "admin-of-the-tests"
PORTAL, PORTAL_SECRET = "portal", "secret-of-the-portal"
BACK = "http://localhost:9/back"

# A server for seconds: no tuning pays that costs time at the start.
HEAP = "-Xms64m -Xmx384m -XX:TieredStopAtLevel=1"


@dataclass
class Keycloak:
    """A running server. `secret` is the one of the service account `maillon` in the realm `sante`."""

    base: str
    secret: str
    token: str
    http: urllib3.PoolManager

    @property
    def realm(self):
        return f"{self.base}/realms/sante"

    def admin(self, method, place, value=None):
        """Ask the Admin API as the administrator; return the decoded answer."""
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        body = None if value is None else json.dumps(value)
        answer = self.http.request(method, f"{self.base}/admin{place}", headers=headers, body=body)
        if answer.status == 401:  # the administrator's token lives for a minute
            self.token = administrator(self.http, self.base)
            return self.admin(method, place, value)
        assert answer.status < 300, (method, place, answer.status, answer.data[:300])
        return answer.json() if answer.data else None

    def user(self, name, **more):
        """Make a professional with the password `geheim`; return the id."""
        person = {"firstName": "A", "lastName": "B", "email": f"{name}@example.org", "emailVerified": True}
        password = {"type": "password", "value": "geheim", "temporary": False}
        self.admin(
            "POST",
            "/realms/sante/users",
            {"username": name, "enabled": True, "credentials": [password], **person, **more},
        )
        return self.admin("GET", f"/realms/sante/users?exact=true&username={name}")[0]["id"]

    def ask(self, place, **fields):
        """Post a form as the portal; return status and answer."""
        given = {"client_id": PORTAL, "client_secret": PORTAL_SECRET, **fields}
        answer = self.http.request(
            "POST", f"{self.realm}/protocol/openid-connect/{place}", fields=given, encode_multipart=False
        )
        return answer.status, answer.json() if answer.data else {}

    def log_in(self, name, scope="openid", password="geheim"):
        """Log in by password; return status and tokens."""
        return self.ask("token", grant_type="password", username=name, password=password, scope=scope)

    def active(self, token):
        return self.ask("token/introspect", token=token)[1]["active"]

    def refresh(self, token):
        return self.ask("token", grant_type="refresh_token", refresh_token=token)


class Browser:
    """A person's browser at the log-in pages: follows forms, keeps cookies."""

    def __init__(self, keycloak):
        self.keycloak = keycloak
        self.cookies = {}

    def open(self, acr="", prompt=""):
        """Ask for a log-in at the portal; return the page, or the code that came back."""
        query = {"client_id": PORTAL, "response_type": "code", "redirect_uri": BACK, "scope": "openid"}
        query |= {"acr_values": acr} if acr else {}
        query |= {"prompt": prompt} if prompt else {}
        return self.go("GET", f"{self.keycloak.realm}/protocol/openid-connect/auth?{urlencode(query)}")

    def send(self, page, **fields):
        """Fill in the page's form."""
        action = unescape(re.search(r'<form[^>]*action="([^"]+)"', page)[1])
        return self.go("POST", action, fields)

    def go(self, method, url, fields=None):
        for _ in range(10):
            if url.startswith(BACK):
                return parse_qs(urlsplit(url).query)
            headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
            body = None
            if fields is not None:
                headers["Content-Type"] = "application/x-www-form-urlencoded"
                body = urlencode(fields)
            answer = self.keycloak.http.request(method, url, headers=headers, body=body, redirect=False)
            for line in answer.headers.getlist("set-cookie"):
                name, _, value = line.split(";")[0].partition("=")
                self.cookies[name] = value
            if answer.status not in (302, 303):
                return answer.data.decode()
            method, url, fields = "GET", answer.headers["location"], None
        raise AssertionError("redirects without end")

    def tokens(self, back):
        """Exchange the code that came back."""
        status, tokens = self.keycloak.ask(
            "token", grant_type="authorization_code", code=back["code"][0], redirect_uri=BACK
        )
        assert status == 200, tokens
        return tokens


@pytest.fixture(scope="session")
def keycloak(part):
    """A running Keycloak with the example's realm, a portal as its client, and no users."""
    with running_keycloak(part) as server:
        yield server


@contextmanager
def running_keycloak(part):
    """Run a server; `part` finds a program by its name."""
    home = distribution(part("mvn"), part("java"))
    port = free_port()
    environment = os.environ | {
        "KC_BOOTSTRAP_ADMIN_USERNAME": ADMIN,
        "KC_BOOTSTRAP_ADMIN_PASSWORD": ADMIN,
        "JAVA_OPTS_KC_HEAP": HEAP,
    }
    command = [home / "bin" / "kc.sh", "start", "--optimized", "--http-enabled=true", "--hostname-strict=false"]
    command += ["--http-host=127.0.0.1", f"--http-port={port}", "--log-level=warn", "--cache=local"]
    log = Path(mkdtemp()) / "keycloak.log"
    with (
        log.open("wb") as out,
        subprocess.Popen(command, env=environment, stdout=out, stderr=out, start_new_session=True) as server,
    ):
        try:
            yield started(f"http://127.0.0.1:{port}", server, log)
        finally:
            server.terminate()
            server.wait(60)
            shutil.rmtree(log.parent)


def started(base, server, log):
    http = urllib3.PoolManager(retries=False, timeout=30)
    for _ in range(600):
        assert server.poll() is None, log.read_text()
        try:
            if http.request("GET", f"{base}/realms/master").status == 200:
                break
        except urllib3.exceptions.HTTPError:
            time.sleep(0.2)
    server = Keycloak(base, "", administrator(http, base), http)
    # A test does not wait half a minute for the next code.
    realm = {"otpPolicyCodeReusable": True} | json.loads(
        (REPOSITORY / "examples" / "keycloak-step-up-realm.json").read_text()
    )
    server.admin("POST", "/realms", realm)
    server.token = administrator(http, base)  # with its rights on the new realm
    portal = {"clientId": PORTAL, "secret": PORTAL_SECRET, "redirectUris": [BACK], "directAccessGrantsEnabled": True}
    server.admin("POST", "/realms/sante/clients", portal)
    (client,) = server.admin("GET", "/realms/sante/clients?clientId=maillon")
    server.secret = server.admin("GET", f"/realms/sante/clients/{client['id']}/client-secret")["value"]
    return server


def administrator(http, base):
    fields = {"grant_type": "password", "client_id": "admin-cli", "username": ADMIN, "password": ADMIN}
    url = f"{base}/realms/master/protocol/openid-connect/token"
    return http.request("POST", url, fields=fields, encode_multipart=False).json()["access_token"]


def distribution(mvn, java):
    """Return the folder of a server that is built for an embedded database; fetch it where the cache has none."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "maillon-tests"
    home = cache / f"keycloak-{VERSION}"
    if home.is_dir():
        return home
    cache.mkdir(parents=True, exist_ok=True)
    work = Path(mkdtemp(dir=cache))
    try:
        fetch = [mvn, "-q", "-B", "dependency:copy", f"-Dartifact={ARTIFACT}", f"-DoutputDirectory={work}"]
        done = subprocess.run(fetch, cwd=work, capture_output=True, text=True)
        found = list(work.glob("*.tar.gz"))
        if done.returncode or not found:
            reason = f"Keycloak cannot be fetched with Maven ({ARTIFACT}): {(done.stdout + done.stderr)[-300:]}"
            pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)
        with tarfile.open(found[0]) as archive:
            archive.extractall(work, filter="data")
        unpacked = work / f"keycloak-{VERSION}"
        build = [unpacked / "bin" / "kc.sh", "build", "--db=dev-mem", "--cache=local"]
        done = subprocess.run(build, env=os.environ | {"JAVA_OPTS_KC_HEAP": HEAP}, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
        if not home.is_dir():
            unpacked.rename(home)
    finally:
        shutil.rmtree(work)
    return home
