"""Decisions become orders by degrees: capped, lapsing, never above what a person must say."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conftest import REPOSITORY
from maillon.decide.cap import is_emergency, over_cap
from maillon.decide.in_force import InForce
from maillon.decide.ladder import Ladder
from maillon.decide.orders import by_hand, lapses, respond
from maillon.decide.response_policy import SETTINGS, reference, response_policy
from maillon.facts.decision import ACTIONS
from maillon.facts.directory import Directory, Group
from maillon.facts.hand import HandOrder
from maillon.facts.response import ResponsePolicy
from responses import DAY, HOUR, ON, T, both, contained, decision, verdict, ward

NOBODY = Directory()


def hand(action="contain", who="alice", at=T, id="h", account=7, **more):  # noqa: A002
    return HandOrder(id, at, f"agent{account}", account, action, who, "why", **more)


def actions(orders):
    return [one.action for one in orders]


def closed(in_force, at):
    return {one.account_hash for one in in_force.everywhere(at) if one.action == "end_sessions"}


@pytest.mark.parametrize(
    ("action", "ordered"),
    [
        ("observe", ["observe"]),
        ("step_up", ["step_up"]),
        ("pace", ["pace", "step_up"]),
        ("contain", ["end_sessions", "step_up"]),
    ],
)
def test_the_ladder_adds_up(action, ordered):
    assert actions(respond([decision(action)], InForce(ON), NOBODY)) == ordered


@pytest.mark.parametrize(
    ("closed_rungs", "ordered"),
    [(("contain",), "pace"), (("contain", "pace"), "step_up"), (("contain", "pace", "step_up"), "observe")],
)
def test_a_rung_that_the_operator_closed_becomes_the_one_below(closed_rungs, ordered):
    policy = replace(ON, **dict.fromkeys(closed_rungs, False))
    assert actions(respond([decision()], InForce(policy), NOBODY))[0] == ordered


def test_scoring_never_suspends_and_everything_lapses():
    for action in ("observe", "step_up", "pace", "contain"):
        for calibration in ("own", "borrowed"):
            for one in respond([decision(action, calibration=calibration)], InForce(ON), NOBODY):
                assert one.action != "suspend"
                assert T < one.until <= T + 7 * DAY


def test_borrowed_calibration_contains_for_a_shorter_time():
    assert contained(calibration="own").standing(7, T)[0].until == T + 72 * HOUR
    assert contained(calibration="borrowed").standing(7, T)[0].until == T + 12 * HOUR


@pytest.mark.parametrize("calibration", ["own", "borrowed"])
@pytest.mark.parametrize("action", ["step_up", "pace", "contain"])
def test_when_an_order_lapses_the_ladder_may_speak_again(action, calibration):
    one = decision(action, calibration=calibration)
    first = respond([one], InForce(ON), NOBODY)[0]
    assert lapses(one, ON) == first.until
    ladder = Ladder()
    rung = ACTIONS.index(action)
    ladder.take(7, rung, T)
    ladder.let_go(7, lapses(one, ON))
    assert not ladder.take(7, rung, first.until - 1)
    assert ladder.take(7, rung, first.until)


def test_orders_are_the_same_when_the_same_is_decided_again():
    assert respond([decision()], InForce(ON), NOBODY) == respond([decision()], InForce(ON), NOBODY)
    in_force = InForce(ON)
    first = respond([decision()], in_force, NOBODY)
    again = respond([decision()], in_force, NOBODY)
    assert [one.id for one in first] == [one.id for one in again]
    assert len(in_force.orders()) == len(first)


def test_a_verdict_holds_orders_back():
    in_force = contained()
    in_force.take(verdict(decisions=("7-contain-20000",), at=T + 1))
    assert respond([decision(at=T + HOUR)], in_force, NOBODY) == []
    assert respond([decision(at=T + HOUR, kind="burst")], in_force, NOBODY)
    assert respond([decision(at=T + HOUR, network=99)], in_force, NOBODY)
    assert respond([decision(at=T + 31 * DAY)], in_force, NOBODY)


def test_orders_of_one_account_keep_its_incident():
    in_force = InForce(ON)
    respond([decision("step_up"), decision("contain", at=T + HOUR)], in_force, NOBODY)
    assert len({one.incident for one in in_force.orders()}) == 1
    respond([decision("contain", at=T + 60 * DAY)], in_force, NOBODY)
    assert len({one.incident for one in in_force.orders()}) == 2


@given(
    st.lists(st.tuples(st.integers(0, 39), st.integers(0, 3 * 60)), max_size=60),
    st.integers(0, 6),
    st.integers(0, 12),
)
def test_the_cap_is_never_exceeded(wanted, group, whole):
    people = both(ward(20, role="nurse", first=0), ward(10, role="physician", first=20))  # 30 to 39: nobody knows them
    in_force = InForce(replace(ON, cap_group=group, cap_whole=whole))
    respond([decision(account=n, at=T + minute * 60_000_000) for n, minute in wanted], in_force, people)
    blocks = [one for one in in_force.orders() if one.action == "end_sessions"]
    for last in blocks:
        hour = {one.account_hash: one for one in blocks if last.at - HOUR < one.at <= last.at}
        assert len(hour) <= whole
        assert len([n for n in hour if n < 20]) <= group
        assert len([n for n in hour if 20 <= n < 30]) <= group
    for one in in_force.orders():
        assert not one.alarm or one.action == "pace"
    assert {one.account_hash for one in in_force.orders()} == {n for n, _ in wanted}  # nobody is forgotten


def test_beyond_the_cap_it_is_pacing_and_a_loud_alarm():
    in_force = InForce(replace(ON, cap_whole=1, cap_group=1))
    respond([decision(account=1), decision(account=2, at=T + 1)], in_force, NOBODY)
    second = in_force.orders(2)
    assert {one.action for one in second} == {"pace", "step_up"}
    alarm = next(one for one in second if one.alarm)
    assert alarm.reasons[-1].code == alarm.alarm == "cap_whole"
    respond([decision(account=3, at=T + HOUR)], in_force, NOBODY)
    assert 3 in closed(in_force, T + HOUR)


@given(
    st.integers(0, 12),
    st.lists(st.tuples(st.integers(0, 11), st.booleans()), max_size=40),
    st.sampled_from([0.5, 0.3, 0]),
)
def test_an_emergency_department_is_never_stopped_as_a_whole(size, wanted, share):
    nurses = ward(size, role="infirmière des Urgences", first=0)
    in_force = InForce(replace(ON, cap_group=100, cap_whole=100, emergency_share=share))
    for at, (account, person) in enumerate(wanted):
        number = account % size if size else account + 50
        if person:
            by_hand(hand("suspend", at=T + at, id=f"h{at}", account=number, second="bob"), in_force, nurses)
        else:
            respond([decision(account=number, at=T + at)], in_force, nurses)
        assert len(closed(in_force, T + at) & set(nurses.people)) <= size * share


def test_a_department_is_all_its_emergency_roles_of_one_place():
    people = both(ward(2, role="urgences: infirmier", first=0), ward(2, role="urgences: médecin", first=2))
    in_force = InForce(ON)
    respond([decision(account=n, at=T + n) for n in range(4)], in_force, people)
    assert closed(in_force, T + 4) == {0, 1}
    assert over_cap(2, T + 5, in_force, people, {}) == "emergency"
    assert over_cap(2, T + 80 * HOUR, in_force, people, {}) == ""


def test_emergency_is_told_by_words_in_any_case():
    assert is_emergency(Group("SAMU-59", ""), ON)
    assert is_emergency(Group("CH", "IDE URGENCES"), ON)
    assert not is_emergency(Group("CH", "secretary"), ON)
    assert not is_emergency(Group(), ON)


def test_learnt_groups_serve_where_no_directory_does():
    in_force = InForce(replace(ON, cap_group=1))
    learnt = {1: Group("A", "x"), 2: Group("A", "x"), 3: Group("B", "x")}
    respond([decision(account=n, at=T + n) for n in (1, 2, 3)], in_force, NOBODY, learnt)
    assert closed(in_force, T + 3) == {1, 3}


def test_a_suspension_takes_two_people_and_names_the_passage_that_remains():
    in_force = InForce(replace(ON, remains_fr="Appelez le 1234", remains_en="Call 1234"))
    assert actions(by_hand(hand("suspend"), in_force, NOBODY)) == ["end_sessions"]
    assert actions(by_hand(hand("suspend", "Alice ", T + 1, "i"), in_force, NOBODY)) == ["end_sessions"]
    orders = by_hand(hand("suspend", "bob", T + 2, "j"), in_force, NOBODY)
    assert actions(orders) == ["end_sessions", "suspend"]
    answer = in_force.answer(7, 1, 1, T + 3, known=True)
    assert (answer.verdict, answer.code, answer.remains.en) == ("contain", "suspended", "Call 1234")
    assert not answer.may_break_glass
    by_hand(hand("release", at=T + 4, id="k"), in_force, NOBODY)
    assert in_force.answer(7, 1, 1, T + 5, known=True).verdict == "allow"
    assert actions(by_hand(hand("suspend", "carol", T + 6, "l"), in_force, NOBODY)) == ["end_sessions"]


def test_one_person_suspends_where_the_policy_says_so_and_asks_do_not_add_up_over_days():
    alone = InForce(replace(ON, suspend_persons=1))
    assert actions(by_hand(hand("suspend"), alone, NOBODY)) == ["end_sessions", "suspend"]
    assert alone.standing(7, T)[-1].remains.fr
    slow = InForce(ON)
    by_hand(hand("suspend"), slow, NOBODY)
    assert actions(by_hand(hand("suspend", "bob", T + 2 * DAY, "i"), slow, NOBODY)) == ["end_sessions"]


def test_the_policy_is_read_with_all_its_mistakes():
    policy, mistakes = response_policy(
        {
            "enforce": "yes",
            "pace_secnds": 3,
            "cap_group": -1,
            "cap_whole": True,
            "emergency": ["a", 3],
            "emergency_share": "half",
            "break_glass_patients": 5.5,
            "remains_fr": 3,
            "contain_hours": 6,
            "borrowed_hours": 12,
            "verdict_days": 10,
        }
    )
    assert len(mistakes) == 9
    assert any("pace_seconds" in one for one in mistakes)
    assert policy == ResponsePolicy(contain_hours=6, verdict_days=10)


def test_what_is_right_is_taken_and_silence_is_a_dry_run():
    assert response_policy({}) == (ResponsePolicy(), [])
    assert not ResponsePolicy().enforce
    given_ = {"enforce": True, "emergency": ["crise"], "emergency_share": 0, "step_up_acr": []}
    policy, mistakes = response_policy(given_)
    assert (mistakes, policy.emergency, policy.step_up_acr, policy.enforce) == ([], ("crise",), (), True)


VALUES = st.one_of(st.none(), st.text(), st.integers(), st.floats(), st.lists(st.integers()), st.booleans())


@given(st.dictionaries(st.sampled_from([one.name for one in SETTINGS]), VALUES))
def test_no_table_breaks_the_reader(table):
    response_policy(table)


def test_every_setting_is_documented():
    assert [one.name for one in SETTINGS] == list(ResponsePolicy.__dataclass_fields__)
    assert reference() in (REPOSITORY / "docs" / "response.md").read_text()
