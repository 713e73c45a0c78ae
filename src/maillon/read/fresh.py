"""Which names come for the first time: a growing set of 64-bit hashes, so that each is told only once."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from maillon.jit import njit
from maillon.read.words import S, U

_FULL = 0.7  # share of a table in use at most


@njit
def _admit(
    table: NDArray[np.uint64], values: NDArray[np.uint64], start: int, room: int, found: NDArray[np.int64]
) -> tuple[int, int]:
    """Put values from `start` on into the table while there is room; return where it stopped and how many were new."""
    mask = len(table) - 1
    n = 0
    for i in range(start, len(values)):
        value = U(values[i])
        if value == U(0):
            continue
        at = S(value & U(mask))
        while table[at] != U(0) and table[at] != value:
            at = (at + 1) & mask
        if table[at] == value:
            continue
        if n >= room:
            return i, n
        table[at] = value
        found[n] = i
        n += 1
    return len(values), n


class Fresh:
    """A set of hashes; 0, the absent name, is never in it."""

    def __init__(self) -> None:
        self._table = np.zeros(1 << 10, np.uint64)
        self._used = 0

    def indices(self, values: NDArray[np.uint64]) -> NDArray[np.int64]:
        """Return the index of the first occurrence of each value that was never given before, in order."""
        start = 0
        parts = []
        while start < len(values):
            room = int(len(self._table) * _FULL) - self._used
            found = np.empty(min(max(room, 1), len(values) - start), np.int64)
            start, count = _admit(self._table, values, start, min(room, len(found)), found)
            self._used += count
            parts.append(found[:count])
            if start < len(values):
                self._grow()
        return np.concatenate(parts) if parts else np.empty(0, np.int64)

    def _grow(self) -> None:
        known = self._table[self._table != 0]
        self._table = np.zeros(len(self._table) * 2, np.uint64)
        _admit(self._table, known, 0, len(known), np.empty(len(known), np.int64))
