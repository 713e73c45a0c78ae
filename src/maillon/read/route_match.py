"""Walking the route automaton over the bytes of each record's target, once, without copying it."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from maillon.facts.record import METHODS, RECORD
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
    PLACED,
    PLACES_AT,
    RouteArrays,
    RouteTable,
)
from maillon.read.target import (
    AUTHORITY_END,
    BYTE_CLASS,
    ESCAPE,
    QUERY_PAIR_END,
    SEGMENT_END,
    authority,
    host_hash,
)
from maillon.read.words import S, U, Word

NO_ROUTE = -1

# Columns of `found`, per record: its route or NO_ROUTE; offset, length and mode of patient, account and session.
ROUTE = 0
PATIENT, ACCOUNT, SESSION = 1, 4, 7
FOUND = 10

_DEEPEST = 64  # segments of a target; a deeper one matches nothing
_GET, _HEAD = METHODS.index("GET"), METHODS.index("HEAD")
_SLASH, _QUESTION, _HASH, _EQUALS = 0x2F, 0x3F, 0x23, 0x3D
_SEMICOLON, _AMPERSAND = S(0x3B), S(0x26)
_SEGMENT_END, _QUERY_PAIR_END = S(SEGMENT_END), S(QUERY_PAIR_END)

_START, _END, _NODE = range(3)  # of a segment
_MODE, _SEEN = 2, 3  # of a slot, after _START and _END


class Work(NamedTuple):
    """Scratch of one matcher."""

    segments: NDArray[np.int64]  # per segment of the target: start, end, node before it (`..` goes back to it)
    slots: NDArray[np.int64]  # per slot: start and end of the value, mode in which it is written, record it was seen in
    text: NDArray[np.uint8]  # one decoded segment


def new_work(table: RouteTable, longest: int) -> Work:
    """Return scratch for targets of at most `longest` bytes."""
    segments, slots = np.zeros((_DEEPEST, 3), np.int64), np.zeros((table.slots + 1, 4), np.int64)
    return Work(segments, slots, np.zeros(longest + 1, np.uint8))


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
def _affix_mask(
    affixes: NDArray[np.int32], fixed: NDArray[np.uint8], first: int, end: int, text: NDArray[np.uint8], n: int
) -> int:
    """Return one bit for each affix of a node that the decoded segment has, with something between."""
    mask = S(0)
    for row in range(first, end):
        prefix, prefix_length = S(affixes[row, 0]), S(affixes[row, 1])
        suffix, suffix_length = S(affixes[row, 2]), S(affixes[row, 3])
        fits = n > prefix_length + suffix_length
        for i in range(prefix_length):
            fits = fits and text[i] == fixed[prefix + i]
        for i in range(suffix_length):
            fits = fits and text[n - suffix_length + i] == fixed[suffix + i]
        if fits:
            mask |= 1 << (row - first)
    return int(mask)


@njit
def _see(
    keys: NDArray[np.uint64],
    values: NDArray[np.int32],
    slots: NDArray[np.int64],
    key: Word,
    start: int,
    end: int,
    mode: int,
    record: int,
) -> None:
    """Remember the value of a slot. A key given twice spans both values: which one a service takes is not known."""
    slot = look_up(keys, values, key)
    if slot < 0:
        return
    if slots[slot, _SEEN] != record:
        slots[slot, _SEEN] = record
        slots[slot, _START] = start
        slots[slot, _MODE] = mode
    slots[slot, _END] = end


@njit
def _pairs(
    keys: NDArray[np.uint64],
    values: NDArray[np.int32],
    slots: NDArray[np.int64],
    buffer: NDArray[np.uint8],
    at: int,
    end: int,
    between: int,
    ends: int,
    salt: Word,
    mode: int,
    record: int,
    fixed: bool,
) -> int:
    """Read `key=value` pairs with `between` between them until a byte of class `ends`; return where that is.

    `fixed`: some pair of the profile has a fixed value, so values are looked up too.
    """
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
            while at < end and BYTE_CLASS[buffer[at]] & ends == 0:
                if fixed:
                    c, at = next_byte(buffer, at, end, mode)
                    value = grow(value, c)
                else:
                    at += 1
        key = salted(salt, h)
        _see(keys, values, slots, key, start, at, mode, record)
        if fixed:
            _see(keys, values, slots, salted(FIXED_PAIR ^ key, value), start, at, mode, record)
        if at >= end or buffer[at] != between:
            break
        at += 1
    return at


@njit
def match_rows(
    t: RouteArrays, w: Work, buffer: NDArray[np.uint8], rows: NDArray[Any], found: NDArray[np.int64]
) -> None:
    """Write into `found` the route of each RECORD row, or NO_ROUTE, and where patient, account and session are.

    An unknown method fits any route. Empty and `.` segments are skipped, `..` goes back, matrix parameters may stand
    on any segment. The host is the target's own, else the record's.
    """
    keys, values, nodes, routes, slots, segments = t.keys, t.values, t.nodes, t.routes, w.slots, w.segments
    hosts, matrix, fixed = t.has[0] != 0, t.has[1] != 0, t.has[2] != 0
    slots[:, _SEEN] = -1
    for i in range(len(rows)):
        for column in range(FOUND):
            found[i, column] = 0
        found[i, ROUTE] = NO_ROUTE
        row = rows[i]
        at = S(row["target"])
        end = at + S(row["target_len"])
        if at == end:
            continue

        # The host
        node = S(0)
        host = authority(buffer, at, end) if buffer[at] != _SLASH else S(0)
        if host > 0:
            h, at = host_hash(buffer, host, end)
            if hosts:
                node = max(node, look_up(keys, values, salted(HOST, h)))
        elif hosts and row["host_len"] > 0:
            host = S(row["host"])
            h, _ = host_hash(buffer, host, host + S(row["host_len"]))
            node = max(node, look_up(keys, values, salted(HOST, h)))

        # The path
        depth = S(0)
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
                class_ = BYTE_CLASS[c]
                if class_ & SEGMENT_END != 0:
                    break
                at += 1
                if class_ & ESCAPE != 0:
                    c, at = next_byte(buffer, at - 1, end, PERCENT)
                h = grow(h, c)
            stop = at
            if at < end and buffer[at] == _SEMICOLON:
                if matrix:
                    at = _pairs(
                        keys,
                        values,
                        slots,
                        buffer,
                        at + 1,
                        end,
                        _SEMICOLON,
                        _SEGMENT_END,
                        MATRIX_KEY,
                        PERCENT,
                        i,
                        fixed,
                    )
                else:
                    while at < end and BYTE_CLASS[buffer[at]] & AUTHORITY_END == 0:
                        at += 1
            if stop == start or h == DOT:
                continue
            if h == DOTS:
                if depth > 0:
                    depth -= 1
                    node = segments[depth, _NODE]
                continue
            if depth == _DEEPEST:
                node = S(-1)
                break
            segments[depth, _START] = start
            segments[depth, _END] = stop
            segments[depth, _NODE] = node
            depth += 1
            if node < 0:
                continue
            following = look_up(keys, values, salted(U(node), h))
            if following < 0 and nodes[node + 1, AFFIXES] > nodes[node, AFFIXES]:
                n = decode(buffer, start, stop - start, PERCENT, w.text, len(w.text))
                first, last = S(nodes[node, AFFIXES]), S(nodes[node + 1, AFFIXES])
                mask = _affix_mask(t.affixes, t.text, first, last, w.text, n)
                if mask != 0:
                    following = look_up(keys, values, salted(U(node), AFFIX ^ U(mask)))
            node = following if following >= 0 else S(nodes[node, OTHER_TO])
        if node < 0:
            continue

        # The query, and the best of the routes that end here
        if nodes[node, HAS_PAIRS] != 0 and at < end and buffer[at] == _QUESTION:
            _pairs(
                keys, values, slots, buffer, at + 1, end, _AMPERSAND, _QUERY_PAIR_END, QUERY_KEY, PERCENT_PLUS, i, fixed
            )
        method = S(row["method"])
        if method == _HEAD:
            method = S(_GET)
        best = S(NO_ROUTE)
        best_score = S(-1)
        for entry in range(S(nodes[node, ACCEPTS]), S(nodes[node + 1, ACCEPTS])):
            route = S(t.accepts[entry])
            if best >= 0 and routes[route, GROUP] != routes[best, GROUP]:
                break
            named = S(routes[route, METHOD])
            if named != 0 and named != method and method != 0:  # noqa: PLR1714 - compiled code is slow to build tuples
                continue
            score = S(1_000_000) + (named == method)
            for pair in range(S(routes[route, PAIRS]), S(routes[route + 1, PAIRS])):
                slot, need = S(t.pairs[pair, 0]), S(t.pairs[pair, 1])
                there = slots[slot, _SEEN] == i
                if (need != 0 and not there) or (need == A_VALUE and slots[slot, _END] <= slots[slot, _START]):
                    score = S(-1)
                    break
                score += 1000 if there else -2
            if score > best_score:
                best = route
                best_score = score
        found[i, ROUTE] = best
        if best < 0:
            continue

        # What the route's braces hold
        for which in range(len(PLACED)):
            place = PLACES_AT + PLACE_WIDTH * which
            kind, index = S(routes[best, place]), S(routes[best, place + 1])
            column = 1 + 3 * which
            if kind == IN_SEGMENT:
                start, stop = segments[index, _START], segments[index, _END]
                prefix, suffix = S(routes[best, place + 2]), S(routes[best, place + 3])
                if prefix + suffix > 0:
                    n = decode(buffer, start, stop - start, PERCENT, w.text, len(w.text))
                    last = raw_offset(buffer, start, stop, PERCENT, n - suffix)
                    start = raw_offset(buffer, start, stop, PERCENT, prefix)
                    stop = last
                found[i, column] = start
                found[i, column + 1] = stop - start
                found[i, column + 2] = PERCENT
            elif kind == IN_PAIR and slots[index, _SEEN] == i:
                found[i, column] = slots[index, _START]
                found[i, column + 1] = slots[index, _END] - slots[index, _START]
                found[i, column + 2] = slots[index, _MODE]


class Match(NamedTuple):
    """The route of one target, or NO_ROUTE, and what it holds, as it is written there."""

    route: int
    patient: bytes
    account: bytes
    session: bytes


def find(table: RouteTable, target: bytes, method: str = "GET", host: bytes = b"") -> Match:
    """Match one target: for tools and tests; whole blocks go through `match_rows`."""
    row = np.zeros(1, RECORD)
    row["target_len"], row["host"], row["host_len"] = len(target), len(target), len(host)
    row["method"] = METHODS.index(method) if method in METHODS else 0
    row.flags.writeable = False
    found = np.zeros((1, FOUND), np.int64)
    buffer = np.frombuffer(target + host + bytes(64), np.uint8)
    match_rows(table.arrays, new_work(table, len(target)), buffer, row, found)
    route, *slices = found[0].tolist()
    patient, account, session = (target[slices[i] : slices[i] + slices[i + 1]] for i in (0, 3, 6))
    return Match(route, patient, account, session)
