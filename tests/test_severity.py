"""Severity by ENISA's method: its thresholds, its worked cases, factors set by hand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maillon.expose.severity import FACTORS, adjust, level, propose
from maillon.facts.errors import UsageError
from maillon.facts.event import Field
from maillon.facts.severity import LEVELS

NAMES = [str(one.name).lower() for one in Field]


@pytest.mark.parametrize(
    ("score", "expected"),
    [
        (0.25, "low"),
        (1.99, "low"),
        (2.0, "medium"),
        (2.99, "medium"),
        (3.0, "high"),
        (3.99, "high"),
        (4.0, "very_high"),
    ],
)
def test_the_thresholds_belong_to_the_level_above(score, expected):
    assert level(score) == expected


def test_medical_data_taken_by_a_thief_score_five():
    found = propose(["family_name", "birth_date", "medical"], 40)
    assert (found.dpc, found.ei, found.cb, found.score, found.level) == (4, 1, 1, 5, "very_high")


def test_identity_from_a_health_service_is_high_and_with_the_nir_very_high():
    name, nir = propose(["family_name", "birth_date"], 40), propose(["family_name", "birth_date", "nir"], 40)
    assert (name.score, name.level) == (3, "high")
    assert (nir.score, nir.level) == (4, "very_high")
    assert name.high_risk
    assert nir.high_risk


def test_names_seen_by_a_known_colleague_without_malice_score_one():
    found = adjust(
        propose(["family_name"], 3, health=False),
        {"cb_confidentiality": (0.25, "known colleague"), "cb_malicious": (0, "opened by mistake")},
    )
    assert (found.score, found.level, found.high_risk) == (1, "low", False)


def test_children_and_a_credible_false_call_weigh():
    reach = propose(["family_name", "birth_date", "phone"], 3)
    assert reach.dpc == propose(["family_name", "birth_date"], 3).dpc + 1
    assert propose(["family_name"], 3, children=True).dpc == propose(["family_name"], 3, children=False).dpc + 1
    assert next(one.code for one in propose(["family_name"], 3).factors if one.to_confirm) == "dpc_children"


def test_fields_that_are_not_known_count_as_the_worst():
    assert propose([], 3).ei == 1


def test_many_persons_and_unintelligible_data_are_flags_that_change_no_score():
    few, many = propose(["medical", "nir"], 100), propose(["medical", "nir"], 101)
    assert (few.flags, many.flags) == ((), ("over_100",))
    assert few.score == many.score
    hidden = adjust(many, {}, unintelligible=True)
    assert hidden.score == many.score
    assert not hidden.high_risk, "art. 34(3)(a): who cannot read the data cannot harm the persons"


def test_a_factor_set_by_hand_keeps_its_reason_and_is_marked():
    found = adjust(propose(["family_name"], 3), {"ei": (0.5, "two hundred bear this name")})
    (factor,) = [one for one in found.factors if one.code == "ei"]
    assert (factor.value, factor.en, factor.by_hand) == (0.5, "two hundred bear this name", True)


def test_every_mistake_is_told_at_once():
    with pytest.raises(UsageError) as raised:
        adjust(propose([], 1), {"ei": (2, "x"), "dpc_nature": (1, " "), "magic": (1, "x")})
    told = str(raised.value)
    assert "ei = 2: must lie between 0.25 and 1" in told
    assert "dpc_nature: a factor set by hand needs its reason" in told
    assert "magic: no such factor" in told


@given(st.sets(st.sampled_from(NAMES)), st.sampled_from(NAMES), st.sampled_from([None, True, False]), st.booleans())
def test_one_more_field_never_lessens_the_severity(fields, another, children, health):
    before = propose(fields, 5, children=children, health=health)
    after = propose(fields | {another}, 5, children=children, health=health)
    if fields:  # nothing known counts as the worst
        assert after.score >= before.score
    assert {one.code for one in after.factors} == set(FACTORS)
    assert 1 <= after.dpc <= 4
    assert 0.25 <= after.ei <= 1
    assert 0 <= after.cb <= 2
    assert after.level in LEVELS
    assert after.score == pytest.approx(after.dpc * after.ei + after.cb)
