"""Walking the route automaton over the bytes of a request's target, once, without copying it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from maillon.facts.record import METHODS
from maillon.jit import njit
from maillon.read.escapes import PERCENT, PERCENT_PLUS, decode, next_byte, raw_offset
from maillon.read.route_hash import AFFIX, DOT, DOTS, FIXED_PAIR, HOST, MATRIX_KEY, QUERY_KEY, SEED, grow, salted
from maillon.read.routes import (
    A_VALUE,
    ACCEPTS,
    AFFIXES,
    GROUP,
    HAS_PAIRS,
    IN_PAIR,
    IN_SEGMENT,
    METHOD,
    OTHER_TO,
    PAIRS,
    PLACE_WIDTH,
    PLACES_AT,
    RouteArrays,
    RouteTable,
)
from maillon.read.words import S, U, Word

NO_ROUTE = -1

_DEEPEST = 64  # segments of a target; a deeper one matches nothing
_GET, _HEAD = METHODS.index("GET"), METHODS.index("HEAD")
_SLASH, _QUESTION, _COLON, _AT, _EQUALS, _BRACKET = 0x2F, 0x3F, 0x3A, 0x40, 0x3D, 0x5B
_SEMICOLON, _AMPERSAND = S(0x3B), S(0x26)
# What a byte may end, as bits of BYTE_CLASS.
AUTHORITY_END, SEGMENT_END, QUERY_PAIR_END, ESCAPE = 1, 2, 4, 8
BYTE_CLASS = np.array(
    [
        AUTHORITY_END * (c in b"/?#")
        + SEGMENT_END * (c in b"/?;#")
        + QUERY_PAIR_END * (c in b"&#")
        + ESCAPE * (c in b"%\\")
        for c in range(256)
    ],
    np.int64,
)

_H, _T, _P, _S = 0x68, 0x74, 0x70, 0x73


class Work(NamedTuple):
    """Scratch of one matcher, and its result: `found` is (offset, length, mode) of patient, account, session."""

    found: NDArray[np.int64]  # nine, and the number of this target
    segments: NDArray[np.int64]  # per segment of the target: START, END, NODE before it (`..` goes back to it)
    slots: NDArray[np.int64]  # per slot: START and END of the value, MODE in which it is written, SEEN in which target
    text: NDArray[np.uint8]  # one decoded segment


START, END, NODE = range(3)
MODE, SEEN = 2, 3
_NUMBER = 9  # in `found`


def new_work(table: RouteTable, longest: int) -> Work:
    """Return scratch for targets of at most `longest` bytes."""
    segments, slots = np.zeros((_DEEPEST + 1, 3), np.int64), np.zeros((table.slots + 1, 4), np.int64)
    return Work(np.zeros(10, np.int64), segments, slots, np.zeros(longest + 1, np.uint8))


@njit
def look_up(keys: NDArray[np.uint64], values: NDArray[np.int32], key: Word) -> int:
    """Return the value of `key` in an open-addressed table, or -1."""
    mask = len(keys) - 1
    at = S(key & U(mask))
    while keys[at] != U(0):
        if keys[at] == key:
            found: int = S(values[at])
            return found
        at = (at + 1) & mask
    return -1


@njit
def host_hash(buffer: NDArray[np.uint8], at: int, end: int) -> tuple[Word, int]:
    """Return the hash of the host at `at`, in lower case and without its port, and where it ends."""
    h = SEED
    bracket = False
    while at < end:
        c = int(buffer[at])
        if BYTE_CLASS[c] & AUTHORITY_END != 0 or (c == _COLON and not bracket):
            break
        if c == _BRACKET:
            bracket = True
        elif c == _BRACKET + 2:
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


@njit
def _affix_mask(t: RouteArrays, node: int, text: NDArray[np.uint8], n: int) -> int:
    """Return one bit for each affix of the node that the decoded segment has, with something between."""
    mask = 0
    first = S(t.nodes[node, AFFIXES])
    for row in range(first, S(t.nodes[node + 1, AFFIXES])):
        prefix, prefix_length = S(t.affixes[row, 0]), S(t.affixes[row, 1])
        suffix, suffix_length = S(t.affixes[row, 2]), S(t.affixes[row, 3])
        fits = n > prefix_length + suffix_length
        for i in range(prefix_length):
            fits = fits and text[i] == t.text[prefix + i]
        for i in range(suffix_length):
            fits = fits and text[n - suffix_length + i] == t.text[suffix + i]
        if fits:
            mask |= 1 << (row - first)
    return mask


@njit
def _step(t: RouteArrays, w: Work, node: int, h: Word, buffer: NDArray[np.uint8], start: int, end: int) -> int:
    """Return the node after a segment: a fixed one, else one with fixed text around a brace, else any; -1 = none."""
    following = look_up(t.keys, t.values, salted(U(node), h))
    if following >= 0:
        return following
    if t.nodes[node + 1, AFFIXES] > t.nodes[node, AFFIXES]:
        n = decode(buffer, start, end - start, PERCENT, w.text, len(w.text))
        mask = _affix_mask(t, node, w.text, n)
        if mask != 0:
            following = look_up(t.keys, t.values, salted(U(node), AFFIX ^ U(mask)))
            if following >= 0:
                return following
    other: int = S(t.nodes[node, OTHER_TO])
    return other


@njit
def _see(t: RouteArrays, w: Work, key: Word, start: int, end: int, mode: int) -> None:
    """Remember the value of a slot. A key given twice spans both values: which one a service takes is not known."""
    slot = look_up(t.keys, t.values, key)
    if slot < 0:
        return
    if w.slots[slot, SEEN] != w.found[_NUMBER]:
        w.slots[slot, SEEN] = w.found[_NUMBER]
        w.slots[slot, START] = start
        w.slots[slot, MODE] = mode
    w.slots[slot, END] = end


@njit
def _pairs(
    t: RouteArrays, w: Work, buffer: NDArray[np.uint8], at: int, end: int, between: int, salt: Word, mode: int
) -> int:
    """Read `key=value` pairs with `between` between them up to `end` (or `/ ? #` of a path); return where they end."""
    fixed = t.has[2] != 0
    ends = SEGMENT_END if between == _SEMICOLON else QUERY_PAIR_END
    while at < end:
        h = SEED
        while at < end:
            c = int(buffer[at])
            if c == _EQUALS or BYTE_CLASS[c] & ends != 0:
                break
            c, at = next_byte(buffer, at, end, mode)
            h = grow(h, c)
        start = at
        value = SEED
        if at < end and buffer[at] == _EQUALS:
            at += 1
            start = at
            while at < end:
                c = int(buffer[at])
                if BYTE_CLASS[c] & ends != 0:
                    break
                if fixed:
                    c, at = next_byte(buffer, at, end, mode)
                    value = grow(value, c)
                else:
                    at += 1
        key = salted(salt, h)
        _see(t, w, key, start, at, mode)
        if fixed:
            _see(t, w, salted(FIXED_PAIR ^ key, value), start, at, mode)
        if at >= end or buffer[at] != between:
            break
        at += 1
    return at


@njit
def _best(t: RouteArrays, w: Work, node: int, method: int) -> int:
    """Return the route of the most specific template that the request satisfies, or NO_ROUTE."""
    best = NO_ROUTE
    best_score = -1
    wanted = _GET if method == _HEAD else method
    for entry in range(S(t.nodes[node, ACCEPTS]), S(t.nodes[node + 1, ACCEPTS])):
        route = S(t.accepts[entry])
        if best >= 0 and t.routes[route, GROUP] != t.routes[best, GROUP]:
            break
        named = S(t.routes[route, METHOD])
        if named != 0 and named != wanted and wanted != 0:  # noqa: PLR1714 - compiled code is slow to build tuples
            continue
        score = 1_000_000 + (1 if named == wanted else 0)
        for row in range(S(t.routes[route, PAIRS]), S(t.routes[route + 1, PAIRS])):
            slot = S(t.pairs[row, 0])
            there = w.slots[slot, SEEN] == w.found[_NUMBER]
            need = t.pairs[row, 1]
            if (need != 0 and not there) or (need == A_VALUE and w.slots[slot, END] <= w.slots[slot, START]):
                score = -1
                break
            score += 1000 if there else -2
        if score > best_score:
            best = route
            best_score = score
    return best


@njit
def _take(t: RouteArrays, w: Work, buffer: NDArray[np.uint8], route: int) -> None:
    """Write into `found` where the route's patient, account and session are."""
    for which in range(3):
        place = PLACES_AT + PLACE_WIDTH * which
        kind, index = S(t.routes[route, place]), S(t.routes[route, place + 1])
        start = end = mode = 0
        if kind == IN_SEGMENT:
            start, end, mode = S(w.segments[index, START]), S(w.segments[index, END]), PERCENT
            prefix, suffix = S(t.routes[route, place + 2]), S(t.routes[route, place + 3])
            if prefix + suffix > 0:
                n = decode(buffer, start, end - start, PERCENT, w.text, len(w.text))
                last = raw_offset(buffer, start, end, PERCENT, n - suffix)
                start = raw_offset(buffer, start, end, PERCENT, prefix)
                end = last
        elif kind == IN_PAIR and w.slots[index, SEEN] == w.found[_NUMBER]:
            start, end, mode = S(w.slots[index, START]), S(w.slots[index, END]), S(w.slots[index, MODE])
        w.found[3 * which] = start
        w.found[3 * which + 1] = end - start
        w.found[3 * which + 2] = mode


