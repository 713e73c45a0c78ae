"""Audit records as OpenHIM keeps and exports them: ATNA's message as a JSON object."""

from __future__ import annotations

from typing import Any

from maillon.read import atna_message
from maillon.read.atna_json import tree_of_json
from maillon.read.json_audit import Ignored, Item, opened, share
from maillon.read.reader import Dialect, Reader, ReadSettings
from maillon.read.records import Row

EXAMPLE = (
    b'{"eventIdentification":{"eventDateTime":"2026-03-01T08:12:03+01:00","eventOutcomeIndicator":"0",'
    b'"eventActionCode":"R","eventID":{"code":"110110","displayName":"Patient Record","codeSystemName":"DCM"}},'
    b'"activeParticipant":[{"userID":"dr.martin","userIsRequestor":"true","networkAccessPointID":"192.0.2.17",'
    b'"networkAccessPointTypeCode":"2"}],"auditSourceIdentification":{"auditSourceID":"orientations"},'
    b'"participantObjectIdentification":[{"participantObjectID":"4711^^^&1.2.250.1.999.1&ISO",'
    b'"participantObjectTypeCode":"1","participantObjectTypeCodeRole":"1"}]}\n'
)


def read(item: Item, memory: dict[str, Any]) -> list[Row] | Ignored | str:
    """Return the rows of a record, or why there are none."""
    if not isinstance(item.get("eventIdentification"), dict):
        return "not an event"
    return atna_message.read(tree_of_json("AuditMessage", item), memory)


def _sniff(sample: bytes, _settings: ReadSettings) -> float:
    return share(sample, read) if b'"eventIdentification"' in sample else 0.0


def _open(sample: bytes, settings: ReadSettings) -> Reader:
    return opened("openhim audit", sample, settings, read)


FIELDS = (("all", "those of the XML message under their names with a small first letter (`eventIdentification` …)"),)
DIALECT = Dialect("openhim audit", "OpenHIM audit records", EXAMPLE, _sniff, _open, FIELDS)
