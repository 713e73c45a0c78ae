"""Audit trails of an invented service, as FHIR AuditEvents and as ATNA messages in syslog."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta

DCM = "http://dicom.nema.org/resources/ontology/DCM"
REST = "http://hl7.org/fhir/restful-interaction"
INS = "urn:oid:1.2.250.1.213.1.4.10"
START = datetime(2026, 3, 2, 8, tzinfo=UTC)


def moment(at):
    """Return the text of a moment `at` seconds after START."""
    return (START + timedelta(seconds=at)).isoformat().replace("+00:00", "Z")


def coded(system, code):
    """Return a CodeableConcept."""
    return {"coding": [{"system": system, "code": code}]}


def entity_of(patient):
    """Return a patient's entity, as BALP writes it; a number of 13 digits or more is an INS."""
    ins = {"identifier": {"system": INS, "value": patient}} if len(patient) >= 13 else {}
    what = ins or {"reference": f"Patient/{patient}"}
    return {"what": what, "type": {"code": "1"}, "role": {"code": "1"}}


def balp(at=0, account="dr.martin", patient="4711", interaction="read", address="192.0.2.17", **more):
    """Return a BALP event: `query` is the raw request, `request` its id, `teller` who wrote it; others are set."""
    query, request = more.pop("query", ""), more.pop("request", "")
    asked = interaction.startswith("search")
    client, server = ("110153", "110152") if asked else ("110152", "110153")
    event = {
        "resourceType": "AuditEvent",
        "type": {"system": "http://terminology.hl7.org/CodeSystem/audit-event-type", "code": "rest"},
        "subtype": [{"system": REST, "code": interaction}],
        "action": "E"
        if asked
        else {"read": "R", "vread": "R", "create": "C", "update": "U", "delete": "D"}[interaction],
        "recorded": moment(at),
        "outcome": "0",
        "agent": [
            {
                "type": coded(DCM, server),
                "who": {"reference": "Device/server"},
                "requestor": False,
                "network": {"address": "http://server.example.com/fhir", "type": "5"},
            },
            {
                "type": coded(DCM, client),
                "who": {"display": "poste"},
                "requestor": False,
                "network": {"address": address, "type": "2"},
            },
            {
                "type": coded("http://terminology.hl7.org/CodeSystem/v3-ParticipationType", "IRCP"),
                "who": {"identifier": {"value": account}},
                "requestor": True,
                "policy": [f"session-of-{account}"],
            },
        ],
        "source": {"observer": {"display": more.pop("teller", "orientations")}},
        "entity": [],
    }
    if patient:
        event["entity"].append(entity_of(patient))
    if query:
        text = base64.b64encode(query.encode()).decode()
        event["entity"].append({"type": {"code": "2"}, "role": {"code": "24"}, "query": text})
    if request:
        event["entity"].append({"type": {"code": "XrequestId"}, "what": {"identifier": {"value": request}}})
    return event | more


def ndjson(*events):
    """Return events one a line."""
    return b"".join(json.dumps(event, separators=(",", ":")).encode() + b"\n" for event in events)


def atna(at=0, account="dr.martin", patient="4711^^^&1.2.250.1.999.1&ISO", **more):
    """Return one AuditMessage. `codes` is (event id, type), `letter` the action code, `inside` further elements."""
    event, kind = more.get("codes", ("110110", ""))
    person = (
        f'<ParticipantObjectIdentification ParticipantObjectID="{patient.replace("&", "&amp;")}" '
        f'ParticipantObjectTypeCode="1" ParticipantObjectTypeCodeRole="1"/>'
        if patient
        else ""
    )
    return (
        f"<AuditMessage>{more.get('space', '')}"
        f'<EventIdentification EventActionCode="{more.get("letter", "R")}" EventDateTime="{moment(at)}" '
        f'EventOutcomeIndicator="{more.get("outcome", "0")}"><EventID csd-code="{event}" codeSystemName="DCM"/>'
        + (f'<EventTypeCode csd-code="{kind}" codeSystemName="DCM"/>' if kind else "")
        + f"</EventIdentification>{more.get('space', '')}"
        f'<ActiveParticipant UserID="{account}" UserIsRequestor="true" '
        f'NetworkAccessPointID="{more.get("address", "192.0.2.17")}" NetworkAccessPointTypeCode="2"/>'
        f'<AuditSourceIdentification AuditSourceID="orientations"/>{person}{more.get("inside", "")}</AuditMessage>'
    ).encode()


def syslog(message, at=0, *, count=False):
    """Return a message in RFC 5424, ended by LF or with its length in front."""
    text = f"<85>1 {moment(at)} portail orientations 311 IHE+RFC-3881 - ".encode()
    text += b'\xef\xbb\xbf<?xml version="1.0" encoding="UTF-8"?>' + message
    return str(len(text)).encode() + b" " + text if count else text + b"\n"


def office(accounts=30, days=3, patients=8):
    """Return (at, account, patient, address) of an ordinary office, in order: each account reads its own patients."""
    found = []
    for day in range(days):
        for account in range(accounts):
            for n in range(patients):
                at = day * 86_400 + account * 37 + n * 900
                patient = str(20_000_000 + account * 100 + (n + day * 2) % 40)
                found.append((at, f"agent{account:02d}", patient, f"10.1.{account}.3"))
    return sorted(found)


def theft(account="agent05", start=2 * 86_400 + 6 * 3_600, patients=400, step=5):
    """Return the same of somebody who reads one unknown patient after the other from elsewhere."""
    return [(start + n * step, account, str(70_000_000 + n * 13), "203.0.113.9") for n in range(patients)]
