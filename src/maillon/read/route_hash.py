"""The unkeyed hash by which the route automaton knows its own words: segments, hosts and keys of a profile.

It never stands for a name outside: those are keyed (`siphash`).
"""

from __future__ import annotations

from maillon.jit import njit
from maillon.read.words import MASK, U, Word

SEED = U(0xCBF29CE484222325)
PRIME = U(0x100000001B3)
_ODD = U(0x9E3779B97F4A7C15)
_MORE = U(0xD6E8FEB86659FD93)
_32 = U(32)
_ONE = U(1)

# What a hash is of, besides segments of a node (whose salt is the node's number).
HOST = U(1 << 40)
QUERY_KEY = U(1 << 41)
MATRIX_KEY = U(1 << 42)
FIXED_PAIR = U(1 << 43)
AFFIX = U(1 << 63)


@njit
def grow(h: Word, c: int) -> Word:
    """Return the hash of a text one byte longer (FNV-1a)."""
    return ((h ^ U(c)) * PRIME) & MASK


@njit
def salted(salt: Word, h: Word) -> Word:
    """Return the table key of a hash under a salt; never 0, which is an empty entry."""
    h = ((h ^ ((salt * _ODD) & MASK)) * _MORE) & MASK
    h ^= h >> _32
    return h | _ONE if h == U(0) else h


def text_hash(text: bytes) -> int:
    """Return the hash of a whole text, as `grow` builds it byte by byte."""
    h = int(SEED)
    for c in text:
        h = (h ^ c) * int(PRIME) & int(MASK)
    return h


def mix(salt: int, h: int) -> int:
    """Return `salted` as a Python integer."""
    return int(salted(U(int(salt)), U(int(h))))


DOT = U(text_hash(b"."))
DOTS = U(text_hash(b".."))
