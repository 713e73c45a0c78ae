"""From records to events: meaning, counts, names, and that nothing which must not leave does."""

from __future__ import annotations

import base64
import subprocess
import sys
from urllib.parse import quote

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conftest import REPOSITORY
from maillon.facts.event import EVENT, Action, Field, Flag, Outcome
from maillon.facts.profile import Profile, Route
from maillon.facts.record import UNROUTED
from maillon.read.normalise import TOO_LONG, Normaliser, account_hash
from maillon.read.pseudonym import Keys
from records import NOON, parsed

KEYS = Keys(bytes(range(32)), 1)
PROFILE = Profile(
    "portail",
    domain="region",
    routes=(
        Route("GET", "/dossiers/{patient}", Action.READ, Field.FAMILY_NAME | Field.NIR),
        Route("GET", "/usagers?id={patient}", Action.READ, Field.PHONE),
        Route("GET", "/dossiers", Action.LIST, Field.FAMILY_NAME, listed=20),
        Route("GET", "/pdf/{patient}", Action.READ, Field.INS, exposes_on_redirect=True),
        Route("POST", "/connexion/{patient}", Action.READ, Field.FAMILY_NAME, exposes_on_refusal=True),
        Route("GET", "/dossier", Action.READ, Field.NIR),
        Route("POST", "/orientations/{patient}", Action.CARE),
        Route("GET", "/u/{account}/s/{session}/p/{patient}", Action.READ),
        Route("*", "/assets/{*}", Action.OTHER, ignore="static"),
    ),
)


def normaliser(profile: Profile = PROFILE, service: str = "portail", keys: Keys = KEYS) -> Normaliser:
    return Normaliser(profile, service, keys)


def one(record: dict[str, object], profile: Profile = PROFILE):
    """The event of one record, and all that came with it."""
    events = normaliser(profile).events(parsed(record))
    assert len(events.rows) == 1
    return events.rows[0], events


def total(events) -> int:
    return events.parsed + sum(events.ignored.values()) + len(events.rejected)


def test_a_read():
    event, events = one({
        "request_line": "GET /dossiers/42", "account": b"Zoe", "session": b"s1", "address": b"203.0.113.7",
        "agent": b"Mozilla/5.0 (Windows NT 10.0; rv:130.0) Firefox/130.0", "request": b"r1",
    })  # fmt: skip
    assert events.rows.dtype == EVENT
    assert (event["at"], event["zone"]) == (NOON, 3600)
    assert (event["action"], event["outcome"], event["flags"]) == (Action.READ, Outcome.OK, 0)
    assert event["fields"] == Field.FAMILY_NAME | Field.NIR
    assert event["account"] == account_hash(KEYS, "zoe")
    names = {"service", "account", "session", "address", "network", "device", "patient", "route", "request"}
    assert len({int(event[name]) for name in names} - {0}) == len(names)
    assert events.names["service"] == {event["service"]: "portail"}
    assert events.names["route"][int(event["route"])] == "/dossiers/{patient}"
    assert events.names["account"] == {event["account"]: "zoe"}
    assert events.names["network"] == {event["network"]: "203.0.113.0/24"}
    assert events.names["device"] == {event["device"]: "Firefox, Windows"}
    assert events.pseudonyms == {event["patient"]: KEYS.pseudonym("region", b"42")}
    assert (events.parsed, events.unmatched, events.without_account, events.without_patient) == (1, 0, 0, 0)


@pytest.mark.parametrize(
    ("status", "outcome"),
    [(0, "OK"), (200, "OK"), (206, "OK"), (304, "OK"), (302, "REDIRECT"), (401, "REFUSED"), (403, "REFUSED"),
     (407, "REFUSED"), (404, "MISSING"), (410, "MISSING"), (400, "FAILED"), (429, "FAILED"), (503, "FAILED")],
)  # fmt: skip
def test_outcomes(status, outcome):
    event, _ = one({"request_line": "GET /dossiers/42", "status": status})
    assert event["outcome"] == Outcome[outcome]
    assert (event["fields"] != 0) == (outcome == "OK"), "only an answer shows fields"


