"""Shared Signals: events as the standards' own examples have them, streams, polling, pushing, keys that change."""

from __future__ import annotations

import asyncio
import base64
import json
import time
from dataclasses import dataclass, replace

import msgspec
import pytest
import urllib3
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, utils
from cryptography.hazmat.primitives.hashes import SHA256
from hypothesis import HealthCheck, given
from hypothesis import settings as budget
from hypothesis import strategies as st

from counterparts import SECRET, serving
from counterparts.listeners import Receiver
from maillon.edges import http
from maillon.edges.http import Request, Response
from maillon.edges.responders import shared_signals
from maillon.edges.responders.configured import configured
from maillon.edges.responders.signal_endpoints import handle as handle_request
from maillon.edges.responders.signal_endpoints import is_for_signals
from maillon.edges.responders.signal_settings import Settings
from maillon.exchange import security_event as event
from maillon.exchange.stream import POLL, PUSH
from maillon.web.front import Front
from maillon.web.signals import signals
from servers import free_port
from test_responders import HOUR, NOW, order

DAY = 24 * HOUR
MEMBERS = [
    *("stream_id", "delivery", "method", "endpoint_url", "events_requested", "ack", "setErrs", "maxEvents"),
    *("status", "reason", "state", "description", "authorization_header"),
]
ISSUER = "https://maillon.example.org"
PORTAL, OTHER = "https://portal.example.org", "https://other.example.org"


def make(folder, **more):
    """Return the settings of a transmitter with two receivers."""
    receivers = []
    for name, audience in (("portal", PORTAL), ("other", OTHER)):
        path = folder / name
        path.write_text(f"{SECRET}-{name}")
        path.chmod(0o600)
        receivers.append({"audience": audience, "token": f"file:{path}", "hosts": ["127.0.0.1", "portal.example.org"]})
    table = {"issuer": ISSUER, "folder": str(folder / "signals"), "receivers": receivers, "algorithm": "ES256"}
    return msgspec.convert(table | more, Settings)


@pytest.fixture(name="here")
def _here(tmp_path):
    return make(tmp_path)


@dataclass
class Answer:
    """A reply with its body decoded."""

    status: int
    value: object
    body: bytes


def handle(method, target, here, now, headers=None, body=b""):
    assert is_for_signals(target, here), target
    reply = handle_request(Request(method, target, headers or {}, body, "127.0.0.1", certified=False), here, now)
    assert isinstance(reply, Response)
    return Answer(reply.status, json.loads(reply.body) if reply.body else None, reply.body)


def call(here, method, place, value=None, who="portal", now=NOW, query=""):
    body = b"" if value is None else json.dumps(value).encode()
    headers = {"authorization": f"Bearer {SECRET}-{who}"}
    return handle(method, f"/ssf{place}{query}", here, now, headers, body)


def poll(here, now=NOW, who="portal", **asked):
    answer = call(here, "POST", "/poll", asked, who=who, now=now)
    assert answer.status == 200, answer
    return answer.value["sets"], answer.value["moreAvailable"]


def number(text):
    return int.from_bytes(base64.urlsafe_b64decode(text + "=="), "big")


