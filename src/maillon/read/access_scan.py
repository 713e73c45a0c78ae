r"""The byte scanner of access logs: one pass over a block, from bytes to rows of RECORD, as a layout says.

Theory of the awkward parts. Servers escape a quote inside a quoted field (nginx `\x22`, Apache `\"`), so a field
ends at the first quote that no odd number of backslashes precedes. A user name may hold spaces, brackets and what
looks like a timestamp, but no bare quote: it ends where ` [`, 26 characters, `] ` and then the next literal follow.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from maillon.facts.record import METHODS, SLICES, UNROUTED
from maillon.jit import njit
from maillon.read.access_proxy import NO_ADDRESS, address_kind, without_port
from maillon.read.access_time import LOCAL_WIDTH, digits, epoch, iso_time, local_time
from maillon.read.find import find, word_at
from maillon.read.layout import NOWHERE, Step
from maillon.read.words import U

REASONS = ("", "layout", "timestamp", "status", "no end of a quoted field")
LAYOUT, TIMESTAMP, STATUS, UNQUOTED = 1, 2, 3, 4
BLANK = 9

_STEP_TEXT, _STEP_USER, _STEP_LOCAL = int(Step.TEXT), int(Step.USER), int(Step.LOCAL_TIME)
_STEP_ISO, _STEP_EPOCH, _STEP_STATUS = int(Step.ISO_TIME), int(Step.EPOCH), int(Step.STATUS)
_STEP_REQUEST, _STEP_METHOD, _STEP_QUERY = int(Step.REQUEST), int(Step.METHOD), int(Step.QUERY)
_TARGET = SLICES.index("target")
_LONGEST_TIME = 35
_LONGEST_METHOD = 24
_HTTP, _FOUR_BYTES = U(int.from_bytes(b"HTTP", "little")), U(0xFFFFFFFF)
_QUOTE, _BACKSLASH, _SPACE, _DASH, _STROKE, _COLON, _UNDERSCORE, _COMMA = 34, 92, 32, 45, 47, 58, 95, 44
_METHODS = np.array([int.from_bytes(name.encode()) for name in METHODS], np.int64)


@njit
def _is(data: NDArray[np.uint8], at: int, end: int, literals: NDArray[np.uint8], start: int, size: int) -> bool:
    """Tell whether the literal stands at `at`."""
    if at + size > end:
        return False
    for i in range(size):  # noqa: SIM110 - compiled
        if data[at + i] != literals[start + i]:
            return False
    return True


@njit
def _end_of_text(
    data: NDArray[np.uint8],
    at: int,
    end: int,
    literals: NDArray[np.uint8],
    start: int,
    size: int,
) -> int:
    """Return where a text ends: before its literal, or -1.

    In a quoted field the literal begins with a quote not escaped. A space after a comma is part of a list.
    """
    if size == 0:
        return end
    first = int(literals[start])
    i = at
    while True:
        i = find(data, i, end, first)
        if i >= end:
            return -1
        inside = (first == _QUOTE and _escaped(data, at, i)) or (first == _SPACE and i > at and data[i - 1] == _COMMA)
        if not inside and _is(data, i, end, literals, start, size):
            return i
        i += 1


@njit
def _escaped(data: NDArray[np.uint8], begin: int, at: int) -> bool:
    slashes = 0
    while at - slashes > begin and data[at - slashes - 1] == _BACKSLASH:
        slashes += 1
    return slashes & 1 == 1


@njit
def _end_of_user(
    data: NDArray[np.uint8],
    at: int,
    end: int,
    literals: NDArray[np.uint8],
    steps: NDArray[np.int64],
    step: int,
) -> int:
    """Return where a user name ends, which the timestamp of the next step follows; or -1."""
    start, size = steps[step, 2], steps[step, 3]
    i = at
    while True:
        i = find(data, i, end, int(literals[start]))
        if i >= end:
            return -1
        if _is(data, i, end, literals, start, size):
            time = i + size
            limit = min(end, time + _LONGEST_TIME + steps[step + 1, 3])  # looking further would cost a square
            width = _end_of_text(data, time, limit, literals, steps[step + 1, 2], steps[step + 1, 3]) - time
            if steps[step + 1, 0] == _STEP_LOCAL:
                found = width == LOCAL_WIDTH and data[time + 2] == _STROKE and data[time + 6] == _STROKE
            else:
                found = 20 <= width <= _LONGEST_TIME and data[time + 4] == _DASH and data[time + 7] == _DASH
            if found:
                return i
        i += 1


@njit
def _request(data: NDArray[np.uint8], at: int, end: int, row: Any, found: NDArray[np.uint32], base: int) -> None:  # noqa: ANN401
    """Take a request line apart. What is no request line (TLS bytes, a dash, nothing) leaves the target absent."""
    space = at
    while space < end and data[space] != _SPACE and space - at < _LONGEST_METHOD:
        space += 1
    method = _method(data, at, space)
    if space >= end or data[space] != _SPACE:
        return
    # A server may answer a method that nobody knows, so that the request is one; but its target is then a path or URL.
    if method == 0 and not (_is_token(data, at, space) and _is_target(data, space + 1, end)):
        return
    row["method"] = method
    last = end
    for i in range(end - 1, space, -1):
        if data[i] == _SPACE:
            if end - i > 5 and word_at(data, U(i + 1)) & _FOUR_BYTES == _HTTP:
                last = i
            break
    found[base + 2 * _TARGET] = space + 1
    found[base + 2 * _TARGET + 1] = max(0, last - space - 1)


@njit
def _method(data: NDArray[np.uint8], at: int, end: int) -> int:
    if end - at > 8:
        return 0
    name = 0
    for i in range(at, end):
        name = name << 8 | int(data[i])
    for i in range(1, len(_METHODS)):
        if name == _METHODS[i]:
            return i
    return 0


@njit
def _is_token(data: NDArray[np.uint8], at: int, end: int) -> bool:
    for i in range(at, end):
        letter = 97 <= int(data[i]) | 32 <= 122
        if not (letter or data[i] == _DASH or data[i] == _UNDERSCORE):
            return False
    return end > at


@njit
def _is_target(data: NDArray[np.uint8], at: int, end: int) -> bool:
    """Tell whether a path or an absolute URL begins here."""
    if at < end and data[at] == _STROKE:
        return True
    while at < end and 97 <= int(data[at]) | 32 <= 122:
        at += 1
    return at + 2 < end and data[at] == _COLON and data[at + 1] == _STROKE and data[at + 2] == _STROKE


@njit
def _value(
    data: NDArray[np.uint8],
    at: int,
    end: int,
    kind: int,
    row: Any,  # noqa: ANN401
    found: NDArray[np.uint32],
    base: int,
    hour: NDArray[np.int64],
) -> int:
    """Read one variable other than text that stands in [at, end); return a reason or 0."""
    if kind == _STEP_LOCAL:
        return 0 if end - at == LOCAL_WIDTH and local_time(data, at, row, hour) else TIMESTAMP
    if kind == _STEP_ISO:
        return 0 if iso_time(data, at, end, row) else TIMESTAMP
    if kind == _STEP_EPOCH:
        return 0 if epoch(data, at, end, row) else TIMESTAMP
    if kind == _STEP_STATUS:
        status = digits(data, at, 3) if end - at == 3 else -1
        row["status"] = max(0, status)
        return 0 if status >= 0 or (end - at == 1 and (data[at] == _DASH or data[at] == 48)) else STATUS
    if kind == _STEP_REQUEST:
        _request(data, at, end, row, found, base)
    elif kind == _STEP_METHOD:
        row["method"] = _method(data, at, end)
    elif kind == _STEP_QUERY and end > at and not (end - at == 1 and data[at] == _DASH):
        path, size = int(found[base + 2 * _TARGET]), int(found[base + 2 * _TARGET + 1])
        if size > 0 and at == path + size + 1:
            # Only a `?` may stand between path and query: then both are one slice.
            found[base + 2 * _TARGET + 1] = end - path
    return 0


@njit
def parse_line(
    data: NDArray[np.uint8],
    at: int,
    end: int,
    steps: NDArray[np.int64],
    literals: NDArray[np.uint8],
    first: int,
    required: int,
    row: Any,  # noqa: ANN401
    found: NDArray[np.uint32],
    base: int,
    hour: NDArray[np.int64],
) -> int:
    """Read the line in [at, end) into `row`, its slices from found[base] on; return an index in REASONS (0 = read).

    `hour` is what `local_time` remembers of the line before.
    """
    while at < end and data[at] == 0:  # a loss of power leaves these before the next line
        at += 1
    if not _is(data, at, end, literals, 0, first):
        return LAYOUT
    at += first
    for step in range(len(steps)):
        kind, slot = steps[step, 0], steps[step, 1]
        start, size = steps[step, 2], steps[step, 3]
        if kind == _STEP_USER:
            stop = _end_of_user(data, at, end, literals, steps, step)
        elif kind == _STEP_LOCAL:
            stop = at + LOCAL_WIDTH if _is(data, at + LOCAL_WIDTH, end, literals, start, size) else -1
        else:
            stop = _end_of_text(data, at, end, literals, start, size)
            if stop < 0 and step >= required - 1:
                # What a line lacks at its end is only wished for: the field then ends with its quote, or with the line.
                size = min(size, 1)
                stop = _end_of_text(data, at, end, literals, start, size) if literals[start] == _QUOTE else end
                size = end  # nothing is left to read
        if stop < 0:
            if step >= required:
                return 0
            quoted = size > 0 and literals[start] == _QUOTE
            return TIMESTAMP if kind in (_STEP_LOCAL, _STEP_USER) else UNQUOTED if quoted else LAYOUT
        if kind <= _STEP_USER:
            if slot != NOWHERE and found[base + 2 * slot + 1] == 0 and not _is_absent(data, at, stop, kind):
                found[base + 2 * slot] = at
                found[base + 2 * slot + 1] = stop - at
        else:
            reason = _value(data, at, stop, kind, row, found, base, hour)
            if reason != 0:
                return reason if step < required else 0
        at = stop + size
        if at > end:
            return 0 if step >= required - 1 else LAYOUT
    return 0


@njit
def _is_absent(data: NDArray[np.uint8], at: int, end: int, kind: int) -> bool:
    if end - at == 1:
        return bool(data[at] == _DASH)
    return end - at == 2 and kind == _STEP_USER and data[at] == _QUOTE and data[at + 1] == _QUOTE


@njit
def scan(
    data: NDArray[np.uint8],
    size: int,
    position: int,
    steps: NDArray[np.int64],
    literals: NDArray[np.uint8],
    first: int,
    required: int,
    rows: NDArray[Any],
    found: NDArray[np.uint32],
    base: int,
    lines: NDArray[np.int64],
    reasons: NDArray[np.uint8],
) -> tuple[int, int]:
    """Read the lines of data[:size]: fill `rows`; fill `lines` (begin, end) and `reasons` for those not read.

    `rows` are zero; `found` is `rows` as 32-bit words, of which the slices of the first row begin at `base`. Returns
    how many rows and how many lines that are none. A reason BLANK is an empty line.
    """
    width = len(found) // len(rows)
    hour = np.full(3, -1, np.int64)
    count, others, at = 0, 0, 0
    while at < size:
        stop = find(data, at, size, 10)
        end = stop - 1 if stop > at and data[stop - 1] == 13 else stop
        row = rows[count]
        reason = BLANK
        if end > at:
            reason = parse_line(data, at, end, steps, literals, first, required, row, found, base + count * width, hour)
        if reason == 0:
            row["position"] = position + at
            row["action"] = UNROUTED
            row["outcome"] = UNROUTED
            count += 1
        else:
            for i in range(count * width, (count + 1) * width):
                found[i] = 0
            lines[2 * others] = at
            lines[2 * others + 1] = end
            reasons[others] = reason
            others += 1
        at = stop + 1
    return count, others


@njit
def unshift(data: NDArray[np.uint8], rows: NDArray[Any]) -> None:
    """Put right the lines of a log that have a virtual host in front where the others have none.

    Read without it, host, address, dash and account stand where address, dash and account are looked for.
    """
    for i in range(len(rows)):
        row = rows[i]
        account, size = int(np.int64(row["account"])), int(np.int64(row["account_len"]))
        if size < 3 or data[account] != _DASH or data[account + 1] != _SPACE:
            continue
        host, host_size = int(np.int64(row["address"])), int(np.int64(row["address_len"]))
        at, end = without_port(data, host + host_size + 1, account - 1)
        if address_kind(data, at, end) == NO_ADDRESS:
            continue
        row["host"], row["host_len"] = host, host_size
        row["address"], row["address_len"] = at, end - at
        absent = size == 3 and data[account + 2] == _DASH
        row["account"], row["account_len"] = account + 2, 0 if absent else size - 2
        row["session"], row["session_len"] = 0, 0