def test_redirect_that_exposes():
    event, _ = one({"request_line": "GET /pdf/42", "status": 302})
    assert (event["outcome"], event["fields"]) == (Outcome.OK, Field.INS)


def test_a_failed_log_in_that_names_the_person():
    event, _ = one({"request_line": "POST /connexion/42", "status": 401})
    assert (event["outcome"], event["fields"]) == (Outcome.OK, Field.FAMILY_NAME)
    event, _ = one({"request_line": "GET /dossiers/42", "status": 401})
    assert (event["outcome"], event["fields"]) == (Outcome.REFUSED, 0)


def test_lists():
    event, events = one({"request_line": "GET /dossiers?page=2"})
    assert (event["action"], event["listed"], event["flags"]) == (Action.LIST, 20, Flag.LISTED_UNKNOWN | 0)
    assert (event["patient"], events.without_patient) == (0, 0)
    event, _ = one({"request_line": "GET /dossiers", "status": 403})
    assert event["listed"] == 0


def test_what_the_record_knows_wins():
    event, events = one({
        "request_line": "GET /dossiers/42", "action": Action.EXPORT, "outcome": Outcome.FAILED, "fields": Field.AGE,
        "listed": 7, "patient": b"43",
    })  # fmt: skip
    assert (event["action"], event["outcome"]) == (Action.EXPORT, Outcome.FAILED)
    assert (event["fields"], event["listed"]) == (Field.AGE, 7)
    assert list(events.pseudonyms.values()) == [KEYS.pseudonym("region", b"43")]


def test_a_record_without_request_but_with_a_meaning():
    event, events = one({"action": Action.LOGIN, "outcome": Outcome.OK, "account": b"zoe"})
    assert (event["action"], event["route"], events.unmatched) == (Action.LOGIN, 0, 0)


def test_account_sources():
    path = b"/u/Zo%C3%A9/s/abc/p/42"
    by_user, _ = one({"method": 1, "target": path, "account": b"jean"})
    by_path, events = one({"method": 1, "target": path, "account": b"-"})
    assert by_user["account"] == account_hash(KEYS, "jean")
    assert by_path["account"] == account_hash(KEYS, "Zoé".replace("Z", "z"))
    assert list(events.names["account"].values()) == ["zoé"]
    only_path = Profile("p", account=("path",), routes=PROFILE.routes)
    assert one({"method": 1, "target": path, "account": b"jean"}, only_path)[0]["account"] == by_path["account"]


def test_session_stands_in_and_says_so():
    event, events = one({"request_line": "GET /dossiers/42", "account": b"-", "session": b"SECRETCOOKIE"})
    assert event["account"] == event["session"] != 0
    assert event["flags"] == Flag.ACCOUNT_FROM_SESSION
    (name,) = events.names["account"].values()
    assert name.startswith("session ")
    assert len(name) == len("session ") + 8
    assert events.without_account == 1
    from_path, _ = one({"request_line": "GET /u/-/s/SECRETCOOKIE/p/1"})
    assert from_path["session"] == event["session"]
    nobody, events = one({"request_line": "GET /dossiers/42"})
    assert (nobody["account"], events.without_account) == (0, 1)
    no_session = Profile("p", account=("user",), routes=PROFILE.routes)
    assert one({"request_line": "GET /dossiers/42", "session": b"x"}, no_session)[0]["account"] == 0


