"""The pieces of a request's target: what ends what, and the host of an absolute one."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from maillon.jit import njit
from maillon.read.route_hash import SEED, grow
from maillon.read.words import Word

# What a byte ends, as bits of BYTE_CLASS; ESCAPE begins one.
AUTHORITY_END, SEGMENT_END, QUERY_PAIR_END, ESCAPE = 1, 2, 4, 8
_ENDS = {AUTHORITY_END: b"/?#", SEGMENT_END: b"/?;#", QUERY_PAIR_END: b"&#", ESCAPE: b"%\\"}
BYTE_CLASS = np.array([sum(bit for bit, ends in _ENDS.items() if c in ends) for c in range(256)], np.int64)

_SLASH, _COLON, _AT, _OPEN, _CLOSE = 0x2F, 0x3A, 0x40, 0x5B, 0x5D
_H, _T, _P, _S = 0x68, 0x74, 0x70, 0x73


@njit
def host_hash(buffer: NDArray[np.uint8], at: int, end: int) -> tuple[Word, int]:
    """Return the hash of the host at `at`, in lower case and without its port, and where it ends."""
    h = SEED
    bracket = False
    while at < end:
        c = int(buffer[at])
        if BYTE_CLASS[c] & AUTHORITY_END != 0 or (c == _COLON and not bracket):
            break
        if c == _OPEN:
            bracket = True
        elif c == _CLOSE:
            bracket = False
        elif 65 <= c <= 90:
            c += 32
        h = grow(h, c)
        at += 1
    while at < end and BYTE_CLASS[buffer[at]] & AUTHORITY_END == 0:
        at += 1
    return h, at


@njit
def authority(buffer: NDArray[np.uint8], offset: int, end: int) -> int:
    """Return where the host of an absolute target starts, after `http://` and any `user@`; 0 if it is none."""
    if end - offset < 8 or buffer[offset] | 32 != _H or buffer[offset + 1] | 32 != _T:
        return 0
    if buffer[offset + 2] | 32 != _T or buffer[offset + 3] | 32 != _P:
        return 0
    at = offset + 4
    if buffer[at] | 32 == _S:
        at += 1
    if buffer[at] != _COLON or buffer[at + 1] != _SLASH or buffer[at + 2] != _SLASH:
        return 0
    at += 3
    host = at
    while at < end and BYTE_CLASS[buffer[at]] & AUTHORITY_END == 0:
        at += 1
        if buffer[at - 1] == _AT:
            host = at
    return host
