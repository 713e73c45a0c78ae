"""SipHash-1-3: the keyed 64-bit hash that stands for every name in an event.

Keyed, because an unkeyed hash of a number from a small space (an NIR, an RPPS) is a lookup table. The algorithm is
Aumasson and Bernstein's SipHash with one compression and three finalisation rounds, as CPython and Rust use it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from maillon.jit import njit
from maillon.read.words import MASK, U, Word

_V0 = U(0x736F6D6570736575)
_V1 = U(0x646F72616E646F6D)
_V2 = U(0x6C7967656E657261)
_V3 = U(0x7465646279746573)
_FF = U(0xFF)
_S8, _S13, _S16, _S17, _S21, _S32, _S43, _S47, _S48, _S51, _S56 = (
    U(n) for n in (8, 13, 16, 17, 21, 32, 43, 47, 48, 51, 56)
)


@njit
def _round(v0: Word, v1: Word, v2: Word, v3: Word) -> tuple[Word, Word, Word, Word]:
    v0 = (v0 + v1) & MASK
    v1 = ((v1 << _S13) & MASK) | (v1 >> _S51)
    v1 ^= v0
    v0 = ((v0 << _S32) & MASK) | (v0 >> _S32)
    v2 = (v2 + v3) & MASK
    v3 = ((v3 << _S16) & MASK) | (v3 >> _S48)
    v3 ^= v2
    v0 = (v0 + v3) & MASK
    v3 = ((v3 << _S21) & MASK) | (v3 >> _S43)
    v3 ^= v0
    v2 = (v2 + v1) & MASK
    v1 = ((v1 << _S17) & MASK) | (v1 >> _S47)
    v1 ^= v2
    v2 = ((v2 << _S32) & MASK) | (v2 >> _S32)
    return v0, v1, v2, v3


@njit
def siphash13(buffer: NDArray[np.uint8], offset: int, length: int, k0: Word, k1: Word) -> Word:
    """Return the 64-bit hash of `length` bytes of `buffer` from `offset` under the key (k0, k1)."""
    v0, v1, v2, v3 = k0 ^ _V0, k1 ^ _V1, k0 ^ _V2, k1 ^ _V3
    whole = length >> 3
    at = offset
    for _ in range(whole):
        word = U(buffer[at + 7])
        for back in range(6, -1, -1):
            word = (word << _S8) | U(buffer[at + back])
        v3 ^= word
        v0, v1, v2, v3 = _round(v0, v1, v2, v3)
        v0 ^= word
        at += 8
    word = U(0)
    for back in range(offset + length - 1, at - 1, -1):
        word = (word << _S8) | U(buffer[back])
    word |= (U(length) & _FF) << _S56
    v3 ^= word
    v0, v1, v2, v3 = _round(v0, v1, v2, v3)
    v0 ^= word
    v2 ^= _FF
    v0, v1, v2, v3 = _round(v0, v1, v2, v3)
    v0, v1, v2, v3 = _round(v0, v1, v2, v3)
    v0, v1, v2, v3 = _round(v0, v1, v2, v3)
    return v0 ^ v1 ^ v2 ^ v3