def opened(token, jwks):
    """Check a token's signature without the library that made it; return header and claims."""
    head, body, tail = token.split(".")
    header = json.loads(base64.urlsafe_b64decode(head + "=="))
    (key,) = [one for one in jwks["keys"] if one["kid"] == header["kid"]]
    assert not {"d", "p", "q"} & set(key), "public parts only"
    signed, signature = f"{head}.{body}".encode(), base64.urlsafe_b64decode(tail + "==")
    if key["kty"] == "RSA":
        public = rsa.RSAPublicNumbers(number(key["e"]), number(key["n"])).public_key()
        public.verify(signature, signed, padding.PKCS1v15(), SHA256())
    else:
        public = ec.EllipticCurvePublicNumbers(number(key["x"]), number(key["y"]), ec.SECP256R1()).public_key()
        halves = (int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big"))
        public.verify(utils.encode_dss_signature(*halves), signed, ec.ECDSA(SHA256()))
    return header, json.loads(base64.urlsafe_b64decode(body + "=="))


def jwks(here, now=NOW):
    return handle("GET", "/ssf/jwks.json", here, now).value


# Events


def built():
    """Return one event of every type that Maillon can say, as claims."""
    found = [one for action in ("end_sessions", "suspend") for one in event.of_order(order(action))]
    found += event.of_release(order("release"), [one.kind for one in found])
    found.append(event.assurance_level_change(NOW, "renforcee", "simple", "increase"))
    found.append(event.credential_change(NOW, "app", "delete"))
    found.append(event.credential_compromise(NOW, "password", order("suspend").reasons[0]))
    who = event.subject("iss_sub", "m.durand", ISSUER)
    return {one.kind: event.claims(one, who, issuer=ISSUER, audience=PORTAL, cause="c1", at=NOW) for one in found}


def test_every_type_is_built_and_no_other():
    assert set(built()) == set(event.EVENTS)


def test_claims_have_the_members_of_the_standards_own_examples(shared_data):
    lines = (shared_data / "caep" / "sharedsignals_examples.jsonl").read_text().splitlines()
    examples = [one["json"] for one in map(json.loads, lines) if one["parses"] and "events" in one["json"]]
    known = {}
    for one in examples:
        ((kind, members),) = one["events"].items()
        known.setdefault(kind, set()).update(members)
    compared = 0
    for kind, claims in built().items():
        assert set(claims) == {"iss", "jti", "iat", "aud", "txn", "sub_id", "events"}
        assert set(claims) <= set().union(*examples)
        ((own, members),) = claims["events"].items()
        assert own == kind
        if kind in known:
            extra = {"event_timestamp", "initiating_entity", "reason_admin", "reason_user"}
            assert set(members) <= known[kind] | extra, kind
            compared += 1
    assert compared >= 5


def test_required_members_are_there():
    claims = built()
    risk = claims[event.CAEP + "risk-level-change"]["events"][event.CAEP + "risk-level-change"]
    assert (risk["principal"], risk["current_level"]) == ("USER", "LOW")
    assert claims[event.RISC + "account-disabled"]["events"][event.RISC + "account-disabled"] == {"reason": "hijacking"}
    compromise = claims[event.RISC + "credential-compromise"]["events"][event.RISC + "credential-compromise"]
    assert compromise["credential_type"] == "password"
    assert all(one["sub_id"] == {"format": "iss_sub", "iss": ISSUER, "sub": "m.durand"} for one in claims.values())
    assert all(isinstance(one["iat"], int) for one in claims.values())


def test_a_persons_own_words_stay_at_home():
    by_hand = replace(order("suspend"), who="dr.house", why="the patient Dupont called")
    told = json.dumps([[one.kind, dict(one.members)] for one in event.of_order(by_hand)])
    assert "Dupont" not in told
    assert "dr.house" not in told
    assert '"initiating_entity": "admin"' in told


def test_an_observation_is_told_to_nobody_outside():
    assert event.of_order(order("observe")) == []


# Streams


def test_discovery_names_only_what_answers(here):
    config = handle("GET", "/.well-known/ssf-configuration", here, NOW)
    assert config.status == 200
    assert config.value["spec_version"] == "1_0"
    assert config.value["issuer"] == ISSUER
    for name, value in config.value.items():
        if name.endswith("_endpoint"):
            place = value.removeprefix(ISSUER)
            assert handle("PURGE", place, here, NOW).status == 401, name
            signed_in = {"authorization": f"Bearer {SECRET}-portal"}
            assert handle("PURGE", place, here, NOW, signed_in).status == 405, name
    assert len(jwks(here)["keys"]) == 1


def test_the_issuers_path_comes_after_the_well_known_part(tmp_path):
    here = make(tmp_path, issuer="https://example.org/maillon")
    assert handle("GET", "/.well-known/ssf-configuration/maillon", here, NOW).status == 200
    assert handle("GET", "/.well-known/ssf-configuration", here, NOW).status == 401
    assert handle("GET", "/maillon/ssf/jwks.json", here, NOW).status == 200


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Basic x", "Bearer wrong", f"Bearer {SECRET}"])
def test_who_has_no_token_gets_nothing(here, header):
    for method, place in (("POST", "/ssf/streams"), ("GET", "/ssf/streams"), ("POST", "/ssf/poll"), ("GET", "/ssf/x")):
        answer = handle(method, place, here, NOW, {"authorization": header})
        assert (answer.status, answer.body) == (401, b"")


def test_the_life_of_a_stream(here):
    made = call(here, "POST", "/streams", {"events_requested": [event.CAEP + "session-revoked", "urn:other"]})
    assert made.status == 201
    stream = made.value["stream_id"]
    assert made.value["aud"] == PORTAL
    assert made.value["delivery"]["method"] == POLL
    assert made.value["events_delivered"] == [event.CAEP + "session-revoked"]
    assert call(here, "POST", "/streams", {}).status == 409
    assert call(here, "GET", "/streams").value == [made.value]
    assert call(here, "GET", "/streams", query=f"?stream_id={stream}").value == made.value

    for who in ("other",):
        assert call(here, "GET", "/streams", who=who, query=f"?stream_id={stream}").status == 404
        assert call(here, "DELETE", "/streams", who=who, query=f"?stream_id={stream}").status == 404
        assert call(here, "GET", "/streams", who=who).value == []

    patched = call(here, "PATCH", "/streams", {"stream_id": stream, "description": "ours"}).value
    assert (patched["description"], patched["events_delivered"]) == ("ours", [event.CAEP + "session-revoked"])
    put = call(here, "PUT", "/streams", {"stream_id": stream, "events_requested": []}).value
    assert (put["description"], put["events_delivered"]) == ("", list(event.EVENTS))

    assert call(here, "POST", "/status", {"stream_id": stream, "status": "asleep"}).status == 400
    paused = call(here, "POST", "/status", {"stream_id": stream, "status": "paused", "reason": "night"}).value
    assert paused == call(here, "GET", "/status", query=f"?stream_id={stream}").value
    assert call(here, "DELETE", "/streams", query=f"?stream_id={stream}").status == 204
    assert call(here, "GET", "/streams").value == []


def test_pushes_go_only_where_the_operator_agreed(here):
    def push(url, **more):
        return call(here, "POST", "/streams", {"delivery": {"method": PUSH, "endpoint_url": url, **more}})

    for url in ("http://portal.example.org/e", "https://169.254.169.254/", "https://portal.example.org@evil/", "", 7):
        assert push(url).status == 400, url
    assert push("https://portal.example.org/e", authorization_header="a\r\nX: b").status == 400
    made = push("https://portal.example.org/e", authorization_header="Bearer receivers-own")
    assert made.status == 201
    assert "receivers-own" not in json.dumps(made.value), "what it gave as a secret is not read back"
    kept = call(here, "PATCH", "/streams", {"description": "x"}).value
    assert kept["delivery"] == {"method": PUSH, "endpoint_url": "https://portal.example.org/e"}


def test_polled_until_acknowledged(here):
    call(here, "POST", "/streams", {})
    receipt = shared_signals.respond(order("suspend"), here, NOW)
    assert (receipt.outcome, receipt.detail) == ("done", "3 event(s) to 1 stream(s)")
    sets, more = poll(here, maxEvents=2)
    assert (len(sets), more) == (2, True)
    again, _ = poll(here)
    assert len(again) == 3
    assert set(sets) < set(again)
    kinds = {next(iter(opened(one, jwks(here))[1]["events"])) for one in again.values()}
    assert kinds == {
        event.RISC + "account-disabled",
        event.CAEP + "session-revoked",
        event.CAEP + "risk-level-change",
    }
    first, *others = again
    assert poll(here, ack=[first], maxEvents=0) == ({}, True)
    bad = {others[0]: {"err": "invalid_key", "description": "?"}}
    rest, more = poll(here, setErrs=bad)
    assert (list(rest), more) == (others[1:], False)
    shared_signals.respond(order("suspend"), here, NOW)
    assert len(poll(here, ack=others[1:])[0]) == 0, "an order that is repeated is not told twice"
    assert "1 refused" in shared_signals.check(here)[0]


def test_who_polls_cannot_acknowledge_for_others(here):
    call(here, "POST", "/streams", {})
    call(here, "POST", "/streams", {}, who="other")
    shared_signals.respond(order("end_sessions"), here, NOW)
    (mine, _), (theirs, _) = poll(here), poll(here, who="other")
    assert set(mine).isdisjoint(theirs)
    poll(here, who="other", ack=list(mine))
    assert poll(here)[0] == mine


def test_a_release_tells_that_it_is_over(here):
    call(here, "POST", "/streams", {})
    receipt = shared_signals.respond(order("suspend"), here, NOW)
    poll(here, ack=list(poll(here)[0]))
    assert shared_signals.undo(order("release", "order-2"), receipt, here, NOW + HOUR).outcome == "done"
    told = [opened(one, jwks(here))[1] for one in poll(here)[0].values()]
    kinds = {kind: members for one in told for kind, members in one["events"].items()}
    assert set(kinds) == {event.RISC + "account-enabled", event.CAEP + "risk-level-change"}
    assert kinds[event.CAEP + "risk-level-change"]["current_level"] == "LOW"


def test_verification(here):
    stream = call(here, "POST", "/streams", {}).value["stream_id"]
    assert call(here, "POST", "/verify", {"stream_id": stream, "state": "abc"}).status == 204
    assert call(here, "POST", "/verify", {"stream_id": stream}, now=NOW + 1).status == 429
    (token,) = poll(here)[0].values()
    _, claims = opened(token, jwks(here))
    assert claims["sub_id"] == {"format": "opaque", "id": stream}
    assert claims["events"] == {event.VERIFICATION: {"state": "abc"}}


def test_a_paused_stream_keeps_and_a_disabled_one_drops(here):
    stream = call(here, "POST", "/streams", {}).value["stream_id"]
    call(here, "POST", "/status", {"stream_id": stream, "status": "paused"})
    shared_signals.respond(order("end_sessions"), here, NOW)
    assert poll(here)[0] == {}
    call(here, "POST", "/status", {"stream_id": stream, "status": "enabled"})
    assert len(poll(here)[0]) == 2
    call(here, "POST", "/status", {"stream_id": stream, "status": "disabled"})
    shared_signals.respond(order("suspend", "order-8"), here, NOW)
    call(here, "POST", "/status", {"stream_id": stream, "status": "enabled"})
    assert len(poll(here)[0]) == 2


@budget(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    method=st.sampled_from(["GET", "POST", "PUT", "PATCH", "DELETE"]),
    place=st.sampled_from(["/streams", "/status", "/verify", "/poll", "/jwks.json", "/", "/%00", "/streams/../x"]),
    body=st.one_of(
        st.binary(max_size=50),
        st.recursive(
            st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=9)),
            lambda inner: st.one_of(
                st.lists(inner, max_size=3),
                st.dictionaries(
                    st.sampled_from(MEMBERS),
                    inner,
                    max_size=5,
                ),
            ),
            max_leaves=8,
        ).map(lambda value: json.dumps(value).encode()),
    ),
)
def test_whatever_a_receiver_sends_it_gets_an_answer(here, method, place, body):
    headers = {"authorization": f"Bearer {SECRET}-portal"}
    answer = handle(method, f"/ssf{place}", here, NOW, headers, body)
    assert 200 <= answer.status < 500
    assert isinstance(answer.body, bytes)


