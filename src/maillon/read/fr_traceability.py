"""The French national traceability profile (ANS, "Traçabilité des événements"), where it carries syslog in JSON.

The profile has two forms. Its AuditEvents and their bundles are read as FHIR (fhir_audit). Traces sent by syslog are
read as ATNA; searched again (IHE ITI-82) they come as an array of syslog messages in JSON: that form is read here.
"""

from __future__ import annotations

from typing import Any

from maillon.read import atna_message
from maillon.read.atna_xml import XmlError, tree_of
from maillon.read.json_audit import Ignored, Item, opened, share
from maillon.read.reader import Dialect, Reader, ReadSettings
from maillon.read.records import Row

OTHER_MESSAGE = "other message"

EXAMPLE = (
    b'{"Pri":"85","Version":"1","Timestamp":"2026-03-01T08:12:04+01:00","Hostname":"portail","App-name":"orientations"'
    b',"Procid":"311","Msg-id":"IHE+RFC-3881","Msg":"<AuditMessage><EventIdentification EventActionCode=\\"R\\" '
    b'EventDateTime=\\"2026-03-01T08:12:03+01:00\\" EventOutcomeIndicator=\\"0\\"><EventID csd-code=\\"110110\\"/>'
    b'</EventIdentification><ActiveParticipant UserID=\\"dr.martin\\" UserIsRequestor=\\"true\\" '
    b'NetworkAccessPointID=\\"192.0.2.17\\"/><AuditSourceIdentification AuditSourceID=\\"orientations\\"/>'
    b'<ParticipantObjectIdentification ParticipantObjectID=\\"4711^^^&amp;1.2.250.1.999.1&amp;ISO\\" '
    b'ParticipantObjectTypeCode=\\"1\\" ParticipantObjectTypeCodeRole=\\"1\\"/></AuditMessage>"}\n'
)


def read(item: Item, memory: dict[str, Any]) -> list[Row] | Ignored | str:
    """Return the rows of a trace, or why there are none. Its header's time stands in for one that the trace lacks."""
    words = {key.lower().replace("-", "").replace("_", ""): value for key, value in item.items()}
    body, time = words.get("msg"), words.get("timestamp")
    if "pri" not in words or not isinstance(body, str):
        return "not a trace"
    begin = body.find("<")
    if "AuditMessage" not in body or begin < 0:
        return Ignored(OTHER_MESSAGE)
    try:
        tree = tree_of(body[begin:].encode("utf-8", "replace"))
    except XmlError as reason:
        return str(reason)
    return atna_message.read(tree, memory, time if isinstance(time, str) else "")


def _sniff(sample: bytes, _settings: ReadSettings) -> float:
    return share(sample, read) if b'"Pri"' in sample or b'"pri"' in sample else 0.0


def _open(sample: bytes, settings: ReadSettings) -> Reader:
    return opened("tde syslog json", sample, settings, read)


FIELDS = (
    ("all", "the AuditMessage in `Msg`, as in ATNA"),
    ("moment", "`EventDateTime` of the message, else `Timestamp`"),
)
DIALECT = Dialect(
    "tde syslog json", "French traceability profile (ANS): traces of syslog in JSON", EXAMPLE, _sniff, _open, FIELDS
)
