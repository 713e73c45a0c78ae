"""Each name once: against a plain set."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from maillon.read.fresh import Fresh


@settings(deadline=None)
@given(st.lists(st.lists(st.one_of(st.integers(0, 30), st.integers(0, 2**64 - 1)), max_size=50), max_size=5))
def test_first_occurrences(blocks):
    fresh, known = Fresh(), {0}
    for block in blocks:
        expected = []
        for index, value in enumerate(block):
            if value not in known:
                known.add(value)
                expected.append(index)
        assert fresh.indices(np.array(block, np.uint64)).tolist() == expected


def test_it_grows():
    values = (np.arange(1, 2_001, dtype=np.uint64) << np.uint64(20)) + np.uint64(7)  # all want the same place
    fresh = Fresh()
    assert len(fresh.indices(values)) == len(values)
    assert len(fresh.indices(values)) == 0
    spread = np.random.default_rng(1).integers(1, 2**64, 50_000, np.uint64)
    assert len(fresh.indices(spread)) == len(np.unique(spread))
