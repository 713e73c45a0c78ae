import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maillon.facts.event import Action, Outcome
from maillon.read.keycloak import DIALECTS
from maillon.read.reader import ReadSettings
from rows import assert_accounted, rows_of

AS_JSON, AS_LINES = DIALECTS
PARIS = ReadSettings(tz="Europe/Paris")
MS = 1_772_349_123_000
LOGIN = {
    "time": MS,
    "type": "LOGIN",
    "realmId": "sante",
    "clientId": "portail",
    "userId": "u1",
    "sessionId": "s1",
    "ipAddress": "192.0.2.17",
    "details": {"username": "dr.martin", "code_id": "s1"},
}


def parse(dialect, block, settings=PARIS):
    reader = dialect.open(block, settings)
    parsed = reader.parse(block, 0)
    assert_accounted(parsed, block)
    return rows_of(parsed), parsed


def read_json(*events):
    return parse(AS_JSON, b"".join(json.dumps(event).encode() + b"\n" for event in events))


def logged(message, head="2026-03-01 08:12:03,120 WARN  [org.keycloak.events] (executor-thread-1) "):
    return parse(AS_LINES, (head + message + "\n").encode())


def names(row):
    return row["account"], row["session"], row["address"]


def test_a_login():
    (row,), _ = read_json(LOGIN)
    assert names(row) == ("dr.martin", "s1", "192.0.2.17")
    assert (row["at"], row["zone"], row["action"], row["outcome"]) == (MS * 1000, 3600, Action.LOGIN, Outcome.OK)
    assert (row["patient"], row["target"]) == ("", "")


@pytest.mark.parametrize(
    ("kind", "action", "outcome"),
    [
        ("LOGIN", Action.LOGIN, Outcome.OK),
        ("LOGIN_ERROR", Action.LOGIN, Outcome.REFUSED),
        ("LOGOUT", Action.LOGOUT, Outcome.OK),
        ("CODE_TO_TOKEN", Action.OTHER, Outcome.OK),
        ("REFRESH_TOKEN", Action.OTHER, Outcome.OK),
        ("UPDATE_CREDENTIAL", Action.TAMPER, Outcome.OK),
        ("REMOVE_TOTP", Action.TAMPER, Outcome.OK),
        ("UPDATE_EMAIL", Action.TAMPER, Outcome.OK),
        ("UPDATE_PASSWORD_ERROR", Action.TAMPER, Outcome.REFUSED),
        ("SEND_RESET_PASSWORD", Action.OTHER, Outcome.OK),  # anybody may ask for it
        ("SOMETHING_OF_TOMORROW", Action.OTHER, Outcome.OK),
    ],
)
def test_types(kind, action, outcome):
    (row,), _ = read_json({**LOGIN, "type": kind})
    assert (row["action"], row["outcome"]) == (action, outcome)


def test_a_user_keeps_the_name_of_the_first_login():
    rows, _ = read_json(
        {**LOGIN, "type": "LOGIN_ERROR", "error": "invalid_user_credentials", "details": {"username": "DR.MARTIN"}},
        LOGIN,
        {**LOGIN, "type": "REFRESH_TOKEN", "details": {}},
        {**LOGIN, "details": {"username": "dr.martin@example.org"}},
        {**LOGIN, "userId": "u2", "details": None},
        {**LOGIN, "type": "LOGIN_ERROR", "userId": None, "details": {"username": "nobody"}},
    )
    assert [row["account"] for row in rows] == ["DR.MARTIN", "dr.martin", "dr.martin", "dr.martin", "u2", "nobody"]


def test_names_survive_a_restart():
    block = json.dumps(LOGIN).encode() + b"\n"
    reader = AS_JSON.open(block, PARIS)
    reader.parse(block, 0)
    again = AS_JSON.open(block, PARIS)
    again.state = json.loads(json.dumps(reader.state))
    refresh = json.dumps({**LOGIN, "type": "REFRESH_TOKEN", "details": {}}).encode() + b"\n"
    assert rows_of(again.parse(refresh, len(block)))[0]["account"] == "dr.martin"


def test_admin_events_are_ignored_except_credentials_that_are_reset():
    admin = {
        "time": MS,
        "realmId": "sante",
        "operationType": "ACTION",
        "resourceType": "USER",
        "authDetails": {"userId": "a"},
    }
    rows, parsed = read_json(
        LOGIN,
        {**admin, "resourcePath": "users/u1/reset-password"},
        {**admin, "resourcePath": "users/u9/reset-password"},
        {**admin, "resourcePath": "users/u1"},
        {**admin, "resourcePath": "users/u1/reset-password", "error": "refused"},
        {**admin, "resourcePath": 7},
    )
    assert [(row["account"], row["action"], row["address"]) for row in rows[1:]] == [
        ("dr.martin", Action.TAMPER, ""),
        ("u9", Action.TAMPER, ""),
    ]
    assert parsed.ignored == {"admin event": 3}


