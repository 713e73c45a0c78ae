import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from maillon.facts.errors import UsageError
from maillon.read.instant import EPOCH, LOCAL, instant
from maillon.read.local_time import settle, zone_named

PARIS = "Europe/Paris"


def settled(texts, name=PARIS, state=None):
    pairs = [instant(text) for text in texts]
    at, zone = (np.array([pair[part] for pair in pairs], np.int64) for part in (0, 1))
    settle(at, zone, name, {} if state is None else state)
    return at.tolist(), zone.tolist()


def test_the_hour_that_comes_twice():
    readings = ["2025-10-26 01:59:00", "2025-10-26 02:10:00", "2025-10-26 02:50:00"]
    readings += ["2025-10-26 02:05:00", "2025-10-26 02:55:00", "2025-10-26 03:00:00"]
    at, zone = settled(readings)
    assert zone == [7200, 7200, 7200, 3600, 3600, 3600]
    assert at == sorted(at)
    assert at[-1] == instant("2025-10-26T02:00:00Z")[0]


def test_lines_a_second_out_of_order_are_not_a_clock_put_back():
    _, zone = settled(["2025-10-26 02:10:01", "2025-10-26 02:10:00", "2025-10-26 02:10:02"])
    assert zone == [7200, 7200, 7200]


def test_the_hour_that_spring_skips_and_an_ordinary_day():
    assert settled(["2026-03-29 02:30:00"]) == ([instant("2026-03-29T01:30:00Z")[0]], [3600])
    assert settled(["2026-07-01 12:00:00"]) == ([instant("2026-07-01T10:00:00Z")[0]], [7200])


def test_an_instant_without_zone_takes_the_zone_and_keeps_the_instant():
    at, zone = settled([1_782_900_000, 1_772_349_123])
    assert at == [1_782_900_000_000_000, 1_772_349_123_000_000]
    assert zone == [7200, 3600]


@given(st.lists(st.integers(0, 3 * 3600), max_size=30), st.data())
def test_any_split_gives_the_same(seconds, data):
    start = instant("2025-10-26 00:30:00")[0]
    cut = data.draw(st.integers(0, len(seconds)))
    at = np.array([start + second * 1_000_000 for second in seconds], np.int64)
    zone = np.full(len(seconds), LOCAL, np.int64)
    parts = (at[:cut].copy(), zone[:cut].copy()), (at[cut:].copy(), zone[cut:].copy())
    settle(at, zone, PARIS, {})
    state = {}
    for part in parts:
        settle(*part, PARIS, state)
    assert np.array_equal(np.concatenate([parts[0][0], parts[1][0]]), at)
    assert np.array_equal(np.concatenate([parts[0][1], parts[1][1]]), zone)
    assert not np.isin(zone, (LOCAL, EPOCH)).any()


def test_a_zone_that_does_not_exist_is_said():
    assert zone_named("") == "UTC"
    for name in ("Europe/Nowhere", "../etc/passwd", "\0"):
        with pytest.raises(UsageError, match="no such time zone"):
            zone_named(name)
