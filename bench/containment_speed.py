"""How long until a stolen session is dead at a real Keycloak, beside the one bare call that no way can do without.

    python bench/containment_speed.py [--rounds 40]

Each round logs a person in twice, online and offline, hands an order to the responder, and asks Keycloak all the while
whether the token is still good. The receipt comes a second later than the death: sessions are ended once more, because
one that is in use may outlive the first log-out. The peer is a log-out by somebody who already holds an administrator's
token: the floor of any containment there. Keycloak is fetched with Maven and cached as in the tests; it runs on this
machine, so that all figures share its load.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from maillon.edges.responders import keycloak as responder
from maillon.edges.responders.keycloak_admin import Settings
from maillon.facts.order import Order
from parts import found
from real_keycloak import running_keycloak


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=40, help="how often each is timed")
    rounds = parser.parse_args().rounds
    with running_keycloak(found) as server, settings_of(server) as settings:
        warm = [(contained(server, settings, n), bare(server, n)) for n in range(-5, 0)]
        assert warm
        ours = [contained(server, settings, n) for n in range(rounds)]
        peer = [bare(server, n) for n in range(rounds)]
    floor = statistics.median(peer)
    print(f"{rounds} rounds, ms                            p50    p90   × bare call")
    for name, figures in (
        ("bare log-out, token in hand", peer),
        ("order → receipt (offline sessions too)", [one[0] for one in ours]),
        ("order → first token refused", [one[1] for one in ours]),
    ):
        ranked = sorted(figures)
        p50, p90 = statistics.median(ranked), ranked[int(len(ranked) * 0.9)]
        print(f"{name:40} {p50:6.1f} {p90:6.1f}   {p50 / floor:6.2f}")


@contextmanager
def settings_of(server):
    with TemporaryDirectory() as folder:
        path = Path(folder) / "secret"
        path.touch(mode=0o600)
        path.write_text(server.secret)
        yield Settings(url=server.base, realm="sante", client_secret=f"file:{path}", seconds=20)


def logged_in(server, name):
    server.user(name)
    return server.log_in(name)[1], server.log_in(name, scope="openid offline_access")[1]


def contained(server, settings, n):
    """Return the milliseconds to the receipt, and to the first refused token."""
    name = f"ours{n}"
    online, offline = logged_in(server, name)
    now = time.time_ns() // 1000
    order = Order(f"o{n}", "d", now, name, 1, 0, "end_sessions", since=now)
    with ThreadPoolExecutor(1) as watcher:
        start = time.perf_counter()
        dead = watcher.submit(moment_of_death, server, online["access_token"])
        receipt = responder.respond(order, settings, now)
        told = time.perf_counter()
    assert receipt.outcome == "done", receipt
    assert not server.active(offline["refresh_token"])
    return 1000 * (told - start), 1000 * (dead.result() - start)


def moment_of_death(server, token):
    """Ask again and again whether a token is good; return when it was refused."""
    until = time.perf_counter() + 30
    while server.active(token):
        assert time.perf_counter() < until, "the session outlived its end"
    return time.perf_counter()


def bare(server, n):
    """Return the milliseconds of one log-out through the Admin API."""
    name = f"peer{n}"
    logged_in(server, name)
    (user,) = server.admin("GET", f"/realms/sante/users?exact=true&username={name}")
    start = time.perf_counter()
    server.admin("POST", f"/realms/sante/users/{user['id']}/logout")
    return 1000 * (time.perf_counter() - start)


if __name__ == "__main__":
    main()
