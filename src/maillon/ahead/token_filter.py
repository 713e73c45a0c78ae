"""The quick look over bytes: which lines hold one of many names, or a host under one of many domains.

A token is a run of letters, digits and . - _ @ + %; letters count lower. Its polynomial hash (mod 2^64), and the one of
what follows each of its dots and its @, is looked up in an open table. A hash that is found only proposes the line:
exact text decides afterwards, so that a collision costs time and never a wrong name.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from maillon.jit import njit
from maillon.read.words import MASK, S, U, Word

LONGEST_LINE = 4096
_BASE = U(0x9E3779B97F4A7C15)  # odd, so that it has an inverse; 2^64 over the golden ratio
_MIX = U(0xFF51AFD7ED558CCD)
_32, _LOW6, _1 = U(32), U(63), U(1)
_LONGEST_TOKEN = 320  # the longest e-mail address
_DOTS = 12  # a host with more labels is looked up by its whole and its last twelve


def _classes() -> NDArray[np.uint8]:
    """Return for each byte 0 where it parts tokens, else itself in lower case; bytes above 127 are letters."""
    table = np.zeros(256, np.uint8)
    for c in b"0123456789abcdefghijklmnopqrstuvwxyz.-_@+%":
        table[c] = c
    for c in range(65, 91):
        table[c] = c + 32
    table[128:] = np.arange(128, 256)
    return table


def _powers() -> NDArray[np.uint64]:
    out, power = [], 1
    for _ in range(_LONGEST_TOKEN + 1):
        out.append(power)
        power = power * int(_BASE) % 2**64
    return np.array(out, np.uint64)


CLASSES = _classes()
POWERS = _powers()


@dataclass(frozen=True)
class TokenFilter:
    """`table` is open and holds hashes (0 = free); `bitmap` has a bit for each, at most a sixteenth of them set."""

    table: NDArray[np.uint64]
    suffixes: NDArray[np.uint64]
    bitmap: NDArray[np.uint64]


def token_filter(tokens: Iterable[str], suffixes: Iterable[str] = ()) -> TokenFilter:
    """Return a filter for whole tokens, and for what a token ends with after a dot or an @ (or is as a whole)."""
    whole, ends = _hashed(tokens), _hashed(suffixes)
    bitmap = np.zeros((1 << max(12, (16 * (len(whole) + len(ends))).bit_length())) // 64, np.uint64)
    return TokenFilter(_table(whole, bitmap), _table(ends, bitmap), bitmap)


def proposed(block: NDArray[np.uint8], size: int, of: TokenFilter) -> tuple[NDArray[np.int64], int, int]:
    """Look over the first `size` bytes of a block of whole lines; the block is longer by one byte at least.

    Returns the lines proposed, as rows (first byte, end without LF), how many lines there are, and how many were
    longer than LONGEST_LINE bytes and were passed over.
    """
    out = np.zeros((max(1024, size // 64), 2), np.int64)
    while True:
        found, lines, long = _scan(block, S(size), CLASSES, POWERS, of.table, of.suffixes, of.bitmap, out)
        if found <= len(out):
            return out[:found], int(lines), int(long)
        out = np.zeros((found, 2), np.int64)


@njit
def _held(table: NDArray[np.uint64], bitmap: NDArray[np.uint64], value: Word) -> bool:
    """Tell whether a hash is in the table; the bitmap answers for nearly all that are not."""
    mixed = ((U(value) ^ (U(value) >> _32)) * _MIX) & MASK
    mixed ^= mixed >> _32
    place = mixed & U(len(bitmap) * 64 - 1)
    if (U(bitmap[place >> U(6)]) >> (place & _LOW6)) & _1 == U(0):
        return False
    at = mixed & U(len(table) - 1)
    while table[at] != 0:
        if U(table[at]) == value:
            return True
        at = (at + _1) & U(len(table) - 1)
    return False


@njit
def _scan(
    block: NDArray[np.uint8],
    size: int,
    classes: NDArray[np.uint8],
    powers: NDArray[np.uint64],
    table: NDArray[np.uint64],
    suffixes: NDArray[np.uint64],
    bitmap: NDArray[np.uint64],
    out: NDArray[np.int64],
) -> tuple[int, int, int]:
    """Return how many lines are proposed (those beyond `out` are only counted), how many there are, how many long."""
    found, lines, long = 0, 0, 0
    dots = np.zeros(_DOTS, np.int64)
    before = np.zeros(_DOTS, np.uint64)
    start, first = 0, 0  # of the line, of the token
    value = U(0)
    count = 0
    hit = False
    has_any = len(suffixes) > 1
    for i in range(size + 1):
        c = classes[block[i]] if i < size else np.uint8(0)
        if c != 0:
            value = (value * _BASE + U(c)) & MASK
            if (c == 46 or c == 64) and has_any:  # noqa: PLR1714 - . and @
                dots[count % _DOTS] = i + 1
                before[count % _DOTS] = value
                count += 1
            continue
        if i > first and not hit and i - first <= _LONGEST_TOKEN:
            hit = _held(table, bitmap, value)
            if not hit and has_any and count > 0:
                if _held(suffixes, bitmap, value):
                    hit = True
                for k in range(min(count, _DOTS)):
                    end = (value - U(before[k]) * U(powers[i - dots[k]])) & MASK
                    if dots[k] < i and _held(suffixes, bitmap, end):
                        hit = True
        first = i + 1
        value = U(0)
        count = 0
        if i == size or block[i] == 10:
            if i > start or i < size:
                lines += 1
                if i - start > LONGEST_LINE:
                    long += 1
                elif hit:
                    if found < len(out):
                        out[found, 0] = start
                        out[found, 1] = i
                    found += 1
            start = i + 1
            hit = False
    return found, lines, long


@njit
def _hashes(
    text: NDArray[np.uint8], lengths: NDArray[np.int64], classes: NDArray[np.uint8], out: NDArray[np.uint64]
) -> None:
    """Write the hash of each name; `text` holds them end to end."""
    at = 0
    for i in range(len(lengths)):
        value = U(0)
        for _ in range(lengths[i]):
            value = (value * _BASE + U(classes[text[at]])) & MASK
            at += 1
        out[i] = value


@njit
def _insert(hashes: NDArray[np.uint64], table: NDArray[np.uint64], bitmap: NDArray[np.uint64]) -> None:
    """Put each hash into the open table, and its bit into the map."""
    for i in range(len(hashes)):
        value = U(hashes[i])
        mixed = ((U(value) ^ (U(value) >> _32)) * _MIX) & MASK
        mixed ^= mixed >> _32
        place = mixed & U(len(bitmap) * 64 - 1)
        bitmap[place >> U(6)] |= np.uint64(_1 << (place & _LOW6))
        at = mixed & U(len(table) - 1)
        while table[at] != 0:
            at = (at + _1) & U(len(table) - 1)
        table[at] = np.uint64(value)


def _hashed(names: Iterable[str]) -> NDArray[np.uint64]:
    """Return the distinct hashes of names, ascending. A name with a byte that parts tokens can never be found whole."""
    raw = [one.encode() for one in names if one]
    out = np.zeros(len(raw), np.uint64)
    lengths = np.array([len(one) for one in raw], np.int64)
    _hashes(np.frombuffer(b"".join(raw) + b"\0", np.uint8), lengths, CLASSES, out)
    distinct: NDArray[np.uint64] = np.unique(out[out != 0])
    return distinct


def _table(hashes: NDArray[np.uint64], bitmap: NDArray[np.uint64]) -> NDArray[Any]:
    table = np.zeros(1 << max(1, (2 * len(hashes)).bit_length()) if len(hashes) else 1, np.uint64)
    _insert(hashes, table, bitmap)
    return table
