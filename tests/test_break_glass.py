"""A carer passes at once, for a bounded time and a few patients; what goes beyond is evidence."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maillon.decide.break_glass import REFUSALS, abuse, abused, open_glass, to_review
from maillon.decide.in_force import InForce, opened_by
from maillon.decide.orders import respond
from maillon.facts.break_glass import REASONS, BreakGlass, Review
from maillon.facts.directory import Directory
from maillon.facts.event import Action
from maillon.render.audit_event import audit_event
from responses import DAY, HOUR, ON, T, contained, order

MINUTE = 60_000_000
AT = T + HOUR


def opened(in_force, at=AT, **more):
    return open_glass("agent7", 7, "emergency", at, in_force, **more)


def request(in_force, patient, action=Action.READ, at=AT + MINUTE, **more):
    answer = in_force.answer(7, patient, action, at, known=False, **more)
    if left := opened_by(answer, 7, patient, action, at):
        in_force.take(left)
    return answer


@pytest.mark.parametrize("action", ["step_up", "end_sessions"])
def test_it_opens_at_once_at_every_rung_up_to_ended_sessions(action):
    in_force = InForce(ON)
    in_force.take(order(action))
    before = in_force.answer(7, 1, Action.READ, AT, known=False)
    assert before.verdict != "allow"
    assert before.may_break_glass
    assert isinstance(opened(in_force), BreakGlass)
    assert request(in_force, 1, at=AT).code == "break_glass"


def test_it_does_not_open_a_suspended_account_nor_one_that_needs_none():
    in_force = InForce(ON)
    assert opened(in_force) == "not_needed"
    in_force.take(order("pace"))
    assert opened(in_force) == "not_needed"
    in_force.take(order("suspend", id="s"))
    assert opened(in_force) == "suspended"
    assert open_glass("agent7", 7, "because", AT, in_force) == "reason"


@given(st.lists(st.tuples(st.integers(0, 9), st.sampled_from(list(Action)), st.integers(0, 3600)), max_size=60))
def test_its_bounds_hold_whatever_is_asked(requests):
    in_force = contained()
    glass = opened(in_force)
    through, searched = set(), set()
    for patient, action, second in requests:
        at = AT + second * 1_000_000
        answer = request(in_force, patient, action, at)
        if action in (Action.LOGIN, Action.LOGOUT, Action.BREAK_GLASS):
            assert answer.verdict == "allow"
        elif answer.verdict == "allow":
            assert at < glass.until
            assert action not in (Action.LIST, Action.EXPORT, Action.TAMPER)
            if action == Action.SEARCH:
                searched.add(patient or (patient, at))
            elif action != Action.OTHER:
                through.add(patient or (patient, at))
    assert len(searched) <= 2
    assert len(through) <= 5


def test_a_search_that_names_a_patient_is_no_way_around():
    in_force = contained()
    opened(in_force)
    assert [request(in_force, n, Action.SEARCH).verdict for n in (1, 2, 3)] == ["allow", "allow", "contain"]
    assert [request(in_force, n).verdict for n in range(8, 0, -1)] == ["allow"] * 5 + ["contain"] * 3


def test_it_lapses():
    in_force = contained()
    glass = opened(in_force)
    assert glass.until == AT + 30 * MINUTE
    assert request(in_force, 1, at=glass.until - 1).verdict == "allow"
    assert request(in_force, 1, at=glass.until).verdict == "contain"


def test_once_an_account_and_local_day_without_a_person():
    in_force = contained()
    glass = opened(in_force)
    assert opened(in_force, at=AT + MINUTE) == glass  # asking twice is asking once
    assert opened(in_force, at=AT + HOUR) == "once_a_day"
    more = opened(in_force, at=AT + HOUR, person="Dr Roy", why="second patient")
    assert (more.person, more.why) == ("Dr Roy", "second patient")
    assert request(in_force, 9, at=AT + HOUR).verdict == "allow"
    assert isinstance(opened(in_force, at=T + DAY), BreakGlass)


def test_the_day_is_the_local_one():
    in_force = contained()
    late = T + 22 * HOUR + 30 * MINUTE  # 23:30 in Paris in winter
    assert isinstance(opened(in_force, at=late, zone=3600), BreakGlass)
    assert isinstance(opened(in_force, at=late + HOUR, zone=3600), BreakGlass)


def test_a_thief_beside_the_carer_gains_nothing_from_it():
    in_force = contained()
    opened(in_force, session=3)
    assert request(in_force, 1, session=3).verdict == "allow"
    assert request(in_force, 1, session=4).verdict == "contain"


def test_what_goes_beyond_its_limits_is_evidence():
    in_force = contained()
    glass = opened(in_force)
    for patient in range(1, 10):
        request(in_force, patient)
    assert abused(glass, in_force) == (0, 0)  # four too many may be haste
    assert abuse(glass, in_force) is None
    request(in_force, 10)
    assert abused(glass, in_force) == (5, 0)
    one = abuse(glass, in_force)
    assert one == abuse(glass, in_force)
    assert (one.kind, one.action, one.account_hash) == ("break_glass", "contain", 7)
    assert "5" in one.reasons[0].fr
    assert "5" in one.reasons[0].en
    assert request(in_force, 1).verdict == "allow"  # what is open stays open
    assert respond([one], in_force, Directory())
    assert opened(in_force, at=T + DAY) == "review"
    in_force.take(Review("r", T + DAY, glass.id, 7, "justified", "bob", "seen"))
    assert isinstance(opened(in_force, at=T + DAY + 1), BreakGlass)


def test_an_export_under_it_is_evidence_at_once():
    in_force = contained()
    glass = opened(in_force)
    assert request(in_force, 0, Action.EXPORT).code == "glass_no_lists"
    assert abused(glass, in_force) == (0, 1)


def test_what_somebody_called_abuse_keeps_the_next_one_shut():
    in_force = contained()
    glass = opened(in_force)
    assert to_review(in_force) == [glass]
    in_force.take(Review("r", AT + HOUR, glass.id, 7, "abuse", "bob", "not on duty"))
    assert to_review(in_force) == []
    assert opened(in_force, at=T + DAY) == "review"
    assert isinstance(opened(in_force, at=T + DAY, person="bob"), BreakGlass)


def test_in_a_dry_run_nothing_is_blocked_and_everything_is_counted():
    in_force = contained(policy=replace(ON, enforce=False))
    glass = opened(in_force)
    for patient in range(1, 12):
        assert request(in_force, patient).verdict == "allow"
    assert len(in_force.opened(glass)) == 5
    assert len(in_force.refused(glass)) == 6


def test_it_is_a_fhir_audit_event_without_any_identity():
    in_force = contained()
    glass = opened(in_force)
    request(in_force, 2**63 + 1)
    request(in_force, 2)
    request(in_force, 0, Action.SEARCH)
    event = json.loads(json.dumps(audit_event(glass, in_force.opened(glass), {2: "1-ABC"})))
    assert event["resourceType"] == "AuditEvent"
    assert [one["code"] for one in event["subtype"]] == ["110127"]
    assert event["purposeOfEvent"][0]["coding"][0]["code"] == "ETREAT"
    assert event["agent"][0]["purposeOfUse"][0]["coding"][0]["code"] == "ETREAT"
    assert {one["what"]["identifier"]["value"] for one in event["entity"]} == {"1-ABC", "8000000000000001"}
    assert event["recorded"].endswith("Z")
    # What R4 demands of every AuditEvent: type, recorded, agent with requestor, source with an observer.
    assert {"type", "recorded", "agent", "source"} <= set(event)
    assert all("requestor" in one for one in event["agent"])
    assert event["source"]["observer"]


def test_every_word_stands_in_both_languages():
    for pair in [*REFUSALS.values(), *REASONS.values()]:
        assert len(pair) == 2
        assert all(pair)
