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
_S8, _S13, _S16, _S17, _S21, _S24, _S32, _S40, _S43, _S47, _S48, _S51, _S56 = (
    U(n) for n in (8, 13, 16, 17, 21, 24, 32, 40, 43, 47, 48, 51, 56)
)
_1, _2, _3, _4, _5, _6, _7, _8 = (U(n) for n in range(1, 9))


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
    at = U(offset)  # unsigned: a negative index would count from the end, and each of eight loads would look for that
    end = at + U(length)
    last = end - (U(length) & _7)
    while at < last:
        word = U(buffer[at]) | U(buffer[at + _1]) << _S8 | U(buffer[at + _2]) << _S16 | U(buffer[at + _3]) << _S24
        word |= U(buffer[at + _4]) << _S32 | U(buffer[at + _5]) << _S40
        word |= U(buffer[at + _6]) << _S48 | U(buffer[at + _7]) << _S56
        v3 ^= word
        v0, v1, v2, v3 = _round(v0, v1, v2, v3)
        v0 ^= word
        at += _8
    word = (U(length) & _FF) << _S56
    shift = U(0)
    while at < end:
        word |= U(buffer[at]) << shift
        shift += _S8
        at += _1
    v3 ^= word
    v0, v1, v2, v3 = _round(v0, v1, v2, v3)
    v0 ^= word
    v2 ^= _FF
    v0, v1, v2, v3 = _round(v0, v1, v2, v3)
    v0, v1, v2, v3 = _round(v0, v1, v2, v3)
    v0, v1, v2, v3 = _round(v0, v1, v2, v3)
    return v0 ^ v1 ^ v2 ^ v3
