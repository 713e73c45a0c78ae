"""A stolen session behind a real nginx: the next request after the deciding one is refused, honest people go on."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest

from guarded import api, call, configuration, free, guard, nginx, service
from scanning import line

AGENT = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:128.0) Gecko/20100101 Firefox/128.0"


def earlier(days=12, accounts=30):
    """Return lines of ordinary days before today: each account reads its own patients."""
    ago = datetime.now(UTC).replace(hour=8, minute=0, second=0, microsecond=0) - timedelta(days=days)
    ago -= datetime(2026, 3, 2, 8, tzinfo=UTC)
    found = []
    for day in range(days):
        for account in range(accounts):
            for n in range(8):
                at = ago.total_seconds() + day * 86_400 + account * 37 + n * 900
                patient = 20_000_000 + account * 100 + (n + day * 2) % 40
                found.append(
                    (
                        at,
                        line(
                            at, f"agent{account:02d}", f"/dossiers/{patient}/identite", f"10.1.{account}.3", tail=" -"
                        ),
                    )
                )
    return [text for _, text in sorted(found)]


@pytest.fixture(scope="module")
def site(part, tmp_path_factory):
    folder = tmp_path_factory.mktemp("thief")
    port, web = free(), free()
    (folder / "access.log").write_text("".join(earlier()))
    config = configuration(folder, port, log=folder / "access.log")
    with service() as behind, guard(config, port), nginx(part("nginx"), folder, web, port, behind):
        yield folder, port, web


def test_the_request_after_the_deciding_one_is_refused(site, record_property, capsys):
    """One record a second would take a minute: here they come as quickly as they are answered, one after the other.

    The honest are themselves: each reads patients of its own from its own place.
    """
    _, port, web = site
    read, milliseconds = 0, 0.0
    for n in range(200):
        own = n % 29 + (n % 29 >= 5)  # everybody but agent05
        honest = call(
            web, "GET", f"/dossiers/{20_000_000 + own * 100 + n % 40}/identite", X_Test_Account=f"agent{own:02d}",
            X_Forwarded_For=f"10.1.{own}.3", User_Agent=AGENT,
        )  # fmt: skip
        assert honest[0] == 200, "an honest account was refused"
        asked = time.perf_counter()
        status, headers, _ = call(
            web, "GET", f"/dossiers/{70_000_000 + n * 13}/identite", X_Test_Account="agent05",
            X_Forwarded_For="203.0.113.9", User_Agent="curl/8.5.0",
        )  # fmt: skip
        milliseconds = 1000 * (time.perf_counter() - asked)
        if status != 200:
            break
        read += 1
    assert status in (401, 403, 429)
    assert headers["x-maillon-decision"] in ("step_up", "contain", "pace")
    decisions = [one for one in api(port, "viewer", "GET", "decisions")[1] if one["account"] == "agent05"]
    stopping = [one for one in decisions if one["action"] != "observe"]
    counted = api(port, "viewer", "GET", "status")[1]["counts"]
    assert counted["refused"] == 1, "the deciding request was the last that passed"
    assert stopping
    assert read < 60
    with capsys.disabled():
        print(
            f"\n{read} identities read before the refusal ({stopping[0]['action']}), which took {milliseconds:.1f} ms"
        )
