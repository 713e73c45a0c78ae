r"""Undoing what a log or a URL does to a byte: `\x22` and `\"` of nginx and Apache, `%2F`, `+` for a space."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from maillon.jit import njit
from maillon.read.words import S

# How a slice is written. Log escapes are undone everywhere.
RAW = S(0)
PERCENT = S(1)  # %2F, as in a URL
PLUS = S(2)  # + is a space, as in a query
PERCENT_PLUS = S(3)

TOO_LONG = -1

_SPACE, _QUOTE, _PLUS, _BACKSLASH, _X, _PERCENT_SIGN = 0x20, 0x22, 0x2B, 0x5C, 0x78, 0x25


@njit
def hex_digit(c: int) -> int:
    """Return the value of a hexadecimal digit, or -1."""
    if 48 <= c <= 57:
        return c - 48
    if 65 <= c <= 70:
        return c - 55
    if 97 <= c <= 102:
        return c - 87
    return -1


@njit
def next_byte(buffer: NDArray[np.uint8], at: int, end: int, mode: int) -> tuple[int, int]:
    """Return the decoded byte at `at` and where the next one starts. A broken escape stands for itself."""
    c = int(buffer[at])
    at += 1
    if c == _PERCENT_SIGN:
        if mode & PERCENT != 0 and at + 1 < end:
            high, low = hex_digit(int(buffer[at])), hex_digit(int(buffer[at + 1]))
            if high >= 0 and low >= 0:
                return high * 16 + low, at + 2
    elif c == _BACKSLASH and at < end:
        following = int(buffer[at])
        if following == _X and at + 2 < end:
            high, low = hex_digit(int(buffer[at + 1])), hex_digit(int(buffer[at + 2]))
            if high >= 0 and low >= 0:
                return high * 16 + low, at + 3
        elif following == _QUOTE or following == _BACKSLASH:  # noqa: PLR1714, SIM109 - compiled code is slow to build tuples
            return following, at + 1
    elif c == _PLUS and mode & PLUS != 0:
        c = _SPACE
    return c, at


@njit
def decode(buffer: NDArray[np.uint8], offset: int, length: int, mode: int, out: NDArray[np.uint8], room: int) -> int:
    """Write the decoded bytes of a slice into `out`; return how many, or TOO_LONG if they are more than `room`."""
    at = offset
    end = offset + length
    n = 0
    while at < end:
        c = int(buffer[at])
        if c == _PERCENT_SIGN or c == _BACKSLASH or c == _PLUS:  # noqa: PLR1714, SIM109
            c, at = next_byte(buffer, at, end, mode)
        else:
            at += 1
        if n >= room:
            return TOO_LONG
        out[n] = c
        n += 1
    return n


@njit
def raw_offset(buffer: NDArray[np.uint8], offset: int, end: int, mode: int, count: int) -> int:
    """Return where the slice stands in the buffer after `count` decoded bytes."""
    at = offset
    for _ in range(count):
        if at < end:
            _, at = next_byte(buffer, at, end, mode)
    return at
