"""Maillon's own event lines: for services that can log what they like. docs/event-lines.md is their reference."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from maillon.facts.event import Action, Field, Outcome
from maillon.facts.record import Parsed
from maillon.read.instant import EPOCH, LOCAL, instant
from maillon.read.json_objects import object_of
from maillon.read.lines import line_starts, whole_lines
from maillon.read.local_time import zone_named
from maillon.read.reader import Dialect, Reader, ReadSettings
from maillon.read.records import Records, Row

VERSION = 1
MOST_LISTED = 2**31 - 1

TEXTS = {
    "account": "account",
    "session": "session",
    "address": "address",
    "client": "agent",
    "request": "request",
    "service": "host",
}
"""Keys that hold a text, and the slice of a record that each fills."""

ACTIONS = {action.name.lower(): action for action in Action}
OUTCOMES = {outcome.name.lower(): outcome for outcome in Outcome}
FIELDS = {name.lower(): int(bit) for name, bit in Field.__members__.items()}

EXAMPLE = (
    b'{"maillon":1,"at":"2026-03-01T08:12:03+01:00","account":"dr.martin","session":"b7e1","address":"192.0.2.17",'
    b'"client":"Mozilla/5.0","action":"read","patient":"4711","fields":["family_name","nir"],"outcome":"ok",'
    b'"request":"6f1c02","service":"orientations"}\n'
)


class _WrongError(ValueError):
    """The line cannot be read; the message is the reason, and names the key."""


@dataclass
class MaillonEvents:
    """Reads one file of Maillon's event lines."""

    name: str
    zoneless: bool
    zone: str
    state: dict[str, Any] = field(default_factory=dict)

    def parse(self, block: bytes, position: int) -> Parsed:
        """Read a block of whole lines. A reason to reject names the key that is wrong, never its value."""
        starts = line_starts(block)
        records = Records()
        for start, end in zip(starts[:-1].tolist(), starts[1:].tolist(), strict=True):
            line = block[start:end]
            if not line.strip():
                records.ignore("blank")
                continue
            try:
                rows = _rows(object_of(line))
            except _WrongError as reason:
                records.reject(position + start, str(reason), line)
            else:
                records.take(position + start, rows)
        return records.parsed(self.zone, self.state)


def _rows(event: dict[str, Any] | None) -> list[Row]:
    """Return one row a patient, or one without. Raises _WrongError."""
    if event is None:
        raise _WrongError("not JSON")
    if event.get("maillon") != VERSION:
        raise _WrongError("maillon")
    when = instant(event.get("at"))
    if when is None:
        raise _WrongError("at" if event.get("at") else "no time")
    texts = {slice_name: _text(event, key) for key, slice_name in TEXTS.items()}
    action, outcome = _word(event, "action", ACTIONS, None), _word(event, "outcome", OUTCOMES, Outcome.OK)
    fields, listed = _fields(event), _listed(event)
    return [
        # What the answer listed besides is counted once, with the first patient.
        Row(when, action, outcome, {**texts, "patient": patient}, fields, 0 if index else listed)
        for index, patient in enumerate(_patients(event) or [""])
    ]


def _text(event: dict[str, Any], key: str) -> str:
    value = event.get(key)
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise _WrongError(key)
    return str(value)


def _word(event: dict[str, Any], key: str, words: dict[str, Any], default: Any) -> Any:  # noqa: ANN401 (two enums)
    value = event.get(key)
    if value is None and default is not None:
        return default
    if not isinstance(value, str) or value not in words:
        raise _WrongError(key if key in event else f"no {key}")
    return words[value]


def _patients(event: dict[str, Any]) -> list[str]:
    several = event.get("patients")
    if several is None:
        several = []
    if not isinstance(several, list):
        raise _WrongError("patients")
    named = [_text(event, "patient")] + [_text({"patients": value}, "patients") for value in several]
    return list(dict.fromkeys(patient for patient in named if patient))


def _fields(event: dict[str, Any]) -> int:
    names = event.get("fields")
    if names is None:
        return 0
    if not isinstance(names, list) or not all(isinstance(name, str) and name in FIELDS for name in names):
        raise _WrongError("fields")
    bits = 0
    for name in names:
        bits |= FIELDS[name]
    return bits


def _listed(event: dict[str, Any]) -> int:
    listed = event.get("listed")
    if listed is None:
        return 0
    if isinstance(listed, bool) or not isinstance(listed, int) or not 0 <= listed <= MOST_LISTED:
        raise _WrongError("listed")
    return listed


def sniff(sample: bytes, _settings: ReadSettings) -> float:
    """Return the share of lines that are objects with a `maillon` key: a wrong one is ours, and is told."""
    lines = [line for line in whole_lines(sample).split(b"\n")[:512] if line.strip()]
    return sum("maillon" in (object_of(line) or {}) for line in lines) / len(lines) if lines else 0.0


def open_reader(sample: bytes, settings: ReadSettings) -> Reader:
    """Return a reader. Raises UsageError where settings.tz names no zone."""
    events = (object_of(line) or {} for line in whole_lines(sample).split(b"\n")[:512])
    times = [when for event in events if (when := instant(event.get("at")))]
    return MaillonEvents("maillon event", any(zone in {LOCAL, EPOCH} for _, zone in times), zone_named(settings.tz))


DIALECT = Dialect("maillon event", "Maillon's own event lines", EXAMPLE, sniff, open_reader)
