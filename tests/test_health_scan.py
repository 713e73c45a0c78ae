"""A theft in an audit trail is found by the command, and nothing that it writes names a patient."""

from __future__ import annotations

import base64
import json

import pytest

from health_logs import DCM, INS, atna, balp, coded, entity_of, moment, ndjson, office, syslog, theft
from maillon.sim import simulate
from maillon.sim.log_events import event_lines
from scanning import maillon, of_kind, write
from test_privacy import everything_written, hidden

NIR = "199137512345697"  # month 13: nobody's
SURNAME = "QUENTINVALLOIS"
LOCAL = "84756123"
SECRETS = (NIR, NIR[:13], SURNAME, LOCAL)


def fhir_lines(records):
    return ndjson(*(balp(at, who, patient, address=address) for at, who, patient, address in records))


def atna_lines(records):
    return b"".join(
        syslog(atna(at, who, f"{patient}^^^&1.2.250.1.999.1&ISO", address=address), at)
        for at, who, patient, address in records
    )


@pytest.mark.parametrize(("lines", "dialect"), [(fhir_lines, "fhir auditevent R4"), (atna_lines, "atna")])
def test_a_fast_reader_is_found(tmp_path, lines, dialect):
    log = tmp_path / "trail.log"
    log.write_bytes(lines(sorted(office() + theft())))
    done = maillon("scan", "--json", log, home=tmp_path / "home")
    (coverage,) = of_kind(done, "coverage")
    assert coverage["dialect"] == dialect
    assert coverage["lines"] == coverage["parsed"] == 30 * 3 * 8 + 400
    assert {one["account"] for one in of_kind(done, "decision")} == {"agent05"}
    assert of_kind(done, "incident")[0]["accounts"] == ["agent05"]


def planted():
    """Return audit records that carry an identity wherever they can, whole and broken."""
    lines = []
    for at, secret in enumerate(SECRETS):
        for form in sorted(hidden(secret)):
            name = [{"family": form, "text": form}]
            query = f"GET /Patient?family={form}&identifier={form}&patient={form}"
            contained = [{"resourceType": "Patient", "id": "p", "name": name, "identifier": [{"value": form}]}]
            ins = {"identifier": {"system": INS, "value": form}}
            text = ndjson(
                balp(at, patient="", entity=[entity_of(secret) | {"name": form, "description": form}]),
                balp(
                    at, patient="", entity=[{"what": {"reference": "#p"}, "role": {"code": "1"}}], contained=contained
                ),
                balp(at, "agent01", "", "search", query=query),
                balp(at, patient="", entity=[{"what": ins | {"display": form}, "role": {"code": "1"}}]),
                balp(recorded=form),
                balp(outcome=form),
                {"resourceType": "Patient", "identifier": [{"value": form}], "name": name},
            )
            asked = (
                '<ParticipantObjectIdentification ParticipantObjectTypeCodeRole="24"><ParticipantObjectQuery>'
                f"{base64.b64encode(query.encode()).decode()}</ParticipantObjectQuery><ParticipantObjectName>{form}"
                "</ParticipantObjectName></ParticipantObjectIdentification>"
            )
            messages = [
                atna(at, patient=f"{form}^^^&1.2.3&ISO"),
                atna(at, inside=asked),
                atna(at, outcome=form),
                atna().replace(moment(0).encode(), form.encode()),
            ]
            lines += [text, b'{"resourceType": "' + form.encode(), b"\n"]
            lines += [message + b"\n" for message in messages] + [messages[0][:-20] + b"\n"]
    return lines


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    folder, logs = tmp_path_factory.mktemp("written"), tmp_path_factory.mktemp("logs")
    lines = planted()
    json_lines = [line for line in lines if not line.lstrip().startswith(b"<")]
    xml_lines = [line for line in lines if line.lstrip().startswith(b"<")]
    fhir = logs / "fhir.ndjson"
    fhir.write_bytes(fhir_lines(sorted(office() + theft())) + b"".join(json_lines))
    trail = logs / "atna.log"
    trail.write_bytes(atna_lines(sorted(office())) + b"".join(xml_lines))
    other = write(
        logs / "ecs.log",
        [
            f'{{"@timestamp":"2026-03-02T08:00:00Z","ecs.version":"8","event.category":["web"],"url.path":"/a/{form}"}}\n'
            f'{{"@timestamp":"at {form}","ecs.version":"8","event.category":["web"],"url.path":"/a/{form}"}}\n'
            for secret in SECRETS
            for form in sorted(hidden(secret))
        ],
    )
    cut = logs / "cut.json"  # stops in the middle of an indented record
    cut.write_bytes(
        b'{"resourceType": "AuditEvent", "recorded": "2026-03-02T08:00:00Z", "agent": [{"who": {"display": "a"}}]}\n'
        + f'{{\n"resourceType": "AuditEvent",\n"entity": [{{"what": {{"identifier": {{"value": "{NIR}"}},\n'.encode()
    )
    state = folder / "state"
    runs = [
        maillon("scan", "--state", state, "--report", folder / "r.html", fhir, trail, other, cut, home=folder / "home"),
        maillon("scan", "--json", fhir, trail, other, cut, home=folder / "home"),
    ]
    return everything_written(folder, runs)


