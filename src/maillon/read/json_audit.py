"""What the JSON audit dialects share: objects one a line, in lists, bundles, or indented, each read by a function."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from maillon.facts.record import Parsed
from maillon.read.instant import EPOCH, LOCAL
from maillon.read.json_objects import object_of, value_of
from maillon.read.json_texts import JsonTexts
from maillon.read.lines import line_starts
from maillon.read.local_time import zone_named
from maillon.read.reader import ReadSettings
from maillon.read.records import Records, Row

CONTINUATION = "continuation"  # a line of a record that does not end it
SAMPLED = 1024  # lines looked at to tell the dialect

Item = Mapping[str, Any]
_DECODER = msgspec.json.Decoder()
_UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


@dataclass(frozen=True)
class Ignored:
    """An object that is ours but no access, by kind."""

    kind: str


Read = Callable[[Item, dict[str, Any]], "list[Row] | Ignored | str"]
"""From one object and the reader's memory to its rows, or why there are none; a text is the reason to reject it."""


@dataclass
class JsonAudit:
    """Reads one file of audit objects. `state` is the memory that `read` keeps, and "inside" (JsonTexts.resting).

    What is open between lines is kept beside it, as it may name a patient: after a stop it is read again.
    """

    name: str
    zoneless: bool
    zone: str
    read: Read
    state: dict[str, Any] = field(default_factory=dict)
    _open: JsonTexts = field(default_factory=JsonTexts, repr=False)
    _goes_on_at: int = 0  # where the block begins that continues what is open
    _rested: tuple[int, int] | None = None  # where nothing was open, and `resting`, unless rows came since

    def parse(self, block: bytes, position: int) -> Parsed:
        """Read a block of whole lines. Rejects: not JSON, and what `read` says."""
        if position != self._goes_on_at:
            self._open.enter(self.state.get("inside", 0) if position else 0)
        starts = line_starts(block)
        records = Records()
        for start, end in zip(starts[:-1].tolist(), starts[1:].tolist(), strict=True):
            line = block[start:end]
            self._note(position + start)
            if line.strip():
                self._line(line, position + start, records)
            else:
                records.ignore("blank")
        self._goes_on_at = position + len(block)
        self._note(self._goes_on_at)
        place, self.state["inside"] = self._rested or (self._goes_on_at, 0)
        parsed = records.parsed(self.zone, self.state)
        parsed.unfinished = self._goes_on_at - place
        return parsed

    def _note(self, position: int) -> None:
        """Note a place where nothing is open, at the beginning of a line."""
        if self._open.resting >= 0:
            self._rested = position, self._open.resting

    def _line(self, line: bytes, position: int, records: Records) -> None:
        # Where something is open, a whole object at the margin begins anew: what was open had been cut short.
        items = _whole(line) if not self._open.is_open or line.startswith(b'{"') else None
        if items is not None:
            self._open.clear()
            self._count(items, line, position, records)
            return
        was_open = self._open.is_open
        texts, well_formed = self._open.feed(line.decode("utf-8", "replace"))
        if texts:
            values = [value_of(text.encode("utf-8", "surrogatepass")) for text in texts]
            self._count([item for value in values for item in _items(value)], line, position, records)
        elif well_formed:
            records.ignore(CONTINUATION)
        elif (item := object_of(line)) and not was_open:  # text in front, by a container runtime or syslog
            self._count([item], line, position, records)
        else:
            records.reject(position, "not JSON", line)

    def _count(self, items: list[Item], line: bytes, position: int, records: Records) -> None:
        """Count one line by what its objects are: rows, else ignored, else rejected for the first reason."""
        found = [self.read(item, self.state) for item in items]
        rows = [row for one in found if isinstance(one, list) for row in one]
        kinds = [one.kind for one in found if isinstance(one, Ignored)]
        reasons = [one for one in found if isinstance(one, str)]
        if rows:
            records.take(position, rows)
            self._rested = None
        elif kinds:
            records.ignore(kinds[0])
        elif reasons:
            records.reject(position, reasons[0], line)
        elif self._open.is_open or not items:
            records.ignore(CONTINUATION)
        else:
            records.reject(position, "not an event", line)


def _whole(line: bytes) -> list[Item] | None:
    """Return the objects of a line that is JSON by itself, alone or as an element of a list; None if it is not."""
    text = line.strip().strip(b",")
    if text[:1] not in b"{[" or text[-1:] not in b"}]" or len(text) < 2:
        return None
    try:
        return _items(_DECODER.decode(text))
    except _UNREADABLE:
        return None


def _items(value: object) -> list[Item]:
    """Return an object, the objects of a list, or the resources of a bundle; something empty where it is none."""
    if isinstance(value, list):
        return [item for one in value for item in (_items(one) if isinstance(one, dict) else [{}])]
    if not isinstance(value, dict):
        return [{}]
    entries = value.get("entry")
    if value.get("resourceType") == "Bundle" and isinstance(entries, list):
        return [_resource(entry) for entry in entries]
    return [value]


def _resource(entry: object) -> Item:
    found = entry.get("resource") if isinstance(entry, dict) else None
    return found if isinstance(found, dict) else {}


def start(sample: bytes) -> bytes:
    """Return the lines of a sample that are looked at. A last line that is cut is a record that does not end."""
    return b"".join(line + b"\n" for line in sample.split(b"\n", SAMPLED)[:SAMPLED])


def share(sample: bytes, read: Read, foreign: frozenset[str] = frozenset()) -> float:
    """Return the share of a sample's records that `read` takes as its own.

    Objects ignored as one of `foreign` are not its own, and do not count.
    """
    parsed = JsonAudit("", zoneless=False, zone="UTC", read=read).parse(start(sample), 0)
    aside = {"blank", CONTINUATION, *foreign}
    own = len(set(parsed.rows["position"].tolist()))
    own += sum(count for kind, count in parsed.ignored.items() if kind not in aside)
    claims = own + len(parsed.rejected)
    return own / claims if claims else 0.0


def opened(name: str, sample: bytes, settings: ReadSettings, read: Read) -> JsonAudit:
    """Return a reader. Raises UsageError where settings.tz names no zone."""
    zone = zone_named(settings.tz)
    zoneless = False

    def watching(item: Item, memory: dict[str, Any]) -> list[Row] | Ignored | str:
        nonlocal zoneless
        found = read(item, memory)
        if isinstance(found, list):
            zoneless = zoneless or any(row.instant[1] in {LOCAL, EPOCH} for row in found)
        return found

    JsonAudit("", zoneless=False, zone=zone, read=watching).parse(start(sample), 0)
    return JsonAudit(name, zoneless=zoneless, zone=zone, read=read)
