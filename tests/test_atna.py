"""Audit messages of ATNA and DICOM: every shared example is the right event; what is hostile is refused."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from health_logs import atna, balp, entity_of, moment, ndjson, syslog
from maillon.facts.event import Action, Outcome
from maillon.facts.profile import Profile
from maillon.read import fhir_audit, fr_traceability, openhim
from maillon.read.atna import DIALECT
from maillon.read.dialects import detect
from maillon.read.normalise import Normaliser
from maillon.read.pseudonym import Keys
from maillon.read.reader import ReadSettings
from rows import assert_accounted, rows_of

SETTINGS = ReadSettings()
NIR = "199137512345697"  # month 13: nobody's


def parse(block, dialect=DIALECT):
    reader = dialect.open(block, SETTINGS)
    parsed = reader.parse(block, 0)
    assert_accounted(parsed, block)
    return rows_of(parsed), parsed


def one(**more):
    (row,), _ = parse(atna(**more) + b"\n")
    return row


def said(row):
    return Action(row["action"]), Outcome(row["outcome"]), row["account"], row["patient"], row["address"]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("testAuditMessage_0.txt", (Action.READ, Outcome.OK, "openhim-mediator-ohie-xds|openhim",
                                    "1.3.6.1.4.1.21367.2005.13.20.3000|fc133984036647e", "192.168.1.111")),
        ("testAuditIHERFC3881_1.txt", (Action.LOGIN, Outcome.OK, "farley.granger@wb.com", "", "125.20.175.12")),
        ("testAuditIHEDICOM_2.txt", (Action.LOGIN, Outcome.OK, "farley.granger@wb.com", "", "125.20.175.12")),
        ("openhim_audit_record.json", (Action.READ, Outcome.OK, "", "ECID|975cac30-68e5-11e4-bf2a-04012ce65b02",
                                       "localhost")),
    ],
)  # fmt: skip
def test_every_shared_example(shared_data, name, expected):
    block = (shared_data / "fhir_auditevent/atna_openhim" / name).read_bytes()
    reader = detect(block, SETTINGS)
    assert reader.name == ("openhim audit" if name.endswith(".json") else "atna")
    parsed = reader.parse(block, 0)
    assert_accounted(parsed, block)
    assert parsed.rejected == []
    (row,) = rows_of(parsed)
    assert said(row) == expected


def test_the_shared_examples_in_one_file(shared_data):
    paths = sorted((shared_data / "fhir_auditevent/atna_openhim").glob("*.txt"))
    block = b"".join(path.read_bytes() for path in paths)  # without a line between some of them
    rows, parsed = parse(block)
    assert [row["action"] for row in rows] == [Action.LOGIN, Action.LOGIN, Action.READ]
    assert parsed.rejected == []


def messages(form):
    texts = [atna(n, f"a{n}", f"p{n}^^^&1.2.3&ISO", space="\n  ") for n in range(4)]
    flat = [text.replace(b"\n  ", b"") for text in texts]
    return {
        "bare": b"".join(text + b"\n" for text in flat),
        "bare, over lines": b"".join(text + b"\n" for text in texts),
        "one after the other": b"".join(texts),
        "lines": b"".join(syslog(text, n) for n, text in enumerate(flat)),
        "over lines": b"".join(syslog(text, n) for n, text in enumerate(texts)),
        "counted": b"".join(syslog(text, n, count=True) for n, text in enumerate(texts)),
        "counted, flat": b"".join(syslog(text, n, count=True) for n, text in enumerate(flat)),
        "prefixed": b"".join(text.replace(b"<", b"<a:").replace(b"<a:/", b"</a:").replace(
            b"<a:AuditMessage", b'<a:AuditMessage xmlns:a="x"') + b"\n" for text in flat),
    }[form]  # fmt: skip


@pytest.mark.parametrize(
    "form",
    ["bare", "bare, over lines", "one after the other", "lines", "over lines", "counted", "counted, flat", "prefixed"],
)
def test_any_carriage_gives_the_same_rows_wherever_it_is_cut(form):
    block = messages(form)
    assert detect(block, SETTINGS).name == "atna"
    rows, parsed = parse(block)
    assert [(row["account"], row["patient"]) for row in rows] == [(f"a{n}", f"1.2.3|p{n}") for n in range(4)]
    assert parsed.rejected == []
    lines = block.splitlines(keepends=True)
    for cut in range(len(lines)):
        reader = DIALECT.open(block, SETTINGS)
        head, tail = b"".join(lines[:cut]), b"".join(lines[cut:])
        first = reader.parse(head, 0)
        kept = json.dumps(reader.state)
        assert not any(f"p{n}^" in kept for n in range(4))
        assert rows_of(first) + rows_of(reader.parse(tail, len(head))) == rows
        restarted = DIALECT.open(block, SETTINGS)
        restarted.state = json.loads(kept)
        place = len(head) - first.unfinished
        again = rows_of(restarted.parse(block[place:], place))
        if form not in {"counted", "one after the other"}:  # there, lines end one message and begin the next
            assert rows_of(first) + again == rows
        assert not {row["position"] for row in rows_of(first)} & {row["position"] for row in again}


BOMB = b'<!DOCTYPE a [<!ENTITY b "NIRNIR"><!ENTITY c "&b;&b;&b;&b;">]>'


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        (BOMB + atna().replace(b"dr.martin", b"&c;"), "DTD refused"),
        (b'<?xml version="1.0"?>' + BOMB + atna(), "DTD refused"),
        (b'<!DOCTYPE AuditMessage SYSTEM "file:///etc/passwd">' + atna(), "DTD refused"),
        (atna().replace(b"dr.martin", b"&c;"), "not XML"),
        (atna().replace(b"<EventID", b"<EventID <"), "not XML"),
        (b'<?xml version="1.0" encoding="no-such"?>' + atna(), "not XML"),
        (b"<AuditMessage>" + b"<a>" * 40 + b"</a>" * 40 + b"</AuditMessage>", "too deep"),
        (atna().replace(moment(0).encode(), b"soon"), "time"),
        (atna().replace(moment(0).encode(), b""), "no time"),
        (atna(outcome="99"), "outcome"),
        (b'<AuditMessage><EventIdentification EventDateTime="2026-03-02T08:00:00Z"/></AuditMessage>', "no participant"),
        (b"something else", "not an audit message"),
        (atna()[:200], "cut short"),
    ],
)
def test_what_is_refused_and_why(message, reason):
    rows, parsed = parse(message + b"\n")
    assert rows == []
    if reason == "cut short":
        assert parsed.ignored == {"continuation": 1}
        rows, _ = parse(message + b"\n" + atna() + b"\n")
        assert len(rows) == 1  # the next message is whole
    else:
        assert [one.reason for one in parsed.rejected] == [reason]


@pytest.mark.parametrize("piece", ["<!--x-->a", "<a/>", "&#65;", "<![CDATA[a]]>", "<?x?>"])
def test_a_megabyte_of_small_things_is_read(piece):
    inside = f"<ParticipantObjectQuery>{piece * (900_000 // len(piece))}</ParticipantObjectQuery>"
    rows, _ = parse(atna(inside=inside) + b"\n")
    assert len(rows) == 1


def test_a_message_that_never_ends_is_refused():
    _, parsed = parse(atna()[:-20] + b"\n" + b"<a/>\n" * 300_000)
    assert "message too long" in {one.reason for one in parsed.rejected}


def test_the_time_of_the_header_where_the_message_has_none():
    (row,), _ = parse(syslog(atna(5).replace(moment(5).encode(), b""), 7))
    assert row["at"] == one(at=7)["at"]


def test_other_messages_of_the_same_syslog():
    block = syslog(atna()) + b"<13>1 2026-03-02T08:00:00Z portail cron 1 - - a job\n\n" + syslog(atna())
    rows, parsed = parse(block)
    assert (len(rows), parsed.ignored) == (2, {"other message": 1, "blank": 1})


def test_codes_of_rfc_3881():
    (row,), _ = parse(atna(codes=("110114", "110122")).replace(b"csd-code", b"code") + b"\n")
    assert row["action"] == Action.LOGIN


@pytest.mark.parametrize(
    ("more", "action", "outcome"),
    [
        ({"codes": ("110114", "110122"), "outcome": "4"}, Action.LOGIN, Outcome.REFUSED),
        ({"codes": ("110114", "110123")}, Action.LOGOUT, Outcome.OK),
        ({"codes": ("110113", "110137")}, Action.TAMPER, Outcome.OK),
        ({"codes": ("110113", "110127"), "letter": "E"}, Action.BREAK_GLASS, Outcome.OK),
        ({"codes": ("110112", "ITI-18"), "letter": "E"}, Action.READ, Outcome.OK),
        ({"codes": ("110112", "ITI-47"), "letter": "E"}, Action.SEARCH, Outcome.OK),
        ({"codes": ("110106", "")}, Action.EXPORT, Outcome.OK),
        ({"codes": ("110107", "ITI-43"), "letter": "C"}, Action.READ, Outcome.OK),
        ({"codes": ("110110", ""), "letter": "U", "outcome": "8"}, Action.UPDATE, Outcome.FAILED),
        ({"codes": ("110103", ""), "letter": "R"}, Action.READ, Outcome.OK),
        ({"codes": ("110100", "110120"), "letter": "E"}, Action.OTHER, Outcome.OK),
    ],
)
def test_types_and_outcomes(more, action, outcome):
    row = one(**more)
    assert (row["action"], row["outcome"]) == (action, outcome)


def test_a_person_before_a_program_and_the_user_of_an_assertion():
    program = (
        b'<ActiveParticipant UserID="http://www.w3.org/2005/08/addressing/anonymous" UserIsRequestor="true" '
        b'NetworkAccessPointID="10.0.0.9"><RoleIDCode csd-code="110153"/></ActiveParticipant>'
    )
    person = atna(account="x").replace(b'UserID="x"', b'UserID="" UserName="alias&lt;dr.martin@idp.example&gt;"')
    text = person.replace(b"<ActiveParticipant", program + b"<ActiveParticipant", 1).replace(
        b'NetworkAccessPointID="192.0.2.17" NetworkAccessPointTypeCode="2"', b""
    )
    (row,), _ = parse(text + b"\n")
    assert (row["account"], row["address"]) == ("dr.martin", "10.0.0.9")
    misspelt = atna().replace(b"UserIsRequestor", b"UserIsRequest")
    assert parse(misspelt + b"\n")[0][0]["account"] == "dr.martin"


def test_the_same_patient_in_two_dialects_has_one_pseudonym():
    ins = ("1991375123456", "1 99 13 75 123 456 97", f"{NIR}^^^ASIP-SANTE-INS-NIR-TEST&1.2.250.1.213.1.4.10&ISO^INS")
    local = {"what": {"identifier": {"system": "urn:oid:1.2.3", "value": "4711"}}, "role": {"code": "1"}}
    other = {"what": {"identifier": {"system": "urn:oid:1.2.4", "value": "4711"}}, "role": {"code": "1"}}
    parsed = [
        parse(b"".join(atna(patient=text) + b"\n" for text in (*ins, "4711^^^&1.2.3&ISO", "Patient/4711")))[1],
        parse(
            ndjson(balp(patient=NIR), balp(entity=[local]), balp(entity=[other]), balp(entity=[entity_of("4711")])),
            fhir_audit.DIALECT,
        )[1],
    ]
    normaliser = Normaliser(Profile(name="x"), "x", Keys(bytes(32), 1))
    first, second = (normaliser.events(one).rows["patient"].tolist() for one in parsed)
    assert len({*first[:3], second[0]}) == 1
    assert first[3] == second[1]
    assert first[4] == second[3]
    assert len({first[0], first[3], first[4], second[2]}) == 4
    near = normaliser.events(parsed[0]).rows["near"].tolist()
    assert near[3] == near[4] != 0  # neighbours are told by the number, whatever its system
    assert near[:3] == [0, 0, 0]


def trace(message, **more):
    header = {"Pri": "85", "Version": "1", "Timestamp": moment(9), "Hostname": "h", "App-name": "a", "Procid": "1"}
    return {**header, "Msg-id": "IHE+RFC-3881", "Msg": message.decode(), **more}


def test_traces_of_the_french_profile_in_json():
    traces = [trace(b'<?xml version="1.0"?>' + atna(n, f"a{n}")) for n in range(3)]
    for indent in (None, 2):
        block = json.dumps([*traces, trace(b"a job"), trace(BOMB + atna()), {"x": 1}], indent=indent).encode()
        rows, parsed = parse(block, fr_traceability.DIALECT)
        assert [row["account"] for row in rows] == ["a0", "a1", "a2"]
    assert parsed.ignored["other message"] == 1
    assert [one.reason for one in parsed.rejected] == ["DTD refused", "not a trace"]
    (row,), _ = parse(json.dumps(trace(atna().replace(moment(0).encode(), b""))).encode(), fr_traceability.DIALECT)
    assert row["at"] == one(at=9)["at"]


def test_the_example_of_the_french_page_is_no_json(shared_data):
    page = (shared_data / "fr_health/tracabilite_evenements/specifications_technique_syslog.md").read_text()
    block = page.split("```HTTP")[1].split("```")[0].strip().encode() + b"\n"
    rows, parsed = parse(block, fr_traceability.DIALECT)
    assert rows == []
    assert {one.reason for one in parsed.rejected} == {"not JSON"}


XML = st.text(alphabet='<>/="& ?!-[]axAuditMessage\n', max_size=60)


PIECE = st.one_of(XML, st.sampled_from([atna().decode(), atna()[:90].decode(), BOMB.decode(), "<?xml ?>"]))


@given(st.lists(PIECE, max_size=5), st.integers(0, 12))
def test_any_text_and_any_cut(texts, cut):
    block = "\n".join(texts).encode()
    rows, _ = parse(block)
    reader = DIALECT.open(block, SETTINGS)
    pieces = block.splitlines(keepends=True)
    head, tail = b"".join(pieces[:cut]), b"".join(pieces[cut:])
    assert rows_of(reader.parse(head, 0)) + rows_of(reader.parse(tail, len(head))) == rows


INNER = st.sampled_from(["eventDateTime", "userID", "code", "eventID", "participantObjectID"])
OUTER = st.sampled_from(
    [
        *("Pri", "Msg", "Timestamp", "eventIdentification", "activeParticipant"),
        *("participantObjectIdentification", "auditSourceIdentification"),
    ]
)
ANY = st.recursive(
    st.one_of(st.none(), st.integers(), st.text(max_size=3)),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(INNER, inner, max_size=2),
    max_leaves=5,
)


@given(st.dictionaries(OUTER, ANY))
def test_any_value_in_json(item):
    block = json.dumps(item).encode()
    parse(block, openhim.DIALECT)
    parse(block, fr_traceability.DIALECT)
