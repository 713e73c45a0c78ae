"""Texts of one block that were met before in it: what came of them is taken again instead of being worked out anew.

Most lines come from few clients, addresses and accounts. A memo is a table of MEMO columns, first zeros, of a power of
two of places. Its places are told by a quick mix of the text; that it is the same text is compared to the last byte.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from maillon.jit import njit
from maillon.read.find import word_at
from maillon.read.words import MASK, S, U, Word

# Columns: where the text is, how long, and two results. Length 0 = nothing there.
AT, LENGTH, ONE, TWO = range(4)
MEMO = 4

_ODD = U(0x9E3779B97F4A7C15)
_1, _3, _8, _32 = U(1), U(3), U(8), U(32)


@njit
def place_of(memo: NDArray[np.uint64], buffer: NDArray[np.uint8], offset: int, length: int) -> int:
    """Return the place of a text."""
    h = U(length)
    at = U(offset)
    end = at + U(length)
    while at + _8 <= end:
        h = ((h ^ word_at(buffer, at)) * _ODD) & MASK
        h ^= h >> _32
        at += _8
    if at < end:
        h = ((h ^ _last(buffer, at, end)) * _ODD) & MASK
        h ^= h >> _32
    return int(S(h & U(len(memo) - 1)))


@njit
def _last(buffer: NDArray[np.uint8], at: Word, end: Word) -> Word:
    """Return the fewer than eight bytes of [at, end) as a word."""
    return word_at(buffer, at) & ((_1 << ((end - at) << _3)) - _1)


@njit
def is_there(memo: NDArray[np.uint64], place: int, buffer: NDArray[np.uint8], offset: int, length: int) -> bool:
    """Tell whether what `place` holds is of this very text."""
    if memo[place, LENGTH] != U(length):
        return False
    at = U(offset)
    end = at + U(length)
    other = U(memo[place, AT])
    while at + _8 <= end:
        if word_at(buffer, at) != word_at(buffer, other):
            return False
        at += _8
        other += _8
    return bool(at == end or _last(buffer, at, end) == _last(buffer, other, other + (end - at)))


@njit
def keep(memo: NDArray[np.uint64], place: int, offset: int, length: int, one: Word, two: Word) -> None:
    """Remember what came of a text, instead of what `place` held."""
    memo[place, AT] = U(offset)
    memo[place, LENGTH] = U(length)
    memo[place, ONE] = one
    memo[place, TWO] = two
