"""FHIR AuditEvents: what an event says; bundles, queries, emergencies; any layout, any value."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from health_logs import DCM, balp, coded, entity_of, ndjson
from maillon.facts.event import Action, Outcome
from maillon.read.dialects import detect
from maillon.read.fhir_audit import DIALECT
from maillon.read.reader import ReadSettings
from rows import assert_accounted, rows_of

SETTINGS = ReadSettings()


def parse(block):
    reader = DIALECT.open(block, SETTINGS)
    parsed = reader.parse(block, 0)
    assert_accounted(parsed, block)
    return rows_of(parsed), parsed


def one(event):
    (row,), _ = parse(ndjson(event))
    return row


def said(row):
    return Action(row["action"]), Outcome(row["outcome"]), row["account"], row["patient"], row["address"]


def test_a_query_is_one_act_with_its_listed_patients():
    query = "GET /Patient?name=zz HTTP/1.1"
    events = [balp(n / 10, "thief", f"p{n}", "search-type", query=query, request="r1") for n in range(5)]
    rows, parsed = parse(ndjson(*events))
    assert [row["patient"] for row in rows] == ["p0", "p1", "p2", "p3", "p4"]
    assert {(row["action"], row["request"]) for row in rows} == {(Action.SEARCH, "r1")}
    assert parsed.records == 5


def test_without_a_request_id_the_act_is_who_asked_what_in_that_second():
    query = "GET /Patient?name=zz HTTP/1.1"
    rows, _ = parse(
        ndjson(
            *(balp(n / 10, patient=f"p{n}", interaction="search", query=query) for n in range(3)),
            balp(0, patient="p9", interaction="search", query="GET /Patient?name=yy"),
            balp(0, "other", "p9", "search", query=query),
            balp(1, patient="p9", interaction="search", query=query),
        )
    )
    acts = [row["request"] for row in rows]
    assert len(set(acts[:3])) == 1
    assert len(set(acts)) == 4


def test_what_both_sides_tell_counts_once():
    query = "GET /Patient?name=zz"
    told = [balp(0, patient=f"p{n}", interaction="search", query=query, request="r1") for n in range(2)]
    again = [
        balp(0, patient=f"p{n}", interaction="search", query=query, request="r1", teller="poste 4") for n in range(2)
    ]
    passed_on = balp(1, patient="p7", interaction="search", query="GET /Patient?a=longer", request="r1", teller="b")
    rows, parsed = parse(ndjson(*told, *again, passed_on))
    assert [row["patient"] for row in rows] == ["p0", "p1", "p7"]
    assert parsed.ignored == {"told by the other side": 2}
    block = ndjson(*told, *again)
    cut = len(ndjson(*told))
    reader = DIALECT.open(block, SETTINGS)
    reader.parse(block[:cut], 0)
    restarted = DIALECT.open(block, SETTINGS)
    restarted.state = json.loads(json.dumps(reader.state))
    assert restarted.parse(block[cut:], cut).ignored == {"told by the other side": 2}


@pytest.mark.parametrize(
    ("query", "action"),
    [
        ("GET test.fhir.org/r4/Observation?patient=4711&_count=10", Action.READ),
        ("GET /Observation?_count=10&subject:Patient=4711", Action.READ),
        ("GET /Observation?patient.identifier=x|4711", Action.READ),
        ("POST /Observation/_search HTTP/1.1\nHost: a\n\npatient=4711", Action.READ),
        ("GET /Patient/4711/$everything", Action.READ),
        ("GET /Patient/4711/Observation?code=x", Action.READ),
        ("GET /Patient?family=durand", Action.SEARCH),
        ("GET /Observation?patient.name=durand", Action.SEARCH),
        ("GET /Observation?inpatient=yes", Action.SEARCH),
        ("", Action.SEARCH),
    ],
)
def test_a_query_within_one_record_opens_it(query, action):
    assert one(balp(interaction="search", query=query))["action"] == action
    assert one(balp(interaction="search", query=query, patient=""))["action"] == Action.SEARCH


@pytest.mark.parametrize(
    ("more", "action"),
    [
        ({"type": {"code": "110114"}, "subtype": [{"code": "110122"}]}, Action.LOGIN),
        ({"type": {"code": "110114"}, "subtype": [{"code": "110123"}]}, Action.LOGOUT),
        ({"type": {"code": "110114"}, "subtype": []}, Action.LOGIN),
        ({"type": {"code": "110114"}, "subtype": [{"code": "ITI-71"}]}, Action.OTHER),
        ({"type": {"code": "110113"}, "subtype": [{"code": "110137"}]}, Action.TAMPER),
        ({"type": {"code": "110106"}, "subtype": [{"code": "disclose"}]}, Action.EXPORT),
        ({"type": {"code": "110107"}, "subtype": [{"code": "ITI-43"}], "action": "C"}, Action.READ),
        ({"type": {"code": "110112"}, "subtype": [{"code": "ITI-18"}], "action": "E"}, Action.READ),
        ({"type": {"code": "110112"}, "subtype": [{"code": "ITI-47"}], "action": "E"}, Action.SEARCH),
        ({"type": {"code": "110110"}, "subtype": [], "action": "U"}, Action.UPDATE),
        ({"type": {"code": "x"}, "subtype": [], "action": "E"}, Action.OTHER),
    ],
)
def test_types(more, action):
    assert one(balp(**more))["action"] == action


@pytest.mark.parametrize(
    ("more", "outcome"),
    [
        ({"outcome": "4"}, Outcome.FAILED),
        ({"outcome": "8"}, Outcome.FAILED),
        ({"outcome": "12"}, Outcome.FAILED),
        ({"outcome": {"code": {"code": "success"}}}, Outcome.OK),
        ({"outcome": {"code": {"code": "error"}}}, Outcome.FAILED),
        ({"outcome": {"code": {"code": "error"}, "detail": [coded("x", "not-found")]}}, Outcome.MISSING),
        ({"outcome": "8", "contained": [{"issue": [{"code": "forbidden"}]}]}, Outcome.REFUSED),
        ({"outcome": "4", "type": {"code": "110114"}}, Outcome.REFUSED),
        ({"outcome": "8", "type": {"code": "110113"}, "subtype": [{"code": "AuthZ-Consent"}]}, Outcome.REFUSED),
    ],
)
def test_outcomes(more, outcome):
    assert one(balp(**more))["outcome"] == outcome


def test_what_is_opened_in_an_emergency_is_a_passage():
    btg = [coded("http://terminology.hl7.org/CodeSystem/v3-ActReason", "ETREAT")]
    for more in ({"purposeOfEvent": btg}, {"authorization": btg}):
        rows, _ = parse(ndjson(balp(**more), balp(interaction="update", **more)))
        assert [(row["action"], row["patient"]) for row in rows] == [
            (Action.BREAK_GLASS, "4711"),
            (Action.BREAK_GLASS, ""),
            (Action.UPDATE, "4711"),
        ]
    started = balp(type={"system": DCM, "code": "110113"}, subtype=[{"system": DCM, "code": "110127"}], action="E")
    assert said(one(started))[0::3] == (Action.BREAK_GLASS, "4711")
    event = balp()
    event["agent"][2]["purposeOfUse"] = btg
    assert one(event)["action"] == Action.BREAK_GLASS


NIR = "199137512345678"  # month 13: nobody's


@pytest.mark.parametrize(
    ("what", "patient"),
    [
        ({"reference": "Patient/4711"}, "4711"),
        ({"reference": "https://fhir.example/r4/Patient/4711/_history/3"}, "4711"),
        ({"reference": "Patient?identifier=urn:oid:1.2.3%7C4711"}, "1.2.3|4711"),
        ({"reference": "urn:uuid:6f1c02"}, "6f1c02"),
        ({"reference": "#p"}, "1.2.3|77"),
        ({"reference": "Patient/4711", "identifier": {"system": "urn:oid:1.2.250.1.213.1.4.8", "value": NIR}}, NIR),
        ({"reference": "Patient/4711", "identifier": {"system": "urn:oid:1.2.3", "value": "9"}}, "4711"),
        ({"identifier": {"system": "urn:oid:1.2.3", "value": "9"}}, "1.2.3|9"),
        ({"identifier": {"value": "9^^^&1.2.3&ISO"}}, "1.2.3|9"),
        ({"identifier": {"value": "9^^^&1.2.250.1.213.1.4.10&ISO^NH"}}, "9"),
        ({"identifier": {"value": "9"}}, "9"),
        ({"display": "QUENTIN Vallois"}, ""),
    ],
)
def test_patients(what, patient):
    contained = [{"resourceType": "Patient", "id": "p", "identifier": [{"system": "urn:oid:1.2.3", "value": "77"}]}]
    entity = [{"what": what, "role": {"code": "1"}}]
    assert one(balp(entity=entity, contained=contained))["patient"] == patient


def test_several_patients_of_one_event_are_several_rows_and_each_counts_once():
    rows, parsed = parse(ndjson(balp(entity=[entity_of("1"), entity_of("2"), entity_of("1")])))
    assert [(row["patient"], row["position"]) for row in rows] == [("1", 0), ("2", 0)]
    assert parsed.records == 1


@pytest.mark.parametrize(
    ("who", "account"),
    [
        ({"identifier": {"value": "10003879623"}, "reference": "Practitioner/1"}, "10003879623"),
        ({"reference": "Practitioner/1", "display": "Dr Martin"}, "Practitioner/1"),
        ({"reference": "#d"}, "99700237045"),
        ({"display": "Dr Martin"}, "Dr Martin"),
    ],
)
def test_accounts(who, account):
    event = balp(contained=[{"resourceType": "Practitioner", "id": "d", "identifier": [{"value": "99700237045"}]}])
    event["agent"][2]["who"] = who
    assert one(event)["account"] == account


@pytest.mark.parametrize(
    "who",
    [
        {"reference": "Patient/4711"},
        {"reference": "RelatedPerson/1"},
        {"type": "Patient", "display": "x"},
        {"identifier": {"system": "urn:oid:1.2.250.1.213.1.4.8", "value": NIR}},
    ],
)
def test_what_patients_do_themselves_is_set_aside(who):
    event = balp()
    event["agent"][2]["who"] = who
    rows, parsed = parse(ndjson(event))
    assert (rows, parsed.ignored) == ([], {"patient's own access": 1})


def test_reasons():
    _, parsed = parse(
        ndjson(
            balp(recorded=None),
            balp(recorded="yesterday"),
            balp(agent=[]),
            balp(outcome="99"),
            {"a": 1},
            [7],
            {"resourceType": "Patient", "id": "1"},
        )
        + b"not JSON\n"
    )
    reasons = ["no time", "time", "no agent", "outcome", "not an event", "not an event", "not JSON"]
    assert [rejected.reason for rejected in parsed.rejected] == reasons
    assert parsed.ignored == {"other resource": 1}


@pytest.mark.parametrize("style", ["lines", "list", "bundle", "indented bundle", "tight bundle", "indented", "prefix"])
def test_any_layout_gives_the_same_rows_wherever_it_is_cut(style):
    events = [balp(n, f"a{n}", f"p{n}", request=f"r{n}") for n in range(3)]
    bundle = {"resourceType": "Bundle", "entry": [{"fullUrl": "u", "resource": event} for event in events]}
    indented = json.dumps(bundle, indent=1)
    block = {
        "lines": ndjson(*events),
        "list": json.dumps(events).encode(),
        "bundle": json.dumps(bundle).encode() + b"\n",
        "indented bundle": indented.encode(),
        "tight bundle": indented.replace("},\n  {", "}, {").replace("{\n", "{ ").encode(),
        "indented": "".join(json.dumps(event, indent=2) + "\n" for event in events).encode(),
        "prefix": b"".join(
            b"2026-03-02T08:00:00Z stdout F " + line for line in ndjson(*events).splitlines(keepends=True)
        ),
    }[style]
    assert detect(block, SETTINGS).name == "fhir auditevent R4"
    rows, parsed = parse(block)
    assert [(row["account"], row["patient"], row["request"]) for row in rows] == [
        (f"a{n}", f"p{n}", f"r{n}") for n in range(3)
    ]
    assert parsed.rejected == []
    lines = block.splitlines(keepends=True)
    for cut in range(len(lines)):
        reader = DIALECT.open(DIALECT.example, SETTINGS)
        head, tail = b"".join(lines[:cut]), b"".join(lines[cut:])
        first = reader.parse(head, 0)
        kept = json.dumps(reader.state)
        assert "Patient/" not in kept
        assert rows_of(first) + rows_of(reader.parse(tail, len(head))) == rows
        restarted = DIALECT.open(DIALECT.example, SETTINGS)
        restarted.state = json.loads(kept)
        place = len(head) - first.unfinished
        again = rows_of(restarted.parse(block[place:], place))
        if style != "tight bundle":
            assert rows_of(first) + again == rows
        assert not {row["position"] for row in rows_of(first)} & {row["position"] for row in again}


def test_a_record_that_was_cut_short_does_not_swallow_the_next():
    cut = json.dumps(balp(), indent=1).encode()[:300]
    rows, _ = parse(cut + b"\n" + ndjson(balp(patient="1"), balp(patient="2")))
    assert [row["patient"] for row in rows][-1] == "2"


VALUE = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.sampled_from(["", "4711", "0", "R", "Patient/1", "#p", "24"])
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=2),
        st.dictionaries(
            st.sampled_from(
                ["code", "coding", "identifier", "value", "reference", "who", "what", "role", "type", "start"]
            ),
            inner,
            max_size=3,
        ),
    ),
    max_leaves=6,
)
KEY = st.sampled_from(
    [
        *("resourceType", "type", "subtype", "category", "code", "action", "recorded", "period", "outcome", "agent"),
        *("source", "entity", "contained", "patient", "purposeOfEvent", "authorization", "entry", "occurredDateTime"),
    ]
)


@given(
    st.lists(st.dictionaries(KEY, VALUE, max_size=4).map(lambda more: {**balp(request="r"), **more}), max_size=3),
    st.lists(st.dictionaries(KEY, VALUE, max_size=4), max_size=2),
    st.sampled_from([None, 1]),
)
def test_any_value_in_any_key(events, agents, indent):
    texts = [json.dumps(event, indent=indent) for event in [*events, *(balp(agent=[one]) for one in agents)]]
    parse("\n".join(texts).encode())


@given(st.lists(st.text(alphabet='{}[]",: \\resourcyn1', max_size=40), max_size=6), st.integers(0, 6))
def test_any_text_and_any_cut(lines, cut):
    block = "".join(line.replace("\n", "") + "\n" for line in lines).encode()
    rows, _ = parse(block)
    reader = DIALECT.open(block, SETTINGS)
    pieces = block.splitlines(keepends=True)
    head, tail = b"".join(pieces[:cut]), b"".join(pieces[cut:])
    assert rows_of(reader.parse(head, 0)) + rows_of(reader.parse(tail, len(head))) == rows


@pytest.mark.parametrize("key", ["type", "agent", "entity", "outcome", "contained", "recorded", "patient"])
def test_deep_values_are_no_danger(key):
    for depth in (100, 400, 900, 5000):
        for opening, closing in (("[", "]"), ('{"code":', "}"), ('{"coding":[', "]}"), ('{"who":', "}")):
            deep = opening * depth + "1" + closing * depth
            parse(ndjson(balp(**{key: "DEEP"})).replace(b'"DEEP"', deep.encode()))
