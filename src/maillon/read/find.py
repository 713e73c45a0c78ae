"""Where a byte stands next: eight bytes a step, as a word (Mycroft's test for a zero byte).

Buffers are padded by their makers, so that a word never reaches beyond them.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from maillon.jit import PLAIN, njit

_ONES = np.uint64(0x0101010101010101)
_HIGH = np.uint64(0x8080808080808080)
_ONE, _THREE, _SEVEN, _TOP = np.uint64(1), np.uint64(3), np.uint64(7), np.uint64(56)
_NUMBERS = np.uint64(0x0001020304050607)  # shifted left by k bytes, its highest byte is k


@njit
def _compiled(data: NDArray[np.uint8], words: NDArray[np.uint64], at: int, end: int, byte: int) -> int:  # noqa: ARG001
    if at >= end:
        return end
    pattern = _ONES * np.uint64(byte)
    index = np.uint64(at) >> _THREE  # unsigned: a negative index would count from the end, and be looked for each time
    # The bytes before `at` in its word are set to what never matches.
    word = (words[index] ^ pattern) | ((_ONE << np.uint64((at & 7) << 3)) - _ONE)
    while True:
        hit = (word - _ONES) & ~word & _HIGH
        if hit:
            lowest = (hit & (~hit + _ONE)) >> _SEVEN  # 1 << 8k, where k is the number of the byte
            found: int = np.int64((index << _THREE) + ((lowest * _NUMBERS) >> _TOP))  # type: ignore[assignment]
            return found if found < end else end  # noqa: FURB136 - typed as an int
        index += _ONE
        if np.int64(index << _THREE) >= end:
            return end
        word = words[index] ^ pattern


def _plain(data: NDArray[np.uint8], words: NDArray[np.uint64], at: int, end: int, byte: int) -> int:  # noqa: ARG001
    found = data[at:end].tobytes().find(bytes([byte]))
    return end if found < 0 else at + found


find = _plain if PLAIN else _compiled
"""Return where `byte` stands first in data[at:end], or `end`. `words` is `data` as 64-bit words."""
