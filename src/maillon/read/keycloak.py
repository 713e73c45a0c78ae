"""Keycloak's user events: as JSON (one a line, lists, indented exports) and as lines of the server's log."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from maillon.facts.record import Parsed
from maillon.read.instant import EPOCH, LOCAL, instant
from maillon.read.json_objects import object_of, value_of
from maillon.read.json_stream import Wanted, feed
from maillon.read.keycloak_event import ADMIN, read
from maillon.read.keycloak_line import CATEGORIES, event_of, head
from maillon.read.lines import line_starts, whole_lines
from maillon.read.local_time import zone_named
from maillon.read.reader import Dialect, Reader, ReadSettings
from maillon.read.records import Records, Row

SERVER_LOG = "server log"
CONTINUATION = "continuation"  # a line of an indented event that does not end it
_LONGEST_INDENTED = 1 << 20
_CATEGORIES = tuple(category.encode() for category in CATEGORIES)
_SAMPLED = 512  # lines looked at to tell the dialect
_WANTED: Wanted = {
    "": frozenset(
        (
            *("time", "type", "realmId", "clientId", "userId", "sessionId", "ipAddress", "error", "id"),
            *("operationType", "resourcePath"),
        )
    ),
    "details": frozenset(("username", "code_id")),
}

JSON_EXAMPLE = (
    b'{"time":1772349123000,"type":"LOGIN","realmId":"sante","clientId":"orientations",'
    b'"userId":"0e7c9a","sessionId":"b7e1","ipAddress":"192.0.2.17","details":{"username":"dr.martin"}}\n'
)
LINE_EXAMPLE = (
    b'2026-03-01 08:12:03,120 WARN  [org.keycloak.events] (executor-thread-7) type="LOGIN_ERROR", realmId="sante", '
    b'clientId="orientations", userId="null", ipAddress="192.0.2.17", error="user_not_found", username="dr.martin"\n'
)


@dataclass
class KeycloakEvents:
    """Reads one log of Keycloak's events. `state`: "users" (names by user id), "open" (an unfinished event)."""

    name: str
    zoneless: bool
    zone: str
    as_json: bool
    state: dict[str, Any] = field(default_factory=dict)

    def parse(self, block: bytes, position: int) -> Parsed:
        """Read a block of whole lines. Rejects: not JSON, not an event, no time, time."""
        self.state.setdefault("users", {})
        starts = line_starts(block)
        records = Records()
        read_line = self._json_line if self.as_json else self._log_line
        for start, end in zip(starts[:-1].tolist(), starts[1:].tolist(), strict=True):
            line = block[start:end]
            if line.strip():
                read_line(line, position + start, records)
            else:
                records.ignore("blank")
        return records.parsed(self.zone, self.state)

    def _json_line(self, line: bytes, position: int, records: Records) -> None:
        events = _whole(line)
        if events is not None:
            self.state.pop("open", None)
            self._count(events, line, position, records)
            return
        memory = self.state.setdefault("open", {})
        fits = len(line) <= _LONGEST_INDENTED
        closed, well_formed = feed(line.decode("utf-8", "replace"), memory, _WANTED) if fits else ([], False)
        if closed:
            self._count(closed, line, position, records)
        elif well_formed:
            records.ignore(CONTINUATION)
        else:
            records.reject(position, "not JSON", line)

    def _log_line(self, line: bytes, position: int, records: Records) -> None:
        event = _logged(line)
        if event is None:
            records.ignore(SERVER_LOG)
        else:
            self._count([event], line, position, records)

    def _count(self, events: Sequence[Mapping[str, Any]], line: bytes, position: int, records: Records) -> None:
        """Count one line by what its events are: rows, else ignored, else rejected for the first reason."""
        outcomes = [read(event, self.state["users"]) for event in events]
        rows = [outcome for outcome in outcomes if isinstance(outcome, Row)]
        if rows:
            records.take(position, rows)
        elif ADMIN in outcomes:
            records.ignore(ADMIN)
        elif outcomes:
            records.reject(position, str(outcomes[0]), line)
        else:
            records.ignore(CONTINUATION)


def _whole(line: bytes) -> list[Mapping[str, Any]] | None:
    """Return the events of a line that is a JSON object or a list of them, alone or as an element of a list."""
    text = line.strip().rstrip(b",").lstrip(b",")
    if text[:1] not in b"{[" or len(text) < 2:
        return None
    value = value_of(text)
    if isinstance(value, dict):
        return [value]
    if isinstance(value, list) and all(isinstance(item, dict) for item in value):
        return value
    return None


def _logged(line: bytes) -> Mapping[str, Any] | None:
    """Return the event of a line of the server's log, plain or as JSON; None for a line of another category."""
    if not any(category in line for category in _CATEGORIES):
        return None
    if line.lstrip().startswith(b"{"):
        entry = object_of(line) or {}
        category, message = entry.get("loggerName", entry.get("log.logger")), entry.get("message")
        time = entry.get("timestamp", entry.get("@timestamp"))
        if category not in CATEGORIES or not isinstance(message, str):
            return None
        return {**event_of(message), "time": time}
    text = line.decode("utf-8", "replace").rstrip()
    found = head(text)
    if found is None:  # without its date, or in a form of the operator's own
        return event_of(text[text.find("type=") :]) if any(f"[{category}]" in text for category in CATEGORIES) else None
    if found[1] not in CATEGORIES:
        return None
    return {**event_of(text[found[2] :]), "time": found[0]}


def _sniff_json(sample: bytes, _settings: ReadSettings) -> float:
    """Return the share of events among the objects of a sample."""
    parsed = KeycloakEvents("", zoneless=True, zone="UTC", as_json=True).parse(_start(sample), 0)
    own = len(set(parsed.rows["position"].tolist())) + parsed.ignored.get(ADMIN, 0)
    claims = own + len(parsed.rejected)
    return own / claims if claims else 0.0


def _sniff_log(sample: bytes, _settings: ReadSettings) -> float:
    """Return the share of lines in the form of Keycloak's server log, where it speaks of Keycloak at all."""
    if not any(word in sample for word in (b"keycloak", *_CATEGORIES)):
        return 0.0
    lines = [line for line in _start(sample).split(b"\n") if line.strip()]
    return sum(_is_server_line(line) for line in lines) / len(lines) if lines else 0.0


def _is_server_line(line: bytes) -> bool:
    if line.lstrip().startswith(b"{"):
        entry = object_of(line) or {}
        return isinstance(entry.get("loggerName", entry.get("log.logger")), str) and "message" in entry
    return head(line.decode("utf-8", "replace")) is not None


def _start(sample: bytes) -> bytes:
    return b"".join(line + b"\n" for line in whole_lines(sample).split(b"\n", _SAMPLED)[:_SAMPLED])


def _open_json(_sample: bytes, settings: ReadSettings) -> Reader:
    return KeycloakEvents("keycloak json", zoneless=True, zone=zone_named(settings.tz), as_json=True)


def _open_log(sample: bytes, settings: ReadSettings) -> Reader:
    events = (_logged(line) or {} for line in _start(sample).split(b"\n"))
    times = [when for event in events if (when := instant(event.get("time")))]
    zoneless = not times or any(zone in {LOCAL, EPOCH} for _, zone in times)
    return KeycloakEvents("keycloak log", zoneless=zoneless, zone=zone_named(settings.tz), as_json=False)


DIALECTS = (
    Dialect("keycloak json", "Keycloak user events as JSON", JSON_EXAMPLE, _sniff_json, _open_json),
    Dialect("keycloak log", "Keycloak server log", LINE_EXAMPLE, _sniff_log, _open_log),
)
