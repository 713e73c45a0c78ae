"""The client's address in a log written behind a proxy.

X-Forwarded-For can be written by anybody, so it is used only on the lines that come from the proxy, and there it is
read from the right: the proxy appends its caller. An address of the house (loopback, private, shared with a carrier,
link-local, unique local) is a further proxy; the first one that is not is the client. Where all are of the house, the
one that the nearest proxy wrote is the client. At what is no address reading stops: nothing left of it is trusted.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from maillon.jit import njit

NO_ADDRESS, HOUSE, PUBLIC = 0, 1, 2
_COMMA, _DOT, _COLON, _SPACE, _OPEN, _CLOSE = 44, 46, 58, 32, 91, 93


@njit
def nearest_client(data: NDArray[np.uint8], rows: NDArray[Any], proxy: NDArray[np.uint8]) -> None:
    """Replace the address by the client's on the rows whose address is `proxy` (none: on those without an address).

    X-Forwarded-For stands in the slice `patient`, which is empty afterwards.
    """
    for i in range(len(rows)):
        row = rows[i]
        # Signed: what is compiled must not mix the two.
        at, size = int(np.int64(row["address"])), int(np.int64(row["address_len"]))
        begin, length = int(np.int64(row["patient"])), int(np.int64(row["patient_len"]))
        ours = size == len(proxy)
        for j in range(len(proxy)):
            ours = ours and data[at + j] == proxy[j]
        if ours and length > 0:
            client, client_end = _client(data, begin, begin + length)
            if client_end > client:
                row["address"], row["address_len"] = client, client_end - client
        row["patient"], row["patient_len"] = 0, 0


@njit
def _client(data: NDArray[np.uint8], begin: int, end: int) -> tuple[int, int]:
    """Return where the client's address stands in X-Forwarded-For; an empty span where it holds none."""
    near, near_end, stop = begin, begin, end
    while stop > begin:
        at = stop
        while at > begin and data[at - 1] != _COMMA:
            at -= 1
        hop, hop_end = without_port(data, at, stop)
        kind = address_kind(data, hop, hop_end)
        if kind == PUBLIC:
            return hop, hop_end
        if kind == NO_ADDRESS:
            break
        if near_end == near:
            near, near_end = hop, hop_end
        stop = at - 1
    return near, near_end


@njit
def without_port(data: NDArray[np.uint8], at: int, end: int) -> tuple[int, int]:
    """Return where the bare address stands in ` 192.0.2.1:443`, `[2001:db8::1]:443 `."""
    while at < end and data[at] == _SPACE:
        at += 1
    while end > at and data[end - 1] == _SPACE:
        end -= 1
    if end > at and data[at] == _OPEN:
        stop = at
        while stop < end and data[stop] != _CLOSE:
            stop += 1
        return at + 1, stop
    colons, colon = 0, end
    for i in range(at, end):
        if data[i] == _COLON:
            colons, colon = colons + 1, i
    return at, colon if colons == 1 else end


@njit
def address_kind(data: NDArray[np.uint8], at: int, end: int) -> int:
    """Return PUBLIC, HOUSE, or NO_ADDRESS for what is neither an IPv4 nor an IPv6 address."""
    colons, last_colon = 0, at - 1
    for i in range(at, end):
        if data[i] == _COLON:
            colons, last_colon = colons + 1, i
    if colons == 0:
        return _kind_of_ipv4(data, at, end)
    mapped = _kind_of_ipv4(data, last_colon + 1, end)
    for i in range(at, last_colon if mapped != NO_ADDRESS else end):
        if data[i] != _COLON and _hex(int(data[i])) < 0:
            return NO_ADDRESS
    if colons < 2 or colons > 7:
        return NO_ADDRESS
    if mapped != NO_ADDRESS:
        return mapped if _is_mapped(data, at, last_colon) else PUBLIC
    first, i = 0, at
    while data[i] != _COLON and i - at < 4:
        first, i = first * 16 + _hex(int(data[i])), i + 1
    loopback = data[at] == _COLON and end - at == 3 and data[at + 2] == 49  # ::1
    return HOUSE if loopback or first & 0xFE00 == 0xFC00 or first & 0xFFC0 == 0xFE80 else PUBLIC


@njit
def _is_mapped(data: NDArray[np.uint8], at: int, last_colon: int) -> bool:
    """Tell whether `::ffff:` stands before the dotted part."""
    if last_colon - at != 6 or data[at] != _COLON or data[at + 1] != _COLON:
        return False
    for i in range(at + 2, last_colon):  # noqa: SIM110 - compiled
        if _hex(int(data[i])) != 15:
            return False
    return True


@njit
def _hex(byte: int) -> int:
    if 48 <= byte <= 57:
        return byte - 48
    byte |= 32  # lower case
    return byte - 87 if 97 <= byte <= 102 else -1


@njit
def _kind_of_ipv4(data: NDArray[np.uint8], at: int, end: int) -> int:
    one, two, dots, value, digits = 0, 0, 0, 0, 0
    for i in range(at, end + 1):
        if i == end or data[i] == _DOT:
            if digits == 0 or digits > 3 or value > 255 or dots == 4:
                return NO_ADDRESS
            one, two = value if dots == 0 else one, value if dots == 1 else two
            dots, value, digits = dots + 1, 0, 0
        else:
            digit = int(data[i]) - 48
            if digit < 0 or digit > 9 or digits > 3:
                return NO_ADDRESS
            value, digits = value * 10 + digit, digits + 1
    if dots != 4:
        return NO_ADDRESS
    house = (
        one in (10, 127)
        or (one == 192 and two == 168)
        or (one == 172 and 16 <= two <= 31)
        or (one == 100 and 64 <= two <= 127)
        or (one == 169 and two == 254)
    )
    return HOUSE if house else PUBLIC
