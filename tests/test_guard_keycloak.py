"""A thief with a stolen session, end to end: real nginx, real Keycloak, a small service, the guard between them.

The service's accounts are those of Keycloak's own tokens, checked against its keys. The thief reads one unknown record
after the other, honest people read their own beside it. What was decided must hold from the next request on, at the
proxy and at Keycloak.
"""

from __future__ import annotations

import threading
import time

import pytest

from guarded import api, call, configuration, free, guard, nginx, service, until
from test_guard_thief import AGENT, earlier

HONEST, STOLEN = ("agent01", "agent02", "agent03"), "agent05"
GAP_S = 0.1
"""Between two records of the thief: what takes a second each there takes a tenth here."""


@pytest.fixture(scope="module")
def site(part, keycloak, tmp_path_factory):
    """A guarded service whose scoring ends sessions as its first answer, so that Keycloak has something to do."""
    folder = tmp_path_factory.mktemp("end-to-end")
    for name in (*HONEST, STOLEN):
        keycloak.user(name)
    keys = keycloak.http.request("GET", f"{keycloak.realm}/protocol/openid-connect/certs").data
    (folder / "keys.json").write_bytes(keys)
    secret = folder / "maillon.secret"
    secret.touch(mode=0o600)
    secret.write_text(keycloak.secret)
    (folder / "access.log").write_text("".join(earlier()))
    port, web = free(), free()
    config = configuration(
        folder,
        port,
        log=folder / "access.log",
        response="enforce = true\nstep_up = false\npace = false",
        service=f'[service.tokens]\nissuer = "{keycloak.realm}"\nkeys = "keys.json"',
    )
    config.write_text(
        config.read_text()
        + f'[responders.keycloak]\nurl = "{keycloak.base}"\nrealm = "sante"\nclient_secret = "file:{secret}"\n'
    )
    with (
        service() as behind,
        guard(config, port),
        nginx(part("nginx"), folder, web, port, behind, tokens=True),
    ):
        yield keycloak, port, web


def reads(web, token, patient, address, agent):
    started = time.perf_counter()
    status, headers, _ = call(
        web, "GET", f"/dossiers/{patient}/identite", Authorization=f"Bearer {token}", X_Forwarded_For=address,
        User_Agent=agent,
    )  # fmt: skip
    return status, headers, started


class Honest(threading.Thread):
    """Three people who read records of their own until they are told to stop."""

    def __init__(self, web, tokens):
        super().__init__(daemon=True)
        self.web, self.tokens = web, tokens
        self.statuses = []
        self.ended = threading.Event()

    def run(self):
        n = 0
        while not self.ended.wait(0.1):
            place = n % len(HONEST)
            number = int(HONEST[place][-2:])
            patient = 20_000_000 + number * 100 + n // 3 % 40
            self.statuses.append(reads(self.web, self.tokens[place], patient, f"10.1.{number}.3", AGENT)[0])
            n += 1


def test_a_token_that_keycloak_did_not_sign_names_nobody(site):
    keycloak, port, web = site
    good = keycloak.log_in(HONEST[0])[1]["access_token"]
    head, body, signature = good.split(".")
    forged = ".".join((head, body, signature[:-6] + "AAAAAA"))
    before = api(port, "viewer", "GET", "status")[1]["accounts"]
    assert reads(web, forged, 1, "10.9.9.9", AGENT)[0] == 200, "who is not known is not stopped: the service refuses"
    assert api(port, "analyst", "POST", "contain", account=HONEST[0], why="a test")[0] == 200
    assert reads(web, forged, 1, "10.9.9.9", AGENT)[0] == 200
    assert reads(web, good, 1, "10.1.1.3", AGENT)[0] == 403, "the account is the one that Keycloak signed"
    assert api(port, "analyst", "POST", "release", account=HONEST[0], why="a test")[0] == 200
    assert api(port, "viewer", "GET", "status")[1]["accounts"] == before


def test_a_stolen_session_is_refused_at_the_next_request_and_dead_at_keycloak(site, capsys):
    keycloak, port, web = site
    stolen = keycloak.log_in(STOLEN)[1]
    assert keycloak.active(stolen["access_token"])
    honest = Honest(web, [keycloak.log_in(name)[1]["access_token"] for name in HONEST])
    dead = []
    watching = threading.Event()

    def watch():
        """Ask Keycloak all the while whether the stolen session is still good."""
        while not watching.wait(0.005):
            if not keycloak.active(stolen["access_token"]):
                dead.append(time.perf_counter())
                return

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    honest.start()
    read, deciding, status, headers, asked = 0, 0.0, 200, {}, 0.0
    try:
        for n in range(300):
            status, headers, asked = reads(
                web, stolen["access_token"], 70_000_000 + n * 13, "203.0.113.9", "curl/8.5.0"
            )
            if status != 200:
                break
            read, deciding = read + 1, asked
            time.sleep(GAP_S)
        refused = time.perf_counter()
        until(lambda: dead, "the session outlives its account's containment", 20)
    finally:
        watching.set()
        honest.ended.set()
        honest.join()
    decisions = [one for one in api(port, "viewer", "GET", "decisions")[1] if one["account"] == STOLEN]
    contained = [one for one in decisions if one["action"] == "contain"]
    assert (status, headers["x-maillon-decision"]) == (403, "contain")
    assert contained
    assert read < 100
    until(lambda: keycloak.refresh(stolen["refresh_token"])[0] == 400, "the stolen session can be refreshed", 20)
    assert not keycloak.active(stolen["refresh_token"])
    assert keycloak.log_in(HONEST[1])[0] == 200
    assert len(honest.statuses) > 10
    assert set(honest.statuses) == {200}, "an honest account was refused"
    again, _, _ = reads(web, stolen["access_token"], 70_000_000, "203.0.113.9", "curl/8.5.0")
    assert again == 403
    to_refusal, to_death, took = (1000 * span for span in (refused - deciding, dead[0] - deciding, refused - asked))
    with capsys.disabled():
        print(
            f"\n{read} identities read, one in {GAP_S} s; from the deciding request {to_refusal:.0f} ms to the refusal "
            f"of the next, which took {took:.1f} ms; {to_death:.0f} ms to the dead session at Keycloak"
        )
