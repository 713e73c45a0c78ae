"""Where an identifier lies among others, without telling the identifier: keyed hashes of its neighbourhood."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from maillon.facts.event import NEIGHBOURS
from maillon.jit import njit
from maillon.read.siphash import siphash13
from maillon.read.words import S, U, Word

_BAR = 0x7C
_DIGITS = 12
_UPPER, _LOWER = U(0xFFFFFFFF00000000), U(0xFFFFFFFF)
_START, _EIGHT, _BEHIND = S(0), S(8), S(16)


@njit
def neighbourhood(text: NDArray[np.uint8], length: int, k0: Word, k1: Word) -> Word:
    """Return EVENT's `near` of a canonical identifier in `text`: 0 where it is no number of at most 12 digits.

    Longer numbers (an NIR, an INS) are no order of arrival. Of `system|number` the number counts. Overwrites `text`.
    """
    first = _START
    for i in range(length):
        if text[i] == _BAR:
            first = S(i + 1)
    if length == first or length - first > _DIGITS:
        return U(0)
    number = S(0)
    for i in range(first, length):
        c = S(text[i])
        if c < 48 or c > 57:
            return U(0)
        number = number * 10 + c - 48
    block = number // NEIGHBOURS
    near = U(0)
    for half in range(2):
        for i in range(8):
            text[_BEHIND + i] = (block >> (8 * i)) & 0xFF
        near |= siphash13(text, _BEHIND, _EIGHT, k0, k1) & (_UPPER if half == 0 else _LOWER)
        block = (number + NEIGHBOURS // 2) // NEIGHBOURS
    return near