@pytest.mark.parametrize("secret", SECRETS)
def test_no_planted_identity_is_written(written, secret):
    needles = [form.encode() for form in hidden(secret) if len(form) >= 8]
    assert [(place, needle) for place, text in written for needle in needles if needle in text] == []


def test_the_theft_was_found_beside_it(written):
    assert any(b"agent05" in text for place, text in written if place == "stdout")


@pytest.mark.parametrize("form", ["fhir", "atna"])
def test_a_record_that_grows_over_two_runs_is_read_once_and_whole(tmp_path, form):
    if form == "fhir":
        texts = [json.dumps(balp(n, f"a{n}", f"p{n}"), indent=1).encode() + b"\n" for n in range(20)]
    else:
        texts = [syslog(atna(n, f"a{n}", f"p{n}", space="\n"), n) for n in range(20)]
    log, state = tmp_path / "trail.log", tmp_path / "state"
    found = []
    for cut in (10, 20):
        half = texts[cut].splitlines(keepends=True)[:2] if cut < 20 else []
        log.write_bytes(b"".join(texts[:cut] + half))
        done = maillon("scan", "--json", "--state", state, log, home=tmp_path / "home")
        found += of_kind(done, "coverage")
        assert b"Patient/p" not in (state / "ledger.sqlite").read_bytes()
    assert [one["parsed"] for one in found] == [10, 10]
    assert [one["rejected_by_reason"] for one in found] == [{}, {}]


INTERACTIONS = {"list": "search", "search": "search", "update": "update", "care": "create"}
EVENT_TYPES = {
    "login": ("110114", "110122"),
    "logout": ("110114", "110123"),
    "other": ("110100", ""),
    "export": ("110106", ""),
}
FAILURES = {"refused": "forbidden", "missing": "not-found", "failed": "exception"}


def as_balp(line):
    """Return one of Maillon's own event lines as an AuditEvent."""
    told = json.loads(line)
    action = told["action"]
    event = balp(0, told["account"], told.get("patient", ""), INTERACTIONS.get(action, "read"), told["address"])
    event["recorded"] = told["at"]
    if action in EVENT_TYPES:
        kind, detail = EVENT_TYPES[action]
        event |= {"type": {"code": kind}, "subtype": [{"code": detail}] if detail else []}
    if told["outcome"] in FAILURES:
        issue = [{"code": FAILURES[told["outcome"]]}]
        event |= {"outcome": "8", "contained": [{"resourceType": "OperationOutcome", "issue": issue}]}
    event["agent"][2]["policy"] = [told["session"]]
    event["agent"].append({"type": coded(DCM, "110150"), "who": {"identifier": {"value": told["client"]}}})
    return event


def test_the_same_region_as_audit_events_gives_the_same_decisions(tmp_path):
    lines = b"".join(event_lines(simulate(20_007, accounts=50, days=8, thieves=2, attack="smash")))
    (tmp_path / "own.jsonl").write_bytes(lines)
    (tmp_path / "fhir.jsonl").write_bytes(ndjson(*map(as_balp, lines.splitlines())))
    decisions = []
    for name in ("own", "fhir"):
        # In one home, hence under one key: an account's fingerprints of patients depend on it.
        done = maillon("scan", "--json", tmp_path / f"{name}.jsonl", home=tmp_path / "home")
        decisions.append([(one["at"], one["account"], one["action"]) for one in of_kind(done, "decision")])
    assert decisions[0] == decisions[1]
    assert "contain" in {action for _, _, action in decisions[0]}
