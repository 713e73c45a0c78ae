"""Web access logs: nginx and Apache (common, combined, a virtual host in front, trailing fields), EZproxy, log_format.

All of them are layouts of one scanner. Which one is told by trying them on a sample; what stands after the user agent
is told by its content: durations, addresses, request ids (never twice the same), sessions (the same for a while, each
of one account).

A request that is none (`-`, TLS bytes, nothing) is a record without a target. A line is read as far as its status at
least, or rejected; what it lacks after that (a cut line, a field that was added later) is absent.

Where nearly every line comes from one private address, that is a proxy, and the client's address is taken from
X-Forwarded-For on its lines (see access_proxy.py).
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from maillon.facts.record import RECORD, SLICES, Parsed, Rejected
from maillon.read.access_columns import holds_sessions, is_address, is_combined, trailing
from maillon.read.access_proxy import HOUSE, address_kind, nearest_client
from maillon.read.access_scan import BLANK, REASONS, scan, unshift
from maillon.read.instant import EPOCH
from maillon.read.layout import BUILT_IN, Layout, compile_layout
from maillon.read.local_time import settle, zone_named
from maillon.read.reader import Dialect, ReadSettings
from maillon.read.shape import shape

_SNIFFED = 200
_LOOKED_AT = 5_000
_PADDING = 64
_NEARLY_ALL = 0.95
assert RECORD.fields is not None
_FIRST_SLICE = int(RECORD.fields[SLICES[0]][1]) // 4  # in 32-bit words


class AccessLog:
    """Reads one access log by one layout.

    `proxy` is the address whose lines hold the client's in X-Forwarded-For (empty: the log has no other address).
    `mixed`: single lines may have a virtual host in front. `tz` is the zone of a log that writes none.
    """

    def __init__(self, layout: Layout, proxy: bytes | None = None, *, mixed: bool = False, tz: str = "UTC") -> None:
        self.name = layout.name if proxy is None else f"{layout.name}, behind a proxy"
        self.zoneless = layout.zoneless
        self.state: dict[str, Any] = {}
        self._layout = layout
        self._proxy = None if proxy is None else np.frombuffer(proxy, np.uint8)
        self._mixed = mixed
        self._tz = tz

    def parse(self, block: bytes, position: int) -> Parsed:
        """Read a block of whole lines that starts at `position` of its source."""
        size, data = len(block), _padded(block)
        # The row after the last is scratch: a line is written before it is known to be one.
        records = int(np.count_nonzero(data[:size] == 10)) + (1 if size and data[size - 1] != 10 else 0)
        rows = np.zeros(records + 1, RECORD)
        lines, reasons = np.zeros(2 * records, np.int64), np.zeros(records, np.uint8)
        steps, literals = self._layout.steps, self._layout.literals
        first, required = self._layout.first, self._layout.required
        found = rows.view(np.uint32)
        count, others = scan(
            data, size, position, steps, literals, first, required, rows, found, _FIRST_SLICE, lines, reasons
        )
        rows = rows[:count]
        if self._mixed:
            unshift(data, rows)
        if self._proxy is not None:
            nearest_client(data, rows, self._proxy)
        if self.zoneless:
            self._settle(rows)
        spans, told = lines[: 2 * others].reshape(-1, 2).tolist(), reasons[:others].tolist()
        rejected = [
            Rejected(position + at, REASONS[reason], shape(block[at : min(end, at + 200)]))
            for (at, end), reason in zip(spans, told, strict=True)
            if reason != BLANK
        ]
        blank = others - len(rejected)
        return Parsed(data, rows, records, {"blank": blank} if blank else {}, rejected)

    def _settle(self, rows: NDArray[Any]) -> None:
        at, zone = rows["at"].astype(np.int64), np.full(len(rows), EPOCH, np.int64)
        settle(at, zone, self._tz, self.state)
        rows["zone"] = zone


def _padded(block: bytes) -> NDArray[np.uint8]:
    data = np.empty((len(block) + _PADDING + 7) // 8 * 8, np.uint8)
    data[: len(block)] = np.frombuffer(block, np.uint8)
    data[len(block) :] = 0
    return data


def sniff(sample: bytes, _: ReadSettings) -> float:
    """Return the share of the sample's first lines that the best layout reads."""
    head = _head(sample)
    return max(_share(head, name) for name in BUILT_IN if name.endswith("common"))


