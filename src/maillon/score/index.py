"""From an account's hash to the row of its record: open addressing, half empty at least."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from maillon.jit import njit
from maillon.score.whole import whole

ABSENT = -1

_SPREAD = np.uint64(0x9E3779B97F4A7C15)
_SHIFT = np.uint64(20)


@njit
def place_of(rows: NDArray[Any], accounts: NDArray[Any], account: np.uint64) -> int:
    """Return the slot of `rows` that holds the account's row, or the empty one where it belongs."""
    mask = len(rows) - 1
    place = whole((account * _SPREAD) >> _SHIFT) & mask
    while rows[place] != ABSENT and accounts[rows[place]]["account"] != account:
        place = (place + 1) & mask
    return place


@njit
def fill(rows: NDArray[Any], accounts: NDArray[Any], count: int) -> None:
    """Index the first `count` records in an empty `rows`."""
    for row in range(count):
        rows[place_of(rows, accounts, accounts[row]["account"])] = row


def indexed(accounts: NDArray[Any], count: int) -> NDArray[np.int32]:
    """Return an index with room for as many records as `accounts` has."""
    rows = np.full(1 << max(4, (2 * len(accounts)).bit_length()), ABSENT, np.int32)
    with np.errstate(over="ignore"):
        fill(rows, accounts, count)
    return rows
