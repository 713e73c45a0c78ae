"""OCSF and ECS: log-ins, changes of accounts, accesses by URL and by resource."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maillon.facts.event import Action, Outcome
from maillon.facts.record import METHODS, UNROUTED
from maillon.read import ecs, ocsf
from maillon.read.dialects import detect
from maillon.read.reader import ReadSettings
from rows import assert_accounted, rows_of

SETTINGS = ReadSettings(tz="Europe/Paris")
MS = 1_772_349_123_000


def parse(dialect, *items):
    block = b"".join(json.dumps(item).encode() + b"\n" for item in items)
    parsed = dialect.DIALECT.open(block, SETTINGS).parse(block, 0)
    assert_accounted(parsed, block)
    return rows_of(parsed), parsed


def one(dialect, item):
    (row,), _ = parse(dialect, item)
    return row


BASE = {
    "time": MS,
    "activity_id": 1,
    "status_id": 1,
    "user": {"name": "dr.martin"},
    "actor": {"user": {"name": "dr.martin"}, "session": {"uid": "s1"}},
    "src_endpoint": {"ip": "192.0.2.17"},
}


def event(class_uid, **more):
    return {**BASE, "class_uid": class_uid, **more}


@pytest.mark.parametrize(
    ("item", "action", "outcome"),
    [
        (event(3002), Action.LOGIN, Outcome.OK),
        (event(3002, status_id=2), Action.LOGIN, Outcome.REFUSED),
        (event(3002, activity_id=2), Action.LOGOUT, Outcome.OK),
        (event(3002, activity_id=3), Action.OTHER, Outcome.OK),
        (event(3001, activity_id=3), Action.TAMPER, Outcome.OK),
        (event(3001, activity_id=1), Action.OTHER, Outcome.OK),
        (event(6001, activity_id=2), Action.READ, Outcome.OK),
        (event(6001, activity_id=5, action_id=2), Action.SEARCH, Outcome.REFUSED),
        (event(6001, activity_id=7, status_id=2), Action.EXPORT, Outcome.FAILED),
        (event(6003, activity_id=3), Action.UPDATE, Outcome.OK),
        (event(6003, activity_id=99), Action.OTHER, Outcome.OK),
    ],
)
def test_classes_of_ocsf(item, action, outcome):
    row = one(ocsf, item)
    assert (row["action"], row["outcome"], row["account"]) == (action, outcome, "dr.martin")
    assert (row["at"], row["zone"]) == (MS * 1000, 3600)


def test_patients_of_ocsf_are_resources_of_that_type():
    resources = [{"type": "Patient", "uid": "1"}, {"type": "patient", "uid": 2}, {"type": "Page", "uid": "3"}, 7]
    rows, parsed = parse(ocsf, event(6001, activity_id=5, web_resources=resources))
    assert [(row["patient"], row["session"], row["address"]) for row in rows] == [
        ("1", "s1", "192.0.2.17"),
        ("2", "s1", "192.0.2.17"),
    ]
    assert parsed.records == 1


def test_http_activity_of_ocsf_is_an_access():
    request = {
        "http_method": "GET",
        "url": {"path": "/dossiers/4711", "query_string": "a=1", "hostname": "h"},
        "uid": "r",
    }
    row = one(ocsf, event(4002, activity_id=3, http_request=request, http_response={"code": 404}))
    assert (row["target"], row["method"], row["status"]) == ("/dossiers/4711?a=1", METHODS.index("GET"), 404)
    assert (row["action"], row["outcome"], row["request"], row["host"]) == (UNROUTED, UNROUTED, "r", "h")


def test_what_is_not_read_of_ocsf():
    _, parsed = parse(
        ocsf, event(1007), {"a": 1}, event(3002, time=None), event(3002, time="soon"), event(3002, activity_id="1"),
        event(4002, activity_id=1),
    )  # fmt: skip
    assert parsed.ignored == {"other class": 1}
    assert [one.reason for one in parsed.rejected] == ["not an event", "no time", "time", "activity", "no request"]


NESTED = {
    "@timestamp": "2026-03-01T08:12:03+01:00",
    "ecs": {"version": "8.11.0"},
    "event": {"category": ["authentication"], "type": ["start"], "outcome": "success"},
    "user": {"name": "dr.martin"},
    "source": {"ip": "192.0.2.17"},
}


def dotted(item, prefix=""):
    out = {}
    for key, value in item.items():
        inner = dotted(value, f"{prefix}{key}.") if isinstance(value, dict) else {f"{prefix}{key}": value}
        out.update(inner)
    return out


@pytest.mark.parametrize("form", [dict, dotted])
@pytest.mark.parametrize(
    ("more", "action", "outcome"),
    [
        ({}, Action.LOGIN, Outcome.OK),
        ({"outcome": "failure"}, Action.LOGIN, Outcome.REFUSED),
        ({"type": ["end"]}, Action.LOGOUT, Outcome.OK),
        ({"type": ["info"], "action": "Logout"}, Action.LOGOUT, Outcome.OK),
        ({"category": ["iam"], "type": ["user", "change"]}, Action.TAMPER, Outcome.OK),
        ({"category": ["iam"], "type": ["group", "change"]}, Action.OTHER, Outcome.OK),
    ],
)
def test_log_ins_of_ecs_nested_and_dotted(form, more, action, outcome):
    row = one(ecs, form({**NESTED, "event": {**NESTED["event"], **more}}))
    assert (row["action"], row["outcome"], row["account"]) == (action, outcome, "dr.martin")


@pytest.mark.parametrize("form", [dict, dotted])
def test_an_access_of_ecs(form):
    web = {
        **NESTED,
        "event": {"category": ["web"]},
        "url": {"path": "/dossiers/4711", "query": "a=1", "domain": "h"},
        "http": {"request": {"method": "get", "id": "r"}, "response": {"status_code": 200}},
    }
    row = one(ecs, form(web))
    assert (row["target"], row["method"], row["status"]) == ("/dossiers/4711?a=1", METHODS.index("GET"), 200)
    assert (row["action"], row["request"], row["host"], row["address"]) == (UNROUTED, "r", "h", "192.0.2.17")
    assert detect(json.dumps(form(web)).encode(), SETTINGS).name == "ecs"


def test_what_is_not_read_of_ecs():
    _, parsed = parse(
        ecs, {**NESTED, "event": {"category": ["process"]}}, {"a": 1}, {**NESTED, "@timestamp": "soon"},
        {**NESTED, "@timestamp": None},
    )  # fmt: skip
    assert parsed.ignored == {"other event": 1}
    assert [one.reason for one in parsed.rejected] == ["not an event", "time", "no time"]


WORDS = st.sampled_from(
    [
        *(
            "class_uid",
            "activity_id",
            "time",
            "user",
            "actor",
            "session",
            "uid",
            "name",
            "web_resources",
            "type",
            "url",
        ),
        *(
            "http_request",
            "http_response",
            "code",
            "ecs",
            "version",
            "@timestamp",
            "event",
            "category",
            "event.category",
        ),
        *("http", "request", "url.path", "user.name"),
    ]
)
ANY = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=3), st.just(6001)),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=6,
)


@given(st.lists(st.dictionaries(WORDS, ANY, max_size=5), max_size=3), st.sampled_from([3002, 3001, 4002, 6001, 6003]))
def test_any_value_in_any_key(items, kind):
    for dialect, base in ((ocsf, event(kind)), (ecs, NESTED)):
        parse(dialect, *items, *({**base, **item} for item in items))