def test_lists_and_elements_of_lists():
    other = {**LOGIN, "type": "LOGOUT"}
    rows, parsed = parse(AS_JSON, json.dumps([LOGIN, other]).encode())
    assert [(row["position"], row["action"]) for row in rows] == [(0, Action.LOGIN), (0, Action.LOGOUT)]
    rows, parsed = parse(AS_JSON, b"[\n" + json.dumps(LOGIN).encode() + b",\n" + json.dumps(other).encode() + b"\n]\n")
    assert [row["action"] for row in rows] == [Action.LOGIN, Action.LOGOUT]
    assert parsed.ignored == {"continuation": 2}


SECRET = {"time": MS, "operationType": "UPDATE", "resourcePath": "users/u1", "representation": '{"a":"hunter2"}'}


@pytest.mark.parametrize("compact_braces", [False, True])
def test_indented_exports(compact_braces):
    text = json.dumps([LOGIN, SECRET, {**LOGIN, "type": "LOGOUT", "details": {"list": [{"a": 1}, "x"]}}], indent=2)
    block = (text.replace("},\n  {", "}, {") if compact_braces else text).encode() + b"\n"
    assert AS_JSON.sniff(block, PARIS) == 1.0
    rows, parsed = parse(AS_JSON, block)
    assert [(names(row), row["action"]) for row in rows] == [
        (("dr.martin", "s1", "192.0.2.17"), Action.LOGIN),
        (("dr.martin", "s1", "192.0.2.17"), Action.LOGOUT),
    ]
    assert set(parsed.ignored) == {"continuation", "admin event"}
    lines = block.splitlines(keepends=True)
    for cut in range(len(lines)):
        reader = AS_JSON.open(block, PARIS)
        head, tail = b"".join(lines[:cut]), b"".join(lines[cut:])
        first = rows_of(reader.parse(head, 0))
        assert b"hunter2" not in json.dumps(reader.state).encode()  # what is not wanted is not kept
        reader.state = json.loads(json.dumps(reader.state))
        assert first + rows_of(reader.parse(tail, len(head))) == rows


def test_an_unfinished_event_does_not_swallow_the_next():
    rows, parsed = parse(AS_JSON, b'{"time":12,\n"details":{"a":\n' + json.dumps(LOGIN).encode() + b'\n{"time":"x\n')
    assert len(rows) == 1
    assert [rejected.reason for rejected in parsed.rejected] == ["not JSON"]


def test_reasons():
    _, parsed = read_json(
        {"a": 1}, {**LOGIN, "time": None}, {**LOGIN, "time": "soon"}, {**LOGIN, "type": 7.5}, [{"b": 1}]
    )
    reasons = [rejected.reason for rejected in parsed.rejected]
    assert reasons == ["not an event", "no time", "time", "not an event", "not an event"]


@pytest.mark.parametrize("quote", ['"', "'", "|", "", "^"])
def test_the_log_line_with_any_quote(quote):
    keys = [("type", "LOGIN"), ("realmId", "sante"), ("clientId", "x"), ("userId", "null"), ("sessionId", "s1")]
    keys += [("ipAddress", "192.0.2.17"), ("auth_method", "openid-connect"), ("username", "jean dupont, 2")]
    (row,), _ = logged(", ".join(f"{key}={quote}{value}{quote}" for key, value in keys))
    assert names(row) == ("jean dupont, 2", "s1", "192.0.2.17")
    assert (row["action"], row["at"], row["zone"]) == (Action.LOGIN, MS * 1000 + 120_000, 3600)


def test_old_lines_quote_what_holds_a_space():
    (row,), _ = logged(
        "type=LOGIN, realmId=x, clientId=x, userId=u1, ipAddress=192.0.2.1, username='jean dupont', code_id=c"
    )
    assert names(row) == ("jean dupont", "c", "192.0.2.1")


def test_a_quote_inside_a_quoted_name():
    (row,), _ = logged(
        r'type="LOGIN", realmId="x", userId="u1", ipAddress="192.0.2.1", username="a\", userId=\"u2", code_id="c"'
    )
    assert names(row) == ('a", userId="u2', "c", "192.0.2.1")


