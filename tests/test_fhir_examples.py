"""Every shared example of FHIR AuditEvent becomes the right event: R4, R4B, R5, IHE BALP, the French profile."""

from __future__ import annotations

import json

import pytest

import fsh
from maillon.facts.event import Action, Outcome
from maillon.read.dialects import detect
from rows import assert_accounted, rows_of
from test_fhir_audit import SETTINGS, one, parse, said

HOSTNAME = "Workstation1.ehr.familyclinic.com"


EXAMPLES = {
    "example": (Action.OTHER, Outcome.OK, "Grahame", "", "127.0.0.1"),
    "example-login": (Action.LOGIN, Outcome.OK, "95", "", "127.0.0.1"),
    "example-logout": (Action.LOGOUT, Outcome.OK, "95", "", "127.0.0.1"),
    "example-rest": (Action.READ, Outcome.OK, "95", "example", HOSTNAME),
    "example-search": (Action.SEARCH, Outcome.OK, "95", "", HOSTNAME),
    "example-pixQuery": (Action.READ, Outcome.OK, "95", "2.16.840.1.113883.4.2|e3cdfc81a0d24bd", HOSTNAME),
    "example-media": (Action.EXPORT, Outcome.OK, "95", "2.16.840.1.113883.4.2|e3cdfc81a0d24bd", ""),
    "example-disclosure": (Action.EXPORT, Outcome.OK, "SomeIdiot@nowhere", "example", "custodian.net"),
    "example-error": (Action.UPDATE, Outcome.FAILED, "95", "", HOSTNAME),
}
EXAMPLES_R5 = EXAMPLES | {
    "example": (Action.OTHER, Outcome.OK, "", "", HOSTNAME),  # nobody has asked, and no agent is said to be a person
    "example-login": (Action.LOGIN, Outcome.OK, "95", "", HOSTNAME),
    "example-breakglass-start": (Action.BREAK_GLASS, Outcome.OK, "Practitioner/f001", "example", "custodian.net"),
    "example-advanced-create": (
        *(Action.UPDATE, Outcome.OK, "Betty Jones", "example"),
        "2001:0db8:85a3:0000:0000:8a2e:0370:7334",
    ),
    "example-consent-permit-authz": (Action.SEARCH, Outcome.OK, "Org1", "example", ""),
    "example-rest-create-traceID": (Action.UPDATE, Outcome.OK, "95", "example", HOSTNAME),
}


@pytest.mark.parametrize(("release", "expected"), [("r4", EXAMPLES), ("r4b", EXAMPLES), ("r5", EXAMPLES_R5)])
def test_every_example_of_the_standard(shared_data, release, expected):
    found = {}
    for path in sorted((shared_data / "fhir_auditevent" / release).glob("AuditEvent-*.json")):
        block = path.read_bytes()
        reader = detect(block, SETTINGS)
        assert reader.name == ("fhir auditevent R5" if release == "r5" else "fhir auditevent R4")
        parsed = reader.parse(block, 0)
        assert_accounted(parsed, block)
        assert parsed.rejected == []
        (row,) = rows_of(parsed)
        found[json.loads(block)["id"]] = said(row)
    assert found == expected


def test_a_whole_release_as_one_file(shared_data):
    paths = sorted((shared_data / "fhir_auditevent/r4").glob("AuditEvent-*.json"))
    block = b"\n".join(path.read_bytes() for path in paths)
    rows, parsed = parse(block)
    assert [said(row) for row in rows] == [EXAMPLES[json.loads(path.read_bytes())["id"]] for path in paths]
    assert parsed.rejected == []


BALP = {
    "Create": Action.UPDATE,
    "Update": Action.UPDATE,
    "Patch": Action.UPDATE,
    "Delete": Action.UPDATE,
    "Read": Action.READ,
    "Query": Action.READ,  # each of those that name a patient asks for Observation?patient=…
}
CLIENT = "2001:0db8:85a3:0000:0000:8a2e:0370:7334"


def balp_events(shared_data):
    folder = shared_data / "fhir_auditevent/balp_fsh"
    return {
        name: event
        for path in sorted(folder.glob("ex-patient*.fsh"))
        for name, event in fsh.events(path.read_text()).items()
    }


def test_every_example_of_balp(shared_data):
    events = balp_events(shared_data)
    assert len(events) == 34
    for name, event in events.items():
        row = one(event)
        kind = next(word for word in BALP if name.startswith(f"ex-auditBasic{word}"))
        action = Action.SEARCH if name == "ex-auditBasicQueryGetNoPatient" else BALP[kind]
        assert row["action"] == action, name
        assert row["outcome"] == Outcome.OK, name
        assert row["patient"] == ("" if "NoPatient" in name else "ex-patient"), name
        assert row["address"] in {CLIENT, "myMachine.example.org", ""}, name
        if any(agent["requestor"] for agent in event["agent"]):
            assert row["account"] or row["session"], name  # OAuth's minimal pattern names the token only
        else:
            assert row["account"] == "", name


def test_the_request_of_balp_is_its_id_and_the_token_its_session(shared_data):
    events = balp_events(shared_data)
    assert one(events["ex-auditBasicReadServer"])["request"] == "76d148b6-586d-11ec-bf63-0242ac130002"
    sessions = {name: one(event)["session"] for name, event in events.items()}
    assert {name for name, session in sessions.items() if session} == {
        name for name, event in events.items() if any("policy" in agent for agent in event["agent"])
    } - {name for name, event in events.items() if "http" in json.dumps([a.get("policy") for a in event["agent"]])}


def test_the_french_profile(shared_data):
    folder = shared_data / "fr_health/tracabilite_evenements"
    texts = [path.read_text() for path in sorted(folder.glob("TDEAuditEventExample*.fsh"))]
    events = list(fsh.events("\n".join(texts)).values())
    first, second = (one(event) for event in events)
    assert said(first) == (Action.READ, Outcome.OK, "Practitioner/PractitionerExample", "", "")
    assert first["at"] == 1_767_778_200_000_000  # period.start, not recorded
    assert said(second) == (
        Action.OTHER,
        Outcome.OK,
        "Practitioner/PractitionerExample",
        "",
        "",
    )  # the audit log was read
    entries = [{"fullUrl": "http://example.org/x", "resource": event} for event in events]
    bundle = {"resourceType": "Bundle", "type": "searchset", "entry": entries}
    for indent in (None, 1, 4):
        rows, parsed = parse(json.dumps(bundle, indent=indent).encode() + b"\n")
        assert [row["at"] for row in rows] == [first["at"], second["at"]]
        assert parsed.rejected == []


def test_what_is_no_audit_log_is_left(shared_data):
    for path in [*shared_data.glob("fhir_auditevent/r*/package.json"), *shared_data.glob("fr_health/tracab*/*")]:
        assert detect(path.read_bytes(), SETTINGS) is None
