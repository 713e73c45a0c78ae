"""Where a byte stands next: eight bytes a step, as a word (Mycroft's test for a zero byte).

Buffers are padded by their makers, so that a word never reaches beyond them.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from maillon.jit import PLAIN, njit
from maillon.read.words import U, Word

_ONES = np.uint64(0x0101010101010101)
_HIGH = np.uint64(0x8080808080808080)
_NUMBERS = np.uint64(0x0001020304050607)  # shifted left by k bytes, its highest byte is k
_1, _2, _3, _4, _5, _6, _7, _8 = (U(n) for n in range(1, 9))
_16, _24, _32, _40, _48, _56 = (U(n) for n in range(16, 64, 8))


@njit
def word_at(data: NDArray[np.uint8], at: Word) -> Word:
    """Return the eight bytes from `at` on as a word, the first one lowest: one load, as `at` is unsigned."""
    word = U(data[at]) | U(data[at + _1]) << _8 | U(data[at + _2]) << _16 | U(data[at + _3]) << _24
    word |= U(data[at + _4]) << _32 | U(data[at + _5]) << _40 | U(data[at + _6]) << _48
    return word | U(data[at + _7]) << _56


@njit
def _compiled(data: NDArray[np.uint8], at: int, end: int, byte: int) -> int:
    if at >= end:
        return end
    pattern = _ONES * U(byte)
    i, stop = U(at), U(end)
    while i < stop:
        word = word_at(data, i) ^ pattern
        hit = (word - _ONES) & ~word & _HIGH
        if hit:
            lowest = (hit & (~hit + _1)) >> _7  # 1 << 8k, where k is the number of the byte
            found: int = np.int64(i + ((lowest * _NUMBERS) >> _56))  # type: ignore[assignment]
            return found if found < end else end  # noqa: FURB136 - typed as an int
        i += _8
    return end


def _plain(data: NDArray[np.uint8], at: int, end: int, byte: int) -> int:
    found = data[at:end].tobytes().find(bytes([byte]))
    return end if found < 0 else at + found


find = _plain if PLAIN else _compiled
"""Return where `byte` stands first in data[at:end], or `end`."""
