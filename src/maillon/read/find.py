"""Where a byte stands next: eight bytes a step, as a word (Mycroft's test for a zero byte).

Buffers are padded by their makers, so that a word never reaches beyond them.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from maillon.jit import PLAIN, njit

_ONES = np.uint64(0x0101010101010101)
_HIGH = np.uint64(0x8080808080808080)


@njit
def _compiled(data: NDArray[np.uint8], words: NDArray[np.uint64], at: int, end: int, byte: int) -> int:
    while at < end and at & 7:
        if data[at] == byte:
            return at
        at += 1
    pattern = _ONES * np.uint64(byte)
    while at < end:
        word = words[at >> 3] ^ pattern
        if (word - _ONES) & ~word & _HIGH:
            break
        at += 8
    while at < end:
        if data[at] == byte:
            return at
        at += 1
    return end


def _plain(data: NDArray[np.uint8], words: NDArray[np.uint64], at: int, end: int, byte: int) -> int:  # noqa: ARG001
    found = data[at:end].tobytes().find(bytes([byte]))
    return end if found < 0 else at + found


find = _plain if PLAIN else _compiled
"""Return where `byte` stands first in data[at:end], or `end`. `words` is `data` as 64-bit words."""
