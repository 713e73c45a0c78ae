"""IHE ATNA audit trails in files: AuditMessages bare, or in syslog with any framing, one a line or over many lines.

A message is found by its own tags, so that lengths in front of it, headers and byte order marks need no care. What is
open between two lines is kept in memory only, never in the reader's state: it may name a patient.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from maillon.facts.record import Parsed
from maillon.read.atna_message import read
from maillon.read.atna_xml import XmlError, tree_of
from maillon.read.json_audit import CONTINUATION, Ignored, start
from maillon.read.lines import line_starts
from maillon.read.local_time import zone_named
from maillon.read.reader import Dialect, Reader, ReadSettings
from maillon.read.records import Records, Row
from maillon.read.syslog import LONGEST, message_of

OTHER_MESSAGE = "other message"  # of another program in the same syslog
_BEGIN = re.compile(rb"<\?xml\b|<!DOCTYPE\b|<(?:[\w.\-]+:)?AuditMessage\b")
_END = re.compile(rb"</(?:[\w.\-]+:)?AuditMessage\s*>")
_ROOT = re.compile(rb"<(?:[\w.\-]+:)?AuditMessage\b")

EXAMPLE = (
    b'<85>1 2026-03-01T08:12:03+01:00 portail orientations 311 IHE+RFC-3881 - <?xml version="1.0" encoding="UTF-8"?>'
    b'<AuditMessage><EventIdentification EventActionCode="R" EventDateTime="2026-03-01T08:12:03+01:00" '
    b'EventOutcomeIndicator="0"><EventID csd-code="110110" codeSystemName="DCM" originalText="Patient Record"/>'
    b'</EventIdentification><ActiveParticipant UserID="dr.martin" UserIsRequestor="true" '
    b'NetworkAccessPointID="192.0.2.17" NetworkAccessPointTypeCode="2"/><AuditSourceIdentification '
    b'AuditSourceID="orientations"/><ParticipantObjectIdentification '
    b'ParticipantObjectID="4711^^^&amp;1.2.250.1.999.1&amp;ISO" ParticipantObjectTypeCode="1" '
    b'ParticipantObjectTypeCodeRole="1"><ParticipantObjectIDTypeCode csd-code="2" codeSystemName="RFC-3881"/>'
    b"</ParticipantObjectIdentification></AuditMessage>\n"
)

FIELDS = (
    ("moment", "`EventIdentification/@EventDateTime`, else the syslog header's time"),
    (
        "account",
        "the `ActiveParticipant` with `UserIsRequestor` (a person before a program): `UserID`, `UserName`,"
        " `AlternativeUserID`; the user of `alias<user@issuer>`",
    ),
    ("address", "its `NetworkAccessPointID`, else that of the client's participant"),
    ("client", "`UserName` of the participant with role `110150`"),
    ("request", "`ParticipantObjectDetail` of type `MSH-10`, `X-Request-Id` or `traceparent`"),
    ("action", "`EventTypeCode` and `EventID` (`csd-code` or `code`), then `@EventActionCode`"),
    ("outcome", "`@EventOutcomeIndicator` (`0`, `4`, `8`, `12`)"),
    ("emergency", "`EventTypeCode` `110127`, or `PurposeOfUse` `ETREAT` or `BTG`"),
    (
        "patient",
        "`@ParticipantObjectID` of each `ParticipantObjectIdentification` with"
        " `@ParticipantObjectTypeCodeRole` `1`: a CX, a FHIR reference, or a bare id",
    ),
    ("service", "`AuditSourceIdentification/@AuditSourceID`"),
)


@dataclass
class AtnaAudit:
    """Reads one file of audit messages. `state` is the memory of audit_act.rows_of; see also json_audit.JsonAudit."""

    name: str
    zoneless: bool
    zone: str
    state: dict[str, Any] = field(default_factory=dict)
    _open: list[bytes] = field(default_factory=list, repr=False)  # lines of a message that has begun
    _size: int = 0
    _time: str = ""  # of the syslog header before it
    _goes_on_at: int = 0  # where the block begins that continues it
    _rested: int = -1  # where nothing was open at the beginning of a line, unless rows came since

    def parse(self, block: bytes, position: int) -> Parsed:
        """Read a block of whole lines. Rejects: DTD refused, not XML, cut short, and what atna_message.read says."""
        if position != self._goes_on_at:
            self._close()
        starts = line_starts(block)
        records = Records()
        for begin, end in zip(starts[:-1].tolist(), starts[1:].tolist(), strict=True):
            line = block[begin:end]
            if not self._open:
                self._rested = position + begin
            if line.strip():
                self._line(line, position + begin, records)
            else:
                records.ignore("blank")
        self._goes_on_at = position + len(block)
        parsed = records.parsed(self.zone, self.state)
        parsed.unfinished = self._goes_on_at - self._rested if self._open and self._rested >= 0 else 0
        return parsed

    def _line(self, line: bytes, position: int, records: Records) -> None:
        found: list[list[Row] | Ignored | str] = []
        at = 0
        while end := _END.search(line, at):
            found += self._message(b"".join(self._open) + line[at : end.end()])
            self._close()
            at = end.end()
        rest = line[at:]
        if self._open or (begin := _BEGIN.search(rest)):
            if not self._open:
                self._time = _sent(rest)
                rest = rest[begin.start() :] if begin else rest
            self._open.append(rest)
            self._size += len(rest)
            if self._size > LONGEST:
                self._close()
                found.append("message too long")
        self._count(found, line, position, records)

    def _close(self) -> None:
        self._open, self._size, self._time = [], 0, ""

    def _message(self, text: bytes) -> list[list[Row] | Ignored | str]:
        """Read the text up to the end of a message; an earlier one that was cut short may stand before it."""
        roots = list(_ROOT.finditer(text))
        if not roots:
            return ["not an audit message"]
        after = roots[-2].end() if len(roots) > 1 else 0
        declared = text.rfind(b"<?xml", after, roots[-1].start())
        begins = declared if declared >= 0 else next(one.start() for one in _BEGIN.finditer(text, after))
        time = self._time or _sent(text[:begins])
        try:
            read_one = read(tree_of(text[begins:]), self.state, time)
        except XmlError as reason:
            read_one = str(reason)
        return ["cut short", read_one] if len(roots) > 1 else [read_one]

    def _count(self, found: list[list[Row] | Ignored | str], line: bytes, position: int, records: Records) -> None:
        """Count one line by the messages that end in it: rows, else ignored, else rejected for the first reason."""
        rows = [row for one in found if isinstance(one, list) for row in one]
        kinds = [one.kind for one in found if isinstance(one, Ignored)]
        if rows:
            records.take(position, rows)
            self._rested = -1
        elif kinds:
            records.ignore(kinds[0])
        elif found:
            records.reject(position, str(found[0]), line)
        elif self._open:
            records.ignore(CONTINUATION)
        elif message_of(line):
            records.ignore(OTHER_MESSAGE)
        else:
            records.reject(position, "not an audit message", line)


def _sent(text: bytes) -> str:
    """Return the time of a syslog header that `text` begins with, its length in front or not."""
    message = message_of(text[max(0, text.find(b"<")) :])
    return message.time if message else ""


def _sniff(sample: bytes, _settings: ReadSettings) -> float:
    """Return the share of audit messages among the records of a sample."""
    if b"AuditMessage" not in sample:
        return 0.0
    parsed = AtnaAudit("", zoneless=False, zone="UTC").parse(start(sample), 0)
    own = len(set(parsed.rows["position"].tolist()))
    claims = own + len(parsed.rejected) + parsed.ignored.get(OTHER_MESSAGE, 0)
    return own / claims if claims else 0.0


def _open(sample: bytes, settings: ReadSettings) -> Reader:
    times = re.findall(rb'EventDateTime="[^"]*T[0-9:.]+"', start(sample))  # without a zone
    return AtnaAudit("atna", zoneless=bool(times), zone=zone_named(settings.tz))


DIALECT = Dialect("atna", "IHE ATNA and DICOM audit messages, bare or in syslog", EXAMPLE, _sniff, _open, FIELDS)
