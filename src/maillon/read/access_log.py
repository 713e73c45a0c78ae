"""Web access logs: nginx and Apache (common, combined, a virtual host in front, trailing fields), EZproxy, log_format.

All of them are layouts of one scanner. Which one is told by trying them on a sample; what stands after the user agent
is told by its content: durations, addresses, request ids (never twice the same), session digests (the same for a
while).

Addresses behind a proxy: X-Forwarded-For can be written by anybody, so it is used only where nearly every line comes
from one private address (then that is a proxy) or where the log has no other, and then its rightmost address that is
not private, which that proxy wrote itself.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from ipaddress import ip_address
from typing import Any

import numpy as np
from numpy.typing import NDArray

from maillon.facts.record import RECORD, Parsed, Rejected
from maillon.jit import njit
from maillon.read.access_scan import BLANK, REASONS, scan
from maillon.read.layout import BUILT_IN, Layout, compile_layout
from maillon.read.reader import Dialect, ReadSettings
from maillon.read.shape import shape

_SNIFFED = 200
_LOOKED_AT = 5_000
_PADDING = 64
_REQUIRED = {"common": 7, "combined": 9, "virtual host + common": 8, "virtual host + combined": 10}
_QUOTED = re.compile(rb'"(?:[^"\\]|\\.)*"')
_TOKEN = re.compile(rb'"((?:[^"\\]|\\.)*)"|(\S+)')
_NUMBER = re.compile(rb"[\d.,:]+(ms|s)?")
_UNIQUE = re.compile(rb"[0-9a-fA-F]{16,64}|[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_SESSION = re.compile(rb"[A-Za-z0-9+/=_.:%-]{8,}")
_RANDOM = re.compile(rb"[A-Za-z]\d|\d[A-Za-z]|[a-z][A-Z]")
# What repeats as a session does and is none: machines (of the upstream), protocols and ciphers of TLS, media types.
_NO_SESSION = re.compile(rb"[\w-]+(\.[\w-]+)+(:\d+)?|[\w.-]+:\d+|TLSv[\d.]+|[A-Z]+(_|-)[A-Z0-9_-]+|[a-z]+/[a-z.+-]+")
_FORWARDED = re.compile(r"\$(\{http_x_forwarded_for\}|http_x_forwarded_for\b)")
_DIRECT = re.compile(r"\$(\{remote_addr\}|remote_addr\b)")


class AccessLog:
    """Reads one access log by one layout."""

    zoneless = False

    def __init__(self, layout: Layout, *, behind_proxy: bool = False) -> None:
        self.name = layout.name
        self.state: dict[str, Any] = {}
        self._layout = layout
        self._behind_proxy = behind_proxy

    def parse(self, block: bytes, position: int) -> Parsed:
        """Read a block of whole lines that starts at `position` of its source."""
        size, data = len(block), _padded(block)
        # The row after the last is scratch: a line is written before it is known to be one.
        records = int(np.count_nonzero(data[:size] == 10)) + (1 if size and data[size - 1] != 10 else 0)
        rows = np.zeros(records + 1, RECORD)
        lines, reasons = np.zeros(2 * records, np.int64), np.zeros(records, np.uint8)
        layout = self._layout
        count, others = scan(
            data, size, position, layout.steps, layout.literals, layout.first, layout.required, rows, lines, reasons
        )
        rows = rows[:count]
        if self._behind_proxy:
            nearest_client(data, rows)
        spans = lines[: 2 * others].reshape(-1, 2)
        rejected = [
            Rejected(position + int(at), REASONS[reason], shape(block[at : min(end, at + 200)]))
            for (at, end), reason in zip(spans, reasons[:others], strict=True)
            if reason != BLANK
        ]
        blank = others - len(rejected)
        return Parsed(data, rows, records, {"blank": blank} if blank else {}, rejected)


def _padded(block: bytes) -> NDArray[np.uint8]:
    data = np.zeros((len(block) + _PADDING + 7) // 8 * 8, np.uint8)
    data[: len(block)] = np.frombuffer(block, np.uint8)
    return data


def sniff(sample: bytes, _: ReadSettings) -> float:
    """Return the share of the sample's first lines that the best layout reads."""
    head = _head(sample)
    return max((_share(head, layout) for layout in _built_in()), default=0.0)