def test_services_share_accounts_and_patients_only_where_they_should():
    record = {"request_line": "GET /dossiers/42", "account": b"zoe", "session": b"s", "address": b"10.0.0.1"}
    alone = Profile("p", routes=PROFILE.routes)
    here, there, other = (
        normaliser(profile, service).events(parsed(record)).rows[0]
        for profile, service in ((PROFILE, "a"), (PROFILE, "b"), (alone, "c"))
    )
    for name in ("account", "session", "address", "network"):
        assert here[name] == there[name] == other[name]
    assert here["service"] != there["service"]
    assert here["patient"] == there["patient"] != other["patient"]
    rekeyed = normaliser(keys=Keys(bytes(range(1, 33)), 2)).events(parsed(record)).rows[0]
    assert {
        name for name in ("account", "session", "address", "network", "patient") if rekeyed[name] == here[name]
    } == set()


def test_ways_of_writing_one_patient():
    ways = [
        {"request_line": "GET /dossiers/285132B07500193"},
        {"request_line": "HEAD /dossiers/2%2085%2013%202b%20075%20001%2093"},
        {"request_line": "GET /usagers?a=b&id=2+85+13+2B+075+001+93&c"},
        {"request_line": "GET /dossiers/285132B07500193%5E%5E%5E%261.2.250.1.213.1.4.10&ISO"},
        {"request_line": "GET /dossiers/x", "patient": b" 285132B075001 "},
    ]
    events = normaliser().events(parsed(*ways))
    assert len(set(events.rows["patient"].tolist())) == 1
    assert list(events.pseudonyms.values()) == [KEYS.pseudonym("region", b"285132B075001")]


def test_what_is_ignored():
    lines = {
        "static": ["GET /assets/x", "GET /a/App.9f8.JS?v=1", "GET /x.css;v=2", "GET http://h/y.woff2#z"],
        "health": ["GET /health", "HEAD /status", "GET /ping/"],
        "robot": ["GET /robots.txt", "GET /favicon.ico"],
        "preflight": ["OPTIONS /dossiers/42"],
    }
    records = [{"request_line": line} for kind in lines for line in lines[kind]]
    records += [{"status": 400}, {"status": 408}]
    events = normaliser().events(parsed(*records))
    assert events.ignored == {kind: len(lines[kind]) for kind in lines} | {"no request": 2}
    assert (len(events.rows), total(events)) == (0, len(records))


@pytest.mark.parametrize(
    "target",
    ["/healthrecords/42", "/health/patients/42", "/js", "/a.js/42", "/x.jsonp", "/a?f=x.js", "/x.verylongext", "/."],
)
def test_what_is_not_ignored(target):
    event, events = one({"request_line": f"GET {target}"})
    assert (event["action"], event["route"], events.unmatched) == (Action.OTHER, 0, 1)


def test_hosts():
    profile = Profile("p", hosts=("A.example", "::1"), routes=PROFILE.routes)
    lines = [
        {"request_line": "GET /dossiers/1", "host": b"a.EXAMPLE:8443"},
        {"request_line": "GET http://a.example/dossiers/1", "host": b"b.example"},
        {"request_line": "GET /dossiers/1"},
        {"request_line": "GET /dossiers/1", "host": b"b.example"},
        {"request_line": "GET http://b.example/dossiers/1"},
    ]
    events = normaliser(profile).events(parsed(*lines))
    assert (events.parsed, events.ignored) == (3, {"other host": 2})


def test_without_patient():
    _, events = one({"request_line": "GET /dossier"})
    assert events.without_patient == 1


def test_too_long_is_rejected_never_cut():
    long = "x" * 513
    block = parsed(
        {"request_line": f"GET /dossiers/{long}"},
        {"request_line": "GET /dossiers/1", "account": long.encode()},
        {"request_line": f"GET /dossiers/{long[:512]}"},
        {"request_line": f"GET /autre/{long}"},
    )
    events = normaliser().events(block)
    assert [(r.position, r.reason) for r in events.rejected] == [(0, TOO_LONG), (100, TOO_LONG)]
    assert events.rejected[1].shape == "/aaaaaaaa/9"
    assert (events.parsed, total(events)) == (2, 4)