# Pushing


@pytest.fixture(name="portal")
def _portal(tmp_path):
    with serving(Receiver(tmp_path)) as one:
        yield one


def test_what_a_receiver_missed_comes_later_in_order(portal):
    here = msgspec.convert(portal.settings(), Settings)
    portal.faults.status = 503
    first = shared_signals.respond(order("end_sessions"), here, NOW)
    assert first.outcome == "timeout"
    second = shared_signals.respond(order("suspend", "order-2"), here, NOW + 1)
    assert second.outcome == "timeout"
    portal.faults.mend()
    assert shared_signals.deliver(here, NOW + 2) == []
    keys = shared_signals.keys(here, NOW)
    causes = [opened(one, keys)[1]["txn"] for one in portal.tokens]
    assert causes == ["order-1"] * 2 + ["order-2"] * 3


def test_what_a_receiver_refuses_is_set_aside_and_does_not_block(portal):
    here = msgspec.convert(portal.settings(), Settings)
    portal.faults.status = 400
    assert shared_signals.respond(order("end_sessions"), here, NOW).outcome == "refused"
    portal.faults.mend()
    assert shared_signals.respond(order("suspend", "order-2"), here, NOW + 1).outcome == "done"
    assert len(portal.tokens) == 3
    assert "2 refused" in shared_signals.check(here)[0]


