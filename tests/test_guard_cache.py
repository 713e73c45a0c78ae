"""nginx goes by an `allow` for a second or two: fewer questions, nothing uncounted, and no thief profits for longer."""

from __future__ import annotations

import time

import pytest

from guarded import api, call, configuration, free, guard, nginx, service, until

SECONDS = 1


@pytest.fixture(scope="module")
def site(part, tmp_path_factory):
    folder = tmp_path_factory.mktemp("cache")
    port, web = free(), free()
    (folder / "access.log").touch()
    config = configuration(folder, port, log=folder / "access.log", service=f"cache_seconds = {SECONDS}")
    with service() as behind, guard(config, port), nginx(part("nginx"), folder, web, port, behind, cache=True):
        yield port, web


def reads(web, account, patient):
    return call(web, "GET", f"/dossiers/{patient}/identite", X_Test_Account=account)[0]


def counts(port):
    return api(port, "viewer", "GET", "status")[1]["counts"]


def test_few_are_asked_and_all_are_counted(site):
    port, web = site
    before = counts(port)
    assert {reads(web, "m.durand", 20_000_000 + n) for n in range(40)} == {200}
    until(lambda: counts(port).get("lines", 0) - before.get("lines", 0) >= 40, "lines are missing")
    asked, lines, joined = (counts(port)[what] - before.get(what, 0) for what in ("asked", "lines", "joined"))
    assert asked < 20
    assert lines == 40
    assert joined == asked, "what was asked and what was not are each counted once"


def test_a_contained_account_profits_for_the_seconds_that_were_promised_and_no_longer(site):
    port, web = site
    assert reads(web, "agent", 1) == 200
    assert api(port, "analyst", "POST", "contain", account="agent", why="a call")[0] == 200
    contained = time.monotonic()
    while reads(web, "agent", 2) == 200:
        assert time.monotonic() - contained < SECONDS + 1.5, "the cache outlives its seconds"
        time.sleep(0.02)
    assert {reads(web, "agent", n) for n in range(20)} == {403}, "a refusal is asked about each time"
    assert api(port, "analyst", "POST", "release", account="agent", why="it was her")[0] == 200
    assert reads(web, "agent", 3) == 200, "no refusal is remembered"


def test_what_is_allowed_under_an_order_is_remembered_for_nobody(site):
    """A slowed account's own patient is open: that says nothing of the next patient."""
    port, web = site
    assert api(port, "analyst", "POST", "contain", account="other", why="a call")[0] == 200
    assert call(web, "POST", "/_maillon/glass", b"reason=present", X_Test_Account="other")[0] == 200
    assert [reads(web, "other", 30_000_000 + n) for n in range(6)] == [200] * 5 + [403]