def test_a_record_of_several_rows_is_one_record():
    rows = [{"position": 5, "action": Action.LIST, "patient": b"%d" % n} for n in range(3)]
    broken = [{"position": 9, "action": Action.LIST, "patient": p} for p in (b"1", b"x" * 600, b"2")]
    events = normaliser().events(parsed(*rows, *broken, {"position": 12, "action": Action.LOGIN}))
    assert events.positions.tolist() == [5, 5, 5, 12]
    assert (events.parsed, len(events.rejected)) == (2, 1)
    assert len(events.pseudonyms) == 3


def test_names_are_given_once():
    block = parsed(
        {"request_line": "GET /dossiers/1", "account": b"zoe", "address": b"10.0.0.1", "agent": b"curl/8.1"},
        {"request_line": "GET /dossiers/1", "account": b"ZOE", "address": b"10.0.0.2", "agent": b"curl/9.2"},
    )
    normal = normaliser()
    first, second = normal.events(block), normal.events(block)
    assert {kind: len(first.names[kind]) for kind in ("account", "network", "device")} == {
        "account": 1, "network": 1, "device": 1,
    }  # fmt: skip
    assert len(first.pseudonyms) == 1
    assert set(second.names) == set(first.names)
    assert not any(second.names.values())
    assert not second.pseudonyms
    assert (first.rows == second.rows).all()


def test_accounts_that_are_only_refused_get_no_name():
    normal = normaliser()
    refused = normal.events(parsed({"action": Action.LOGIN, "account": b"devine", "status": 401}))
    assert refused.names["account"] == {}
    assert refused.rows["account"][0] == account_hash(KEYS, "devine")
    let_in = normal.events(parsed({"action": Action.LOGIN, "account": b"devine"}))
    assert list(let_in.names["account"].values()) == ["devine"]


def test_rpps_with_and_without_its_type_is_one_account():
    events = normaliser().events(
        parsed(*({"action": Action.LOGIN, "account": a} for a in (b"899700218896", b"99700218896")))
    )
    assert len(set(events.rows["account"].tolist())) == 1


def test_client_versions_do_not_matter():
    agents = [b"Mozilla/5.0 (Windows NT 10.0) Firefox/%d.0" % n for n in (129, 130)] + [
        b"Mozilla/5.0 (X11) Firefox/130.0"
    ]
    events = normaliser().events(parsed(*({"action": Action.LOGIN, "agent": agent} for agent in agents)))
    same, again, other = events.rows["device"].tolist()
    assert same == again != other


def test_empty_block():
    events = normaliser().events(parsed())
    assert (len(events.rows), len(events.positions), total(events)) == (0, 0, 0)


# Nothing leaves that must not

NIR = b"185137512345607"
SECRETS = (NIR, NIR[:13], b"DUPONTEL", b"19851314", b"SECRETCOOKIE")


def spoilt(secret: bytes) -> list[bytes]:
    """A secret in the ways a log may write it."""
    return [
        secret,
        quote(secret).encode(),
        b"".join(b"%%%02X" % c for c in secret),
        b"".join(b"\\x%02x" % c for c in secret),
        base64.b64encode(secret),
    ]


@pytest.mark.parametrize("place", ["path", "query", "unmatched", "referrer", "agent", "session", "request", "patient",
                                   "address", "long", "account"])  # fmt: skip
def test_planted_secrets_do_not_leave(place):
    for secret in SECRETS:
        for written in spoilt(secret):
            if place == "account" and (secret != NIR or written == base64.b64encode(NIR)):
                continue  # names of accounts stay readable, but for those that are an NIR
            block = parsed(_planted(place, written))
            events = normaliser().events(block)
            assert total(events) == 1
            out = (
                repr((events.names, events.pseudonyms, events.rejected, events.ignored)).encode()
                + events.rows.tobytes()
            )
            for hidden in {secret, written}:
                assert hidden.lower() not in out.lower(), (place, written)


