"""The admitted order depends on what the sources hold, never on how they are cut or interleaved."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from maillon.facts.event import EVENT, Flag
from maillon.read.order import WINDOW_US, Order

SECOND = 1_000_000
moments = st.lists(st.integers(0, 400), min_size=1, max_size=40)


def events_at(seconds, source):
    rows = np.zeros(len(seconds), EVENT)
    rows["at"] = np.array(seconds, np.int64) * SECOND
    rows["request"] = [source * 1000 + i + 1 for i in range(len(seconds))]
    return rows


def admitted(sources, cuts):
    order = Order(len(sources))
    at = [0] * len(sources)
    out = []
    while (source := order.behind()) >= 0:
        step = cuts[source % len(cuts)]
        rows = events_at(sources[source], source)[at[source] : at[source] + step]
        order.push(source, rows, np.arange(at[source], at[source] + len(rows)))
        at[source] += step
        order.ended[source] = at[source] >= len(sources[source])
        out.append(order.admit())
    return np.concatenate(out)


@given(st.lists(moments, min_size=1, max_size=3), st.lists(st.integers(1, 9), min_size=1, max_size=3))
def test_cuts_do_not_matter(sources, cuts):
    whole = admitted(sources, [10_000])
    assert whole.tobytes() == admitted(sources, cuts).tobytes()
    assert len(whole) == sum(map(len, sources))


@given(moments)
def test_lines_within_the_window_are_put_in_order_and_later_ones_marked(seconds):
    rows = admitted([seconds], [7])
    timely = rows[(rows["flags"] & Flag.LATE) == 0]
    assert np.all(np.diff(timely["at"]) >= 0)
    newest = np.maximum.accumulate(np.array(seconds) * SECOND)
    assert int(((rows["flags"] & Flag.LATE) != 0).sum()) == int((np.array(seconds) * SECOND < newest - WINDOW_US).sum())


def test_pending_events_survive_a_restart():
    order = Order(2)
    order.push(0, events_at([1, 2, 300], 0), np.arange(3))
    order.push(1, events_at([5], 1), np.arange(1))
    first = order.admit()
    again = Order(2)
    again.newest, again.ended = order.newest, [True, True]
    again.restore(order.pending(), order.watermark, [0, 1])
    rest = again.admit()
    assert sorted([*first["request"], *rest["request"]]) == [1, 2, 3, 1001]
    assert list(rest["at"]) == sorted(rest["at"])
