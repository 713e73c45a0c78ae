"""Client addresses and their networks: /24 of IPv4, /48 of IPv6, whatever way a log writes them."""

from __future__ import annotations

import ipaddress
import re

import numpy as np
from numpy.typing import NDArray

from maillon.jit import njit
from maillon.read.escapes import hex_digit
from maillon.read.words import S

_DOT, _COLON, _OPEN, _CLOSE, _PERCENT, _SPACE, _FF = 0x2E, 0x3A, 0x5B, 0x5D, 0x25, 0x20, 0xFF

NO_ADDRESS, IPV4, IPV6 = 0, 4, 6


@njit
def _quad(buffer: NDArray[np.uint8], at: int, end: int, out: NDArray[np.uint8], to: int) -> int:
    """Write the four bytes of a dotted address; return where it ends, or -1."""
    for part in range(4):
        value = 0
        digits = 0
        while at < end and 48 <= buffer[at] <= 57 and digits < 4:
            value = value * 10 + int(buffer[at]) - 48
            digits += 1
            at += 1
        if digits == 0 or value > _FF:
            return -1
        out[to + part] = value
        if part < 3:
            if at >= end or buffer[at] != _DOT:
                return -1
            at += 1
    return at


@njit
def _groups(buffer: NDArray[np.uint8], at: int, end: int, out: NDArray[np.uint8]) -> bool:
    """Write the 16 bytes of an IPv6 address that fills the slice; tell whether it is one."""
    n = S(0)
    gap = S(-1)
    while at < end:
        if buffer[at] == _COLON:
            if gap >= 0 or at + 1 >= end or buffer[at + 1] != _COLON:
                return False
            gap = n
            at += 2
            continue
        start = at
        value = 0
        while at < end and at - start < 4 and hex_digit(int(buffer[at])) >= 0:
            value = value * 16 + hex_digit(int(buffer[at]))
            at += 1
        if at < end and buffer[at] == _DOT:
            if n > 12 or _quad(buffer, start, end, out, n) != end:
                return False
            n += 4
            break
        if at == start or n > 14:
            return False
        out[n] = value >> 8
        out[n + 1] = value & _FF
        n += 2
        if at < end:
            if buffer[at] != _COLON or at + 1 >= end:
                return False
            if buffer[at + 1] != _COLON:
                at += 1
    if gap < 0:
        return bool(n == 16)
    if n > 14:
        return False
    for back in range(n - gap):
        out[15 - back] = out[n - 1 - back]
    for i in range(gap, 16 - (n - gap)):
        out[i] = 0
    return True


@njit
def _mapped(out: NDArray[np.uint8]) -> bool:
    """Tell whether 16 bytes are an IPv4 address in IPv6 (::ffff:a.b.c.d)."""
    for i in range(10):
        if out[i] != 0:
            return False
    return bool(out[10] == _FF and out[11] == _FF)


@njit
def parse_address(buffer: NDArray[np.uint8], offset: int, length: int, out: NDArray[np.uint8]) -> int:
    """Write an address into `out` (16 bytes) and return its kind: IPV4 (4 bytes), IPV6 (16) or NO_ADDRESS.

    A port, brackets and a zone (`%eth0`) are left out; an IPv4 address mapped into IPv6 is IPv4.
    """
    at = offset
    end = offset + length
    while at < end and buffer[at] == _SPACE:
        at += 1
    while end > at and buffer[end - 1] == _SPACE:
        end -= 1
    quad_end = _quad(buffer, at, end, out, S(0))
    if quad_end == end or (quad_end > 0 and buffer[quad_end] == _COLON):
        return IPV4
    if at < end and buffer[at] == _OPEN:
        at += 1
    stop = at
    while stop < end and buffer[stop] != _CLOSE and buffer[stop] != _PERCENT:
        stop += 1
    if stop - at < 2 or not _groups(buffer, at, stop, out):
        return NO_ADDRESS
    if _mapped(out):
        for i in range(4):
            out[i] = out[12 + i]
        return IPV4
    return IPV6


_MOST_DIGITS = 12  # of a host name: more may be an NIR


def network_name(text: bytes) -> str:
    """Return the readable network of an address as a log wrote it; only proven forms are repeated."""
    out = np.zeros(16, np.uint8)
    kind = parse_address(np.frombuffer(text + bytes(64), np.uint8), 0, len(text), out)
    if kind == IPV4:
        return f"{out[0]}.{out[1]}.{out[2]}.0/24"
    if kind == IPV6:
        return str(ipaddress.IPv6Network((bytes(out[:6]) + bytes(10), 48)))
    if text.startswith(b"unix:"):
        return "local socket"
    host = re.fullmatch(rb"(?:[a-zA-Z0-9_-]{1,63}\.)+[a-zA-Z][a-zA-Z0-9-]{0,62}", text)
    if host and len(re.findall(rb"[0-9]", text)) <= _MOST_DIGITS:
        return text.decode("ascii").lower()
    return "other address"
