"""Silences of a service are told from quiet hours, and from bursts."""

from __future__ import annotations

import numpy as np
import polars as pl

from maillon.expose.gaps import silences

DAY = 86_400_000_000
FIRST = 20_517 * DAY  # Thursday 5 March 2026
HOUR = 3_600_000_000


def events(days=14, per_hour=120, burst=1, seed=1):
    """Return the moments of a service that sleeps at night: 8 to 20 o'clock, `burst` events at a time."""
    rng = np.random.default_rng(seed)
    at = []
    for day in range(days):
        count = rng.poisson(per_hour * 12 / burst)
        begins = FIRST + day * DAY + 8 * HOUR + rng.integers(0, 12 * HOUR, count)
        at.append((begins[:, None] + np.arange(burst) * 1_000_000).ravel())
    return np.sort(np.concatenate(at))


def found(at, service=7):
    table = pl.LazyFrame(
        {"at": at, "zone": np.zeros(len(at), np.int32), "service": np.full(len(at), service, np.uint64)}
    )
    return silences(table).collect()


def test_nights_and_weekends_are_no_silences():
    at = events()
    weekday = (at // DAY + 3) % 7
    assert found(at).is_empty()
    assert found(at[weekday < 5]).is_empty()


def test_a_missing_rotation_is_found_with_its_bounds():
    at = events()
    since, until = FIRST + 6 * DAY + 10 * HOUR, FIRST + 6 * DAY + 13 * HOUR
    (gap,) = found(at[(at < since) | (at >= until)]).iter_rows(named=True)
    assert (gap["service"], gap["since"], gap["until"]) == (7, since, until)
    assert 300 < gap["expected"] < 420


def test_a_source_that_stopped_is_found_beside_one_that_goes_on():
    at = events()
    stops = FIRST + 9 * DAY + 9 * HOUR
    stopped = at[at < stops]
    both = pl.LazyFrame(
        {
            "at": np.concatenate([at, stopped]),
            "zone": np.zeros(len(at) + len(stopped), np.int32),
            "service": np.repeat(np.array([7, 8], np.uint64), [len(at), len(stopped)]),
        }
    )
    gaps = silences(both).collect()
    assert gaps["service"].to_list() == [8]
    assert gaps["since"].item() == stops
    assert gaps["until"].item() >= at[-1]


def test_people_who_come_in_bursts_leave_longer_pauses():
    quiet = FIRST + 6 * DAY + 10 * HOUR
    for burst, told in ((1, 1), (60, 0)):
        at = events(burst=burst, seed=3)
        assert len(found(at[(at < quiet) | (at >= quiet + 15 * 60_000_000)])) == told, burst