def open_reader(sample: bytes, settings: ReadSettings) -> AccessLog:
    """Return a reader for the log that starts with `sample`.

    Raises UsageError for a log_format that cannot be meant.
    """
    head = _head(sample)
    if settings.log_format:
        name, text, required = "log_format", settings.log_format, -1
    else:
        name = max(_built_in(), key=lambda layout: (_share(head, layout), len(layout.steps))).name
        text, required = BUILT_IN[name], _REQUIRED[name]
        # A night's first lines are health checks: their columns are empty, so look further for those.
        far = _head(sample, _LOOKED_AT)
        text, extra = _with_session_column(text, far), _trailing(name, far)
        name, text = name + "".join(f" + {label}" for label, _ in extra), text + "".join(piece for _, piece in extra)
    layout = compile_layout(name, text, required, forwarded="")
    if not _FORWARDED.search(text):
        return AccessLog(layout)
    if _DIRECT.search(text) and not _one_private_address(AccessLog(layout).parse(head, 0)):
        return AccessLog(layout)
    # The slot of the address goes to the variable that comes first: hide the proxy's own.
    behind = compile_layout(name, _DIRECT.sub("$proxy", text), required, forwarded="address")
    return AccessLog(replace(behind, name=f"{name}, behind a proxy"), behind_proxy=True)


def _built_in() -> list[Layout]:
    return [compile_layout(name, text, _REQUIRED[name]) for name, text in BUILT_IN.items()]


def _head(sample: bytes, count: int = _SNIFFED) -> bytes:
    lines = sample.split(b"\n", count)
    return b"\n".join(lines[:count])


def _share(head: bytes, layout: Layout) -> float:
    """Return the share of records that a layout reads, and reads plausibly."""
    parsed = AccessLog(layout).parse(head, 0)
    records = parsed.records - sum(parsed.ignored.values())
    if not records:
        return 0.0
    return sum(_plausible(parsed.buffer, row) for row in parsed.rows) / records


def _plausible(data: NDArray[np.uint8], row: np.void) -> float:
    """Say how much a row looks like what its columns claim: a column too few or too many shows in the first ones."""
    address = _text(data, row, "address").decode("latin-1")
    if not address or _text(data, row, "account").startswith(b"- "):
        return 0.0
    return 1.0 if _is_address(address) or address.startswith("unix:") else 0.5


def _is_address(text: str) -> bool:
    try:
        ip_address(text.strip("[]"))
    except ValueError:
        return False
    return True


def _text(data: NDArray[np.uint8], row: np.void, name: str) -> bytes:
    at = int(row[name])
    return data[at : at + int(row[f"{name}_len"])].tobytes()


def _with_session_column(text: str, head: bytes) -> str:
    """Read the column after the address as a session where it holds one, as EZproxy can be told to write it."""
    column = 2 if text.startswith("$host") else 1
    values = [words[column] for words in (line.split(b" ", 4) for line in head.splitlines()) if len(words) > column + 1]
    named = [value for value in values if value != b"-"]
    if len(named) * 2 < len(values) or not _sessions(named):
        return text
    return text.replace("$skip", "$session", 1)


def _trailing(name: str, head: bytes) -> list[tuple[str, str]]:
    """Tell what stands after the last known column: (label, piece of log_format) of each trailing field."""
    tails = [tail for line in head.splitlines() if (tail := _tail(name, line)) is not None]
    if not tails:
        return []
    width = Counter(map(len, tails)).most_common(1)[0][0]
    columns = list(zip(*[tail for tail in tails if len(tail) == width], strict=True))
    taken: set[str] = set()
    pieces = []
    for column in columns:
        variable, label = _told([value for _, value in column])
        if variable in taken:
            variable, label = "other", "other"
        taken |= {variable} - {"other"}
        pieces.append((label, f' "${variable}"' if all(quoted for quoted, _ in column) else f" ${variable}"))
    return pieces


def _tail(name: str, line: bytes) -> list[tuple[bool, bytes]] | None:
    """Return the fields after the last known one, each with whether it is quoted; None where the line has no shape."""
    quoted = list(_QUOTED.finditer(line))
    needed = 3 if name.endswith("combined") else 1
    if len(quoted) < needed:
        return None
    tail = line[quoted[needed - 1].end() :]
    if needed == 1:
        tail = tail.split(None, 2)[2] if len(tail.split(None, 2)) > 2 else b""
    return [(found[2] is None, found[2] if found[1] is None else found[1]) for found in _TOKEN.finditer(tail)]


