"""FHIR AuditEvents (R4, R4B, R5, IHE BALP, French profile): one a line (NDJSON), in bundles, in lists, or indented."""

from __future__ import annotations

from typing import Any

from maillon.read.fhir_event import OTHER_RESOURCE, is_r5, read
from maillon.read.json_audit import Ignored, Item, JsonAudit, opened, share, start
from maillon.read.reader import Dialect, Reader, ReadSettings
from maillon.read.records import Row

EXAMPLE = (
    b'{"resourceType":"AuditEvent","type":{"system":"http://terminology.hl7.org/CodeSystem/audit-event-type",'
    b'"code":"rest"},"subtype":[{"system":"http://hl7.org/fhir/restful-interaction","code":"read"}],"action":"R",'
    b'"recorded":"2026-03-01T08:12:03+01:00","outcome":"0","agent":[{"type":{"coding":[{"code":"IRCP"}]},'
    b'"who":{"identifier":{"value":"dr.martin"}},"requestor":true,"policy":["b7e1"]},{"type":{"coding":[{"system":'
    b'"http://dicom.nema.org/resources/ontology/DCM","code":"110152"}]},"who":{"display":"poste 4"},'
    b'"requestor":false,"network":{"address":"192.0.2.17","type":"2"}}],"source":{"observer":{"display":"orientations"}'
    b'},"entity":[{"what":{"reference":"Patient/4711"},"role":{"code":"1"}},{"what":{"identifier":{"value":"6f1c02"}},'
    b'"type":{"code":"XrequestId"}}]}\n'
)

FIELDS = (
    ("moment", "`period.start`, `occurredPeriod.start`, `occurredDateTime`, else `recorded`"),
    (
        "account",
        "the `agent` with `requestor: true` (a person before a program): `who.identifier.value`, `altId`,"
        " `who.reference`, `name`, `who.display`",
    ),
    ("session", "its `policy`, where that is no URI (BALP writes the token's `jti` or the assertion's `ID` there)"),
    ("address", "its `network.address`, `networkString` or `networkUri`, else that of the client agent"),
    ("client", "`who` of the agent of type `110150`"),
    ("request", "`what.identifier.value` of the entity of type `XrequestId` or `traceparent`; `detail` `MSH-10`"),
    ("action", "`type`, `subtype`, `category`, `code`, then `action`; a query by its `entity.query`"),
    ("outcome", "`outcome` (`0`, `4`, `8`, `12`; R5 `outcome.code`), and `issue.code` of a contained OperationOutcome"),
    ("emergency", "`purposeOfEvent`, `purposeOfUse`, `authorization` with `ETREAT` or `BTG`, or type `110127`"),
    (
        "patient",
        "`patient`, and `entity.what` where it refers to `Patient/…` or has `role` `1`: an INS first, then the id of"
        " the reference, then another identifier with its system",
    ),
    ("service", "`source.observer`, else `source.site`"),
)


def _sniff(sample: bytes, _settings: ReadSettings) -> float:
    return share(sample, read, frozenset((OTHER_RESOURCE,))) if b'"AuditEvent"' in sample else 0.0


def _open(sample: bytes, settings: ReadSettings) -> Reader:
    name = "fhir auditevent R5" if _has_r5(sample) else "fhir auditevent R4"
    return opened(name, sample, settings, read)


def _has_r5(sample: bytes) -> bool:
    found: list[bool] = []

    def note(item: Item, _memory: dict[str, Any]) -> list[Row] | Ignored | str:
        if item.get("resourceType") == "AuditEvent":
            found.append(is_r5(item))
        return Ignored(OTHER_RESOURCE)

    JsonAudit("", zoneless=False, zone="UTC", read=note).parse(start(sample), 0)
    return any(found)


DIALECT = Dialect(
    "fhir auditevent", "FHIR AuditEvent: R4, R4B, R5, IHE BALP, French profile", EXAMPLE, _sniff, _open, FIELDS
)  # fmt: skip