def test_a_name_that_forges_fields_without_quotes():
    (row,), _ = logged(
        "type=LOGIN, realmId=x, clientId=x, userId=u1, ipAddress=192.0.2.1, "
        "redirect_uri=https://x/, ipAddress=203.0.113.9, userId=u2, username=victim, username=thief"
    )
    assert names(row) == ("u1", "", "192.0.2.1")  # a name given twice is not believed


def test_other_lines_of_the_server_are_ignored_and_counted():
    block = (
        b"2026-03-01 08:12:00,000 INFO  [io.quarkus] (main) Keycloak 24.0.1 on JVM started\n"
        b"\tat org.keycloak.events.EventBuilder.error(EventBuilder.java:1)\n\n"
        b'2026-03-01 08:12:03,120 DEBUG [org.keycloak.events] (t) type="LOGIN", realmId="x", userId="u", username="a"\n'
        b"2026-03-01 08:12:03,120 DEBUG [org.keycloak.events] (t) something else\n"
        b"08:12:03,120 WARN  [org.keycloak.events] (t) type=LOGIN_ERROR, realmId=x, username=a\n"
    )
    rows, parsed = parse(AS_LINES, block)
    assert [row["account"] for row in rows] == ["a"]
    assert parsed.ignored == {"server log": 2, "blank": 1}
    assert [rejected.reason for rejected in parsed.rejected] == ["not an event", "no time"]


def test_lines_within_what_a_container_runtime_writes_and_lines_as_json():
    (row,), _ = logged(
        "type=LOGIN, realmId=x, userId=u, ipAddress=192.0.2.1, username=a",
        "2026-03-01T08:12:03.1+01:00 stdout F 2026-03-01 08:12:03,120 DEBUG [org.keycloak.events] (t) ",
    )
    assert names(row) == ("a", "", "192.0.2.1")
    entry = {
        "timestamp": "2026-03-01T07:12:03.12Z",
        "loggerName": "org.keycloak.events",
        "level": "DEBUG",
        "message": 'type="LOGIN", realmId="x", userId="u", ipAddress="192.0.2.1", username="a"',
    }
    block = json.dumps(entry).encode() + b"\n" + json.dumps({**entry, "loggerName": "io.quarkus"}).encode() + b"\n"
    assert AS_LINES.sniff(block, PARIS) == 1.0
    (row,), parsed = parse(AS_LINES, block)
    assert (names(row), row["zone"]) == (("a", "", "192.0.2.1"), 0)
    assert parsed.ignored == {"server log": 1}


def test_the_autumn_hour():
    line = "2025-10-26 02:{:02d}:00,000 DEBUG [org.keycloak.events] (t) type=LOGIN, realmId=x, userId=u, username=a\n"
    rows, _ = parse(AS_LINES, "".join(line.format(minute) for minute in (10, 50, 5)).encode())
    assert [row["zone"] for row in rows] == [7200, 7200, 3600]


@pytest.mark.parametrize(("name", "count"), [("keycloak-logs", 7), ("keycloak-bf", 10), ("keycloak-slow-bf", 12)])
def test_real_logs(shared_data, name, count):
    block = (shared_data / "access_logs/crowdsec_hub_tests" / name / "keycloak-logs.log").read_bytes()
    assert AS_LINES.sniff(block, PARIS) == 1.0
    assert AS_JSON.sniff(block, PARIS) == 0.0
    rows, parsed = parse(AS_LINES, block)
    assert (len(rows), parsed.ignored, parsed.rejected) == (count, {}, [])
    assert {(row["action"], row["outcome"]) for row in rows} == {(Action.LOGIN, Outcome.REFUSED)}
    assert all(row["account"] and row["address"] and row["session"] for row in rows)


KEYS = st.sampled_from(
    ["time", "type", "realmId", "userId", "sessionId", "ipAddress", "error", "details", "operationType", "resourcePath"]
)
ANY = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.text(max_size=5),
    st.lists(st.none(), max_size=1),
    st.dictionaries(st.text(max_size=2), st.integers(), max_size=1),
)


@given(
    st.lists(st.dictionaries(KEYS, ANY, max_size=5).map(lambda event: {**LOGIN, **event}), max_size=4),
    st.sampled_from([None, 2]),
)
def test_any_value_in_any_key(events, indent):
    parse(AS_JSON, "\n".join(json.dumps(event, indent=indent) for event in events).encode())


@given(st.lists(st.text(alphabet="\"'\\|=, abtype{}[]:1", max_size=60), max_size=4))
def test_any_message(messages):
    head = "2026-03-01 08:12:03,120 WARN  [org.keycloak.events] (t) type="
    parse(AS_LINES, "".join(f"{head}{message}\n" for message in messages).encode())
    parse(AS_JSON, "".join(f"{message}\n" for message in messages).encode())