@njit
def match_route(
    t: RouteArrays,
    w: Work,
    buffer: NDArray[np.uint8],
    offset: int,
    length: int,
    method: int,
    host_offset: int,
    host_length: int,
) -> int:
    """Return the route of a request, or NO_ROUTE; `w.found` then says where patient, account and session are.

    `method` is an index in METHODS (0, unknown, fits any route). Empty and `.` segments are skipped, `..` goes back,
    matrix parameters may stand on any segment. The host is the target's own, else the slice given.
    """
    at = offset
    end = offset + length
    node = 0
    w.found[_NUMBER] += 1
    host = authority(buffer, offset, end)
    if host > 0:
        h, at = host_hash(buffer, host, end)
        if t.has[0] != 0:
            node = max(0, look_up(t.keys, t.values, salted(HOST, h)))
    elif host_length > 0 and t.has[0] != 0:
        h, _ = host_hash(buffer, host_offset, host_offset + host_length)
        node = max(0, look_up(t.keys, t.values, salted(HOST, h)))
    depth = 0
    while at < end:
        c = int(buffer[at])
        if c == _SLASH:
            at += 1
            continue
        if BYTE_CLASS[c] & AUTHORITY_END != 0:
            break
        start = at
        h = SEED
        while at < end:
            c = int(buffer[at])
            if BYTE_CLASS[c] & SEGMENT_END != 0:
                break
            if BYTE_CLASS[c] & ESCAPE != 0:
                c, at = next_byte(buffer, at, end, PERCENT)
            else:
                at += 1
            h = grow(h, c)
        stop = at
        if at < end and buffer[at] == _SEMICOLON:
            if t.has[1] != 0:
                at = _pairs(t, w, buffer, at + 1, end, _SEMICOLON, MATRIX_KEY, PERCENT)
            else:
                while at < end and BYTE_CLASS[buffer[at]] & AUTHORITY_END == 0:
                    at += 1
        if stop == start or h == DOT:
            continue
        if h == DOTS:
            if depth > 0:
                depth -= 1
                node = S(w.segments[depth, NODE])
            continue
        if depth == _DEEPEST:
            return NO_ROUTE
        w.segments[depth, START] = start
        w.segments[depth, END] = stop
        w.segments[depth, NODE] = node
        depth += 1
        if node >= 0:
            node = _step(t, w, node, h, buffer, start, stop)
    if node < 0:
        return NO_ROUTE
    if t.nodes[node, HAS_PAIRS] != 0 and at < end and buffer[at] == _QUESTION:
        _pairs(t, w, buffer, at + 1, end, _AMPERSAND, QUERY_KEY, PERCENT_PLUS)
    route = _best(t, w, node, method)
    if route >= 0:
        _take(t, w, buffer, route)
    return route


class Match(NamedTuple):
    """The route of one target, or NO_ROUTE, and what it holds, as it is written there."""

    route: int
    patient: bytes
    account: bytes
    session: bytes


def find(table: RouteTable, target: bytes, method: str = "GET", host: bytes = b"") -> Match:
    """Match one target: for tools and tests; logs go through `match_route`."""
    buffer = np.frombuffer(target + host + bytes(64), np.uint8)
    work = new_work(table, len(target))
    number = METHODS.index(method) if method in METHODS else 0
    route = match_route(table.arrays, work, buffer, 0, len(target), number, len(target), len(host))
    if route < 0:
        return Match(NO_ROUTE, b"", b"", b"")
    taken = [target[work.found[i] : work.found[i] + work.found[i + 1]] for i in (0, 3, 6)]
    return Match(int(route), *taken)