def open_reader(sample: bytes, settings: ReadSettings) -> AccessLog:
    """Return a reader for the log that starts with `sample`.

    Raises UsageError for a log_format that cannot be meant, or a time zone that does not exist.
    """
    head, mixed, tz = _head(sample), False, zone_named(settings.tz)
    if settings.log_format:
        name, text, required = "log_format", settings.log_format, -1
    else:
        # A night's first lines are health checks: their columns are empty, so look further for those.
        name, text, required = _told_from(head, _head(sample, _LOOKED_AT))
        mixed = not name.startswith(("virtual host", "syslog"))
    direct = compile_layout(name, text, required)
    behind = compile_layout(name, text, required, forwarded=True)
    proxy = None
    if (direct.steps != behind.steps).any():
        proxy = _proxy(AccessLog(direct).parse(head, 0), any_address=_has_address(direct))
    return AccessLog(direct if proxy is None else behind, proxy, mixed=mixed, tz=tz)


def _told_from(head: bytes, far: bytes) -> tuple[str, str, int]:
    """Return (name, log_format, how many of its variables a line must have) of the built-in layout that fits best."""
    front = max((name for name in BUILT_IN if name.endswith("common")), key=lambda name: _share(head, name))
    front = front.removesuffix("common")
    name = front + ("combined" if is_combined(far) else "common")
    text, required = BUILT_IN[name]
    if holds_sessions(front, far):
        at = text.index("$remote_addr ")
        text = text[:at] + text[at:].replace("$skip", "$session", 1)
    extra = trailing(front, combined=name.endswith("combined"), head=far)
    labels, pieces = ["", *(label for label, _ in extra)], [piece for _, piece in extra]
    return name + " + ".join(labels), text + "".join(pieces), required


def _head(sample: bytes, count: int = _SNIFFED) -> bytes:
    lines = sample.split(b"\n", count)
    return b"\n".join(lines[:count])


def _share(head: bytes, name: str) -> float:
    """Return the share of records that a built-in layout reads, and reads plausibly."""
    text, required = BUILT_IN[name]
    parsed = AccessLog(compile_layout(name, text, required)).parse(head, 0)
    records = parsed.records - sum(parsed.ignored.values())
    if not records:
        return 0.0
    return sum(_plausible(parsed.buffer, row) for row in parsed.rows) / records


def _plausible(data: NDArray[np.uint8], row: np.void) -> float:
    """Say how much a row looks like what its columns claim: a column too few or too many shows in the first ones."""
    address = _text(data, row, "address").decode("latin-1")
    if _text(data, row, "account").startswith(b"- "):
        return 0.0
    if is_address(address) or address.startswith("unix:"):
        return 1.0
    return 0.5 if "." in address or address == "localhost" else 0.0


def _text(data: NDArray[np.uint8], row: np.void, name: str) -> bytes:
    at = int(row[name])
    return data[at : at + int(row[f"{name}_len"])].tobytes()


def _has_address(layout: Layout) -> bool:
    return bool((layout.steps[:, 1] == SLICES.index("address")).any())


def _proxy(parsed: Parsed, *, any_address: bool) -> bytes | None:
    """Return the private address that nearly every line comes from; empty where the log has no address at all."""
    if not any_address:
        return b""
    addresses = Counter(_text(parsed.buffer, row, "address") for row in parsed.rows)
    if not addresses:
        return None
    address, times = addresses.most_common(1)[0]
    private = address.startswith(b"unix:") or address_kind(_padded(address), 0, len(address)) == HOUSE
    return address if private and times >= _NEARLY_ALL * len(parsed.rows) else None


DIALECT = Dialect(
    "access log",
    "Web access logs: nginx, Apache, EZproxy, or any nginx log_format",
    b'10.12.3.4 - m.durand [02/Mar/2026:08:12:03 +0100] "GET /dossiers/41520977/identite HTTP/1.1" 200 1874 '
    b'"https://portail.example.org/" "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"\n',
    sniff,
    open_reader,
)