def test_events_do_not_wait_for_ever(portal):
    here = msgspec.convert(portal.settings(), Settings)
    portal.faults.status = 503
    shared_signals.respond(order("end_sessions"), here, NOW)
    portal.faults.mend()
    shared_signals.deliver(here, NOW + 15 * DAY)
    assert portal.tokens == []


# Keys


@pytest.mark.parametrize("algorithm", ["RS256", "ES256"])
def test_keys_change_and_tokens_under_way_can_still_be_checked(tmp_path, algorithm):
    here = make(tmp_path, algorithm=algorithm, key_days=30, overlap_days=10, keep_days=90)
    call(here, "POST", "/streams", {})
    moments = (NOW, NOW + 31 * DAY)
    for n, now in enumerate(moments):
        shared_signals.respond(replace(order("step_up", f"order-{n}"), at=now), here, now)
    old_keys, new_keys = jwks(here, NOW), jwks(here, moments[1])
    tokens = list(poll(here, now=moments[1])[0].values())
    headers = [opened(one, new_keys)[0] for one in tokens]
    assert {(one["typ"], one["alg"]) for one in headers} == {("secevent+jwt", algorithm)}
    assert len({one["kid"] for one in headers}) == 2
    assert len(new_keys["keys"]) == 2
    late = jwks(here, moments[1] + 11 * DAY)["keys"]
    assert [one["kid"] for one in late] == [headers[-1]["kid"]]
    assert old_keys["keys"][0]["kid"] == headers[0]["kid"]