def _planted(place: str, text: bytes) -> dict[str, object]:
    record: dict[str, object] = {"method": 1, "target": b"/dossiers/42", "account": b"zoe", "address": b"10.0.0.1"}
    targets = {
        "path": b"/dossiers/" + text,
        "query": b"/usagers?id=" + text + b"&nom=" + text,
        "unmatched": b"/autre/" + text + b"?nom=" + text,
        "long": b"/dossiers/" + (text + b"/").replace(b"/", b"-") * 60,
    }
    if place in targets:
        return record | {"target": targets[place]}
    return record | {place: text}


# Compiled and plain give the same

TARGETS = st.sampled_from(
    [
        "/dossiers/42",
        "/dossiers/4%32;a=b",
        "/usagers?x&id=7+8",
        "/u/A%C3%A9/s/q/p/9",
        "/dossiers",
        "/pdf/1",
        "/x.png",
        "/zz",
        "",
    ]
)
RECORDS = st.fixed_dictionaries(
    {
        "method": st.sampled_from([0, 1, 2, 6, 7]),
        "target": TARGETS.map(str.encode),
        "status": st.sampled_from([0, 200, 302, 304, 401, 404, 500]),
        "account": st.sampled_from([b"", b"-", b"Zoe", b"899700218896", b"a\\x22b"]),
        "session": st.sampled_from([b"", b"-", b"s1"]),
        "address": st.sampled_from([b"", b"10.1.2.3", b"2001:db8::1", b"::ffff:10.1.2.3", b"unix:"]),
        "agent": st.sampled_from([b"", b"-", b"curl/8.1", b"Mozilla/5.0 Firefox/1"]),
        "patient": st.sampled_from([b"", b"", b"1 85 13 75 123 456 07"]),
        "action": st.sampled_from([UNROUTED, UNROUTED, int(Action.READ)]),
    }
)


@settings(deadline=None, max_examples=60)
@given(st.lists(RECORDS, max_size=12), st.integers(0, 12))
def test_any_split_into_blocks_gives_the_same(records, cut):
    for position, record in enumerate(records):
        record["position"] = position
    whole, parts = normaliser(), normaliser()
    together = whole.events(parsed(*records))
    apart = [parts.events(parsed(*records[:cut])), parts.events(parsed(*records[cut:]))]
    assert np.array_equal(together.rows, np.concatenate([part.rows for part in apart]))
    assert np.array_equal(together.positions, np.concatenate([part.positions for part in apart]))
    for kind in together.names:
        merged = {key: name for part in apart for key, name in part.names[kind].items()}
        assert together.names[kind] == merged
    assert together.pseudonyms == {key: name for part in apart for key, name in part.pseudonyms.items()}
    assert total(together) == len(records) == sum(total(part) for part in apart)


PRINT_EVENTS = """
from records import parsed
from test_normalise import normaliser
records = [
    {"request_line": "GET /dossiers/1%2085%2013%2075%20123%20456%2007", "account": b"Zoe", "address": b"203.0.113.7"},
    {"request_line": "POST http://h.example:80/orientations/7", "session": b"abc", "address": b"2001:db8::1"},
    {"request_line": "GET /usagers?x=1&id=7+8", "status": 404, "agent": b"Mozilla/5.0 Firefox/130"},
    {"request_line": "GET /a.js"}, {"request_line": "GET /zz"}, {"request_line": "GET /dossiers/" + "x" * 600}, {},
]
events = normaliser().events(parsed(*records))
print(events.rows.tolist(), events.positions.tolist(), events.names, events.pseudonyms, events.ignored, events.rejected)
"""


def test_plain_python_gives_the_same():
    outputs = [
        subprocess.run(
            [sys.executable, "-c", PRINT_EVENTS],
            env={"MAILLON_PLAIN": plain, "PYTHONPATH": str(REPOSITORY / "tests"), "HOME": "/nonexistent", "PATH": ""},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for plain in ("0", "1")
    ]
    assert outputs[0] == outputs[1] != ""