def _told(values: list[bytes]) -> tuple[str, str]:
    """Tell a trailing column by its content: (variable of log_format, label)."""
    named = [value for value in values if value not in {b"-", b""}]
    if not named or all(_NUMBER.fullmatch(value) and b":" not in value and value.count(b".") < 2 for value in named):
        return "other", "number"
    if all(_is_address(hop.strip().decode("latin-1")) for value in named for hop in value.split(b",")):
        return "http_x_forwarded_for", "forwarded for"
    repeated = len({*named}) <= 0.95 * len(named)
    if all(_UNIQUE.fullmatch(value) for value in named) and not repeated:
        return "request_id", "request id"
    return ("session", "session") if repeated and _sessions(named) else ("other", "other")


def _sessions(named: list[bytes]) -> bool:
    """Tell whether a column holds sessions: several, each of them drawn at random."""
    distinct = {*named}
    if len(distinct) < 2 or not all(_SESSION.fullmatch(value) for value in distinct):
        return False
    random = sum(bool(_RANDOM.search(value)) for value in distinct)
    return 2 * random > len(distinct) and not any(_NO_SESSION.fullmatch(value) for value in distinct)


def _one_private_address(parsed: Parsed) -> bool:
    addresses = Counter(_text(parsed.buffer, row, "address") for row in parsed.rows)
    if not addresses:
        return False
    address, times = addresses.most_common(1)[0]
    text = address.decode("latin-1")
    private = text.startswith("unix:") or (_is_address(text) and _private(_padded(address), 0, len(address)))
    return times >= 0.95 * len(parsed.rows) and private


@njit
def nearest_client(data: NDArray[np.uint8], rows: NDArray[Any]) -> None:
    """Cut each X-Forwarded-For, standing in the address slice, down to its rightmost address that is not private."""
    for i in range(len(rows)):
        begin = int(np.int64(rows[i]["address"]))  # signed: what is compiled must not mix the two
        end = begin + int(np.int64(rows[i]["address_len"]))
        stop, first_begin, first_end = end, -1, -1
        while stop > begin:
            at = stop
            while at > begin and data[at - 1] != 44:
                at -= 1
            hop, hop_end = at, stop
            while hop < hop_end and data[hop] == 32:
                hop += 1
            while hop_end > hop and data[hop_end - 1] == 32:
                hop_end -= 1
            if first_begin < 0:
                first_begin, first_end = hop, hop_end
            if not _private(data, hop, hop_end):
                first_begin, first_end = hop, hop_end
                break
            stop = at - 1
        if first_begin >= 0:
            rows[i]["address"] = first_begin
            rows[i]["address_len"] = first_end - first_begin


@njit
def _private(data: NDArray[np.uint8], at: int, end: int) -> bool:
    """Tell whether an address is private by its first characters: 10., 127., 192.168., 172.16–31., fc, fd, ::1."""
    if end - at < 3:
        return True
    one, two, three = int(data[at]), int(data[at + 1]), int(data[at + 2])
    if one == 49 and two == 48 and three == 46:
        return True
    if one == 49 and two == 50 and three == 55:
        return True
    if one == 49 and two == 57 and three == 50:
        return end - at > 8 and int(data[at + 4]) == 49 and int(data[at + 5]) == 54 and int(data[at + 6]) == 56
    if one == 49 and two == 55 and three == 50 and end - at > 6:
        second = (int(data[at + 4]) - 48) * 10 + int(data[at + 5]) - 48
        return 16 <= second <= 31 and int(data[at + 6]) == 46
    return bool((one == 102 and two in (99, 100)) or (one == 58 and two == 58 and three == 49))


DIALECT = Dialect(
    "access log",
    "Web access logs: nginx, Apache, EZproxy, or any nginx log_format",
    b'10.12.3.4 - m.durand [02/Mar/2026:08:12:03 +0100] "GET /dossiers/41520977/identite HTTP/1.1" 200 1874 '
    b'"https://portail.example.org/" "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"\n',
    sniff,
    open_reader,
)