def test_keys_and_streams_are_for_their_owner_only(here, tmp_path):
    call(here, "POST", "/streams", {})
    shared_signals.respond(order("end_sessions"), here, NOW)
    files = [one for one in (tmp_path / "signals").rglob("*") if one.is_file()]
    assert len(files) >= 2
    assert {one.stat().st_mode & 0o077 for one in files} == {0}


# Behind a listener


def test_the_guards_listener_answers_receivers_and_pushes_a_verification(portal):
    """Over a socket: a stream is made, a verification asked for; its event is pushed after the answer."""
    pytest.importorskip("httptools")
    table = portal.settings()
    receiver = {name: table["receivers"][0][name] for name in ("audience", "token")} | {"hosts": ["127.0.0.1"]}
    to = configured({"shared_signals": table | {"receivers": [receiver]}}, "maillon.toml")
    port = free_port()
    address = f"http://127.0.0.1:{port}"

    def ask(method, place, value):
        headers = {"Authorization": f"Bearer {SECRET}"}
        return urllib3.PoolManager().request(method, address + place, json=value, headers=headers, timeout=10)

    def receive():
        push = {"method": PUSH, "endpoint_url": f"{portal.base}/events", "authorization_header": "Bearer " + SECRET}
        made = ask("POST", "/ssf/streams", {"delivery": push})
        assert made.status == 201, made.data
        verified = ask("POST", "/ssf/verify", {"stream_id": made.json()["stream_id"], "state": "s"})
        assert (verified.status, verified.data) == (204, b"")
        found = urllib3.PoolManager().request("GET", address + "/ssf/jwks.json", timeout=10)
        assert ask("GET", "/elsewhere", None).status == 404
        for _ in range(100):
            if portal.tokens:
                return found.json()
            time.sleep(0.05)
        raise AssertionError("nothing was pushed")

    async def listen():
        front = Front(None, None, None, lambda: True, signals(to, lambda: NOW))
        server = await http.listen(f"127.0.0.1:{port}", front.answer, raised.append)
        async with server:
            return await asyncio.to_thread(receive)

    raised = []
    keys = asyncio.run(listen())
    assert raised == []
    (token,) = portal.tokens
    assert opened(token, keys)[1]["events"] == {event.VERIFICATION: {"state": "s"}}


def test_no_transmitter_no_endpoints():
    assert signals(configured({}, ""), lambda: NOW) is None
