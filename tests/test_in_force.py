"""What is in force is a fold that does not mind order or repetition; it lapses, is lifted, and never looks ahead."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import pairwise

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maillon.decide.in_force import InForce, kind_of, opened_by
from maillon.decide.remembered import REFUSED
from maillon.facts.break_glass import BreakGlass, Opened, Review, SteppedUp
from maillon.facts.event import Action
from maillon.facts.hand import HandOrder
from maillon.facts.order import ORDERS, OUTCOMES, Receipt
from maillon.facts.verdict import Held
from responses import DAY, HOUR, ON, T, contained, order, verdict

SOON = T + HOUR

moments = st.integers(T - 3, T + 6)
accounts = st.sampled_from([7, 2**63 + 8])
facts = st.one_of(
    st.builds(
        order,
        action=st.sampled_from(ORDERS),
        account=accounts,
        at=moments,
        until=st.sampled_from([0, T + 2, T + 5, T + DAY]),
        decision=st.sampled_from(["d", "e"]),
    ).map(lambda one: replace(one, id=f"{one.action}{one.at}{one.account_hash}{one.until}{one.decision}")),
    st.builds(
        verdict,
        word=st.sampled_from(["legitimate", "theft"]),
        account=accounts,
        at=moments,
        who=st.sampled_from(["alice", "bob"]),
        patients=st.sampled_from([0, 500]),
    ).map(lambda one: replace(one, id=f"{one.word}{one.at}{one.who}{one.patients}{one.accounts}")),
    st.builds(SteppedUp, accounts, moments, st.sampled_from(["1", "2"]), st.sampled_from([0, 9])),
    st.builds(
        Opened, accounts, moments, st.sampled_from(["g", "o"]), st.integers(0, 3), st.sampled_from([1, 3, 4]),
        st.booleans(),
    ),
    st.builds(
        Receipt, st.just("o"), accounts, st.sampled_from(["a", "b"]), moments, st.sampled_from(OUTCOMES), st.just(""),
        st.sampled_from(["", "token"]),
    ),
    st.builds(
        lambda account, at, session: BreakGlass(
            f"g{at}{account}{session}", at, "agent", account, "emergency", at + 4, 2, 1, session
        ),
        accounts, moments, st.sampled_from([0, 9]),
    ),
    st.builds(lambda who, at: Review(f"r{at}{who}", at, "g", who, "abuse", "bob", "why"), accounts, moments),
    st.builds(lambda who, at: HandOrder(f"h{at}{who}", at, "a", who, "suspend", "eve", "why"), accounts, moments),
)  # fmt: skip
requests = st.tuples(
    accounts, st.integers(0, 4), st.sampled_from(list(Action)), moments, st.booleans(), st.sampled_from([0, 9, 10])
)


def taken(given_facts, policy=ON):
    in_force = InForce(policy)
    for fact in given_facts:
        in_force.take(fact)
    return in_force


def ask(in_force, account=7, patient=1, action=Action.READ, at=SOON, known=False, **more):
    return in_force.answer(account, patient, action, at, known, **more)


@given(st.lists(facts, max_size=12), st.randoms(use_true_random=False), requests)
def test_neither_order_nor_repetition_matters(given_facts, chance, request):
    shuffled = [*given_facts, *given_facts]
    chance.shuffle(shuffled)
    one, other = taken(given_facts), taken(shuffled)
    assert one.memory() == other.memory()
    *plain, session = request
    assert one.answer(*plain, session=session) == other.answer(*plain, session=session)


@given(st.lists(facts, max_size=12), requests)
def test_its_memory_survives_a_restart(given_facts, request):
    one = taken(given_facts)
    again = InForce(ON, json.loads(json.dumps(one.memory())))
    assert again.memory() == one.memory()
    *plain, session = request
    assert again.answer(*plain, session=session) == one.answer(*plain, session=session)


@given(st.lists(facts, max_size=12), requests)
def test_an_answer_rests_on_nothing_later(given_facts, request):
    *plain, session = request
    # What was let through counts from its admission on, so that limits hold for requests out of order too.
    past = [one for one in given_facts if one.at <= plain[3] or isinstance(one, Opened)]
    assert taken(past).answer(*plain, session=session) == taken(given_facts).answer(*plain, session=session)


@given(st.lists(facts, max_size=12), requests, st.integers(0, 100))
def test_what_is_forgotten_changes_no_later_answer(given_facts, request, days):
    in_force = taken(given_facts)
    account, patient, action, _, known, session = request
    at = T + days * DAY
    before = in_force.answer(account, patient, action, at, known, session=session)
    in_force.forget(at)
    assert in_force.answer(account, patient, action, at, known, session=session) == before


def test_old_facts_are_forgotten():
    in_force = contained()
    in_force.take(verdict())
    in_force.forget(T + 20 * DAY)
    assert in_force.orders()
    in_force.forget(T + 100 * DAY)
    assert not in_force.orders()
    assert not any(in_force.memory().values())


@given(st.lists(facts, max_size=12), requests)
def test_a_dry_run_lets_everything_through_and_tells_the_rest(given_facts, request):
    *plain, session = request
    real = taken(given_facts).answer(*plain, session=session)
    dry = taken(given_facts, replace(ON, enforce=False)).answer(*plain, session=session)
    assert dry.verdict == "allow"
    assert (dry.would or "allow", dry.code) == (real.verdict, real.code)


@given(st.lists(facts, max_size=8))
def test_every_fact_survives_the_ledger(given_facts):
    from dataclasses import asdict

    for fact in given_facts:
        body = msgspec.json.decode(msgspec.json.encode(asdict(fact)))
        assert msgspec.convert(body, type(fact)) == fact
        assert kind_of(fact)


@pytest.mark.parametrize("action", ["step_up", "pace", "end_sessions", "suspend"])
def test_a_release_restores_what_was(action):
    in_force = taken([order(action)])
    assert ask(in_force).verdict != "allow" or ask(in_force).under
    in_force.take(order("release", at=T + 5, until=0, id="r"))
    for what in Action:
        for since in (0, T - 1, T + 9):
            assert ask(in_force, action=what, session_since=since) == ask(InForce(ON), action=what, session_since=since)
    in_force.take(order(action, at=T + 6, id="again"))
    assert in_force.standing(7, SOON)


@pytest.mark.parametrize("action", ["step_up", "pace", "end_sessions", "suspend"])
def test_an_order_lapses_to_the_microsecond(action):
    in_force = taken([order(action, until=T + DAY)])
    assert [one.id for one in in_force.standing(7, T + DAY - 1)] == ["o"]
    assert in_force.standing(7, T + DAY) == []
    assert in_force.standing(7, T - 1) == []
    assert ask(in_force, at=T + DAY).verdict == "allow"


def test_a_step_up_is_satisfied_by_a_newer_stronger_log_in_of_the_same_session():
    in_force = taken([order("step_up")])
    assert ask(in_force, session=1).verdict == "step_up"
    assert ask(in_force, action=Action.LOGIN).verdict == "allow"
    in_force.stepped_up(7, T - 1, "2", 1)  # older than the order
    in_force.stepped_up(7, T + 5, "1", 1)  # too weak
    assert ask(in_force, session=1).verdict == "step_up"
    in_force.stepped_up(7, T + 6, "2", 1)
    assert ask(in_force, session=1).verdict == "allow"
    assert ask(in_force, session=2).verdict == "step_up"  # a thief beside the carer
    in_force.take(order("step_up", at=T + 7, id="newer"))
    assert ask(in_force, session=1).verdict == "step_up"


def test_many_weak_log_ins_do_not_push_out_the_strong_one():
    in_force = taken([order("step_up")])
    in_force.stepped_up(7, T + 6, "2", 1)
    for n in range(100):
        in_force.stepped_up(7, T + 10 + n, "1", 1)
    assert ask(in_force, session=1).verdict == "allow"


def test_pacing_slows_new_patients_and_keeps_the_accounts_own_open():
    in_force = taken([order("pace")])
    first = ask(in_force, patient=1)
    assert (first.verdict, first.under) == ("allow", "o")
    in_force.take(opened_by(first, 7, 1, Action.READ, SOON))
    second = ask(in_force, patient=2, at=SOON + 1)
    assert (second.verdict, second.code, second.retry_at) == ("pace", "slowed", SOON + 300_000_000)
    assert ask(in_force, patient=2, at=SOON + 1, known=True).verdict == "allow"
    assert ask(in_force, patient=1, at=SOON + 1).verdict == "allow"  # opened already
    assert ask(in_force, patient=2, at=second.retry_at).verdict == "allow"
    assert ask(in_force, action=Action.EXPORT, known=True).code == "exports_closed"
    assert ask(in_force, action=Action.OTHER, patient=0).verdict == "allow"
    assert ask(in_force, action=Action.SEARCH, patient=0, at=SOON + 1).verdict == "allow"  # a turn of its own


@settings(max_examples=50)
@given(st.lists(st.tuples(st.integers(-60, 600), st.integers(1, 40)), min_size=1, max_size=60))
def test_pacing_never_lets_through_more_than_its_turns(steps):
    in_force = taken([order("pace", until=0)])
    at, opened = T, []
    for seconds, patient in steps:
        at = max(T, at + seconds * 1_000_000)  # some come out of order
        answer = ask(in_force, patient=patient, at=at)
        if left := opened_by(answer, 7, patient, Action.READ, at):
            in_force.take(left)
        if answer.verdict == "allow" and patient not in [one for _, one in opened]:
            opened.append((at, patient))
    gaps = [late - early for (early, _), (late, _) in pairwise(sorted(opened))]
    assert all(gap >= 300_000_000 for gap in gaps)


def test_contained_sessions_are_dead_even_after_the_block():
    in_force = contained()
    assert ask(in_force).verdict == "contain"
    assert ask(in_force, known=True).verdict == "contain"
    block, step_up = in_force.standing(7, SOON)
    assert (block.action, step_up.action) == ("end_sessions", "step_up")
    after = block.until + 1
    assert ask(in_force, at=after).verdict == "step_up"  # the next log-in must be a stronger one
    in_force.stepped_up(7, after, "2")
    later = after + 2
    assert ask(in_force, at=later, session_since=T - 5).code == "session_ended"
    assert ask(in_force, at=later, session_since=later).verdict == "allow"


def test_a_verdict_lifts_holds_and_expires():
    in_force = taken([order(), order(decision="other", id="p")])
    in_force.take(verdict(at=T + 5))
    assert [one.id for one in in_force.standing(7, SOON)] == ["p"]
    assert [one.id for one in in_force.standing(7, T + 4)] == ["o", "p"]
    evidence = Held(7, "day", 5, 6)
    assert in_force.held(evidence, T + 5)
    assert not in_force.held(evidence, T + 4)
    assert not in_force.held(evidence, T + 5 + 30 * DAY)
    assert not in_force.held(replace(evidence, kind="origin"), SOON)
    assert not in_force.held(replace(evidence, network=1), SOON)
    assert not in_force.held(replace(evidence, account_hash=8), SOON)


def test_above_a_number_of_patients_two_people_must_agree():
    one = verdict(id="v", who="alice", patients=500)
    assert taken([order(), one]).standing(7, SOON)
    assert not taken([order(), one]).agreed(one)
    for same in ("alice", " ALICE  "):
        again = verdict(id="w", who=same, at=T + 9, patients=500)
        assert taken([order(), one, again]).standing(7, SOON)
        assert taken([order(), replace(one, second=same)]).standing(7, SOON)
    other = verdict(id="w", who="bob", at=T + 9, patients=500)
    both = taken([order(), one, other])
    assert not both.standing(7, SOON)
    assert both.agreed(other)
    assert not both.agreed(one)
    assert both.held(Held(7, "day", 5, 6), SOON)
    assert not both.held(Held(7, "day", 5, 6), T + 8)
    assert not taken([order(), replace(one, second="bob")]).standing(7, SOON)


def test_theft_confirms_and_has_the_last_word_of_an_instant():
    in_force = taken([order(until=T + DAY), verdict("theft", at=T + 5)])
    assert in_force.standing(7, T + 50 * DAY)[0].until == 0
    late = taken([order(until=T + DAY), verdict("theft", at=T + 2 * DAY)])
    assert not late.standing(7, T + 3 * DAY)  # what had lapsed does not come back
    tie = taken([order(), verdict("theft", at=T + 5), verdict(at=T + 5, id="w")])
    assert tie.standing(7, SOON)
    assert not tie.held(Held(7, "day", 5, 6), SOON)
    mended = taken([order(), verdict("theft", at=T + 5), verdict(at=T + 6, id="w")])
    assert not mended.standing(7, SOON)


def test_what_responders_still_have_to_do():
    in_force = taken([order()])
    assert [one.id for one in in_force.unanswered("keycloak", SOON)] == ["o"]
    in_force.take(Receipt("o", 7, "keycloak", T + 1, "timeout"))
    assert in_force.unanswered("keycloak", SOON)
    in_force.take(Receipt("o", 7, "keycloak", T + 2, "done", undo="enable"))
    in_force.take(Receipt("o", 7, "keycloak", T + 1, "timeout"))  # an old one that came late
    assert not in_force.unanswered("keycloak", SOON)
    assert in_force.unanswered("scim", SOON)
    assert not in_force.undo(7, "keycloak", SOON)
    in_force.take(order("release", at=T + 5, until=0, id="r"))
    assert [one.id for one in in_force.unanswered("keycloak", SOON)] == ["r"]
    assert [one.undo for one in in_force.undo(7, "keycloak", SOON)] == ["enable"]
    assert not in_force.undo(7, "scim", SOON)


@pytest.mark.parametrize(
    "over", [verdict(at=T + 5), order("release", at=T + 5, until=0, id="r"), order("observe", id="lapse alone")]
)
def test_what_is_over_is_taken_back_whatever_ended_it(over):
    in_force = taken([order(until=SOON + 1), over])
    in_force.take(Receipt("o", 7, "keycloak", T + 2, "done", undo="enable"))
    at = SOON if over.id != "lapse alone" else SOON + 1
    assert [one.undo for one in in_force.undo(None, "keycloak", at)] == ["enable"]
    assert not in_force.undo(None, "keycloak", T + 3)
    in_force.take(Receipt("o", 7, "keycloak", SOON, "done", "taken back"))
    assert not in_force.undo(None, "keycloak", SOON + 2)


def test_a_dry_run_leaves_nothing_to_take_back():
    in_force = taken([order(until=SOON)])
    in_force.take(Receipt("o", 7, "keycloak", T + 2, "dry_run", undo="enable"))
    assert not in_force.undo(7, "keycloak", SOON)


def test_a_flood_of_refused_requests_is_bounded():
    in_force = taken([order("pace")])
    for patient in range(1, 1000):
        in_force.take(Opened(7, T + patient, "o", patient, Action.READ, refused=True))
    assert len(in_force.memory()["opened"]) == REFUSED
