"""An emergency passage as a FHIR R4 AuditEvent: the emergency code of DICOM and the purpose ETREAT.

Sources: FHIR R4 AuditEvent; DICOM PS3.16 CID 401 (110113 Security Alert) and CID 403 (110127 Emergency Override
Started); HL7 v3 ActReason (ETREAT, emergency treatment). Patients stand in it as pseudonyms only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from maillon.facts.break_glass import REASONS, BreakGlass, Opened

_DICOM = "http://dicom.nema.org/resources/ontology/DCM"
_ETREAT = {
    "coding": [
        {
            "system": "http://terminology.hl7.org/CodeSystem/v3-ActReason",
            "code": "ETREAT",
            "display": "Emergency Treatment",
        }
    ]
}


def audit_event(glass: BreakGlass, opened: Sequence[Opened], pseudonyms: Mapping[int, str]) -> dict[str, Any]:
    """Return the AuditEvent of one passage with the patients opened so far, as plain JSON.

    `pseudonyms` gives the full pseudonym of a patient's hash; one that it does not know is named by its hash.
    """
    patients = list(dict.fromkeys(one.patient for one in opened if one.patient))
    fr, en = REASONS[glass.reason]
    return {
        "resourceType": "AuditEvent",
        "id": glass.id,
        "type": {"system": _DICOM, "code": "110113", "display": "Security Alert"},
        "subtype": [{"system": _DICOM, "code": "110127", "display": "Emergency Override Started"}],
        "action": "E",
        "period": {"start": _instant(glass.at), "end": _instant(glass.until)},
        "recorded": _instant(glass.at),
        "outcome": "0",
        "outcomeDesc": f"{en} / {fr}",
        "purposeOfEvent": [_ETREAT],
        "agent": [_agent(glass.account, requestor=True), *([_agent(glass.person)] if glass.person else [])],
        "source": {
            "observer": {"display": "Maillon"},
            "type": [
                {
                    "system": "http://terminology.hl7.org/CodeSystem/security-source-type",
                    "code": "6",
                    "display": "Security Server",
                }
            ],
        },
        "entity": [_patient(pseudonyms.get(one, f"{one:016x}")) for one in patients],
    }


def _agent(name: str, *, requestor: bool = False) -> dict[str, Any]:
    purpose = {"purposeOfUse": [_ETREAT]} if requestor else {}
    return {"who": {"identifier": {"value": name}}, "altId": name, "requestor": requestor, **purpose}


def _patient(pseudonym: str) -> dict[str, Any]:
    return {
        "what": {"type": "Patient", "identifier": {"value": pseudonym}},
        "type": {
            "system": "http://terminology.hl7.org/CodeSystem/audit-entity-type",
            "code": "1",
            "display": "Person",
        },
        "role": {"system": "http://terminology.hl7.org/CodeSystem/object-role", "code": "1", "display": "Patient"},
    }


def _instant(at: int) -> str:
    return datetime.fromtimestamp(at / 1_000_000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
