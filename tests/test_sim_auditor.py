"""The auditor counts what was read before a decision, and who was troubled while nobody had stolen them."""

import pytest

from maillon.sim import simulate
from maillon.sim.auditor import audit


@pytest.fixture(scope="module")
def region():
    return simulate(21, accounts=100, days=14, thieves=3)


def test_without_a_decision_everything_is_lost(region):
    found = audit(region, [])
    assert len(found.losses) == 3
    for loss in found.losses:
        assert loss.before_step_up == loss.before_containment == loss.in_all == len(loss.theft.patients) > 0
        assert loss.step_up_at is None
        assert loss.contain_at is None


def test_a_decision_stops_the_count_at_its_moment(region):
    theft = region.truth.thefts[0]
    middle = (theft.start + theft.end) // 2
    found = audit(region, [(theft.account, theft.start, "step_up"), (theft.account, middle, "contain")])
    loss = found.losses[0]
    assert loss.before_step_up <= 1
    assert 0 < loss.before_containment < loss.in_all
    assert (loss.step_up_at, loss.contain_at) == (theft.start, middle)
    assert found.losses[1].before_containment == found.losses[1].in_all
    assert not found.honest_contained


def test_containment_is_a_step_up_too_and_observing_is_neither(region):
    theft = region.truth.thefts[0]
    contained = audit(region, [(theft.account, theft.start, "contain")]).losses[0]
    assert contained.step_up_at == contained.contain_at == theft.start
    observed = audit(region, [(theft.account, theft.start, "observe")]).losses[0]
    assert observed.step_up_at is None


def test_honest_accounts_count_once_and_so_does_a_stolen_one_before_its_theft(region):
    honest, theft = region.truth.honest[0], region.truth.thefts[0]
    moment = region.period.first
    given = [(honest, moment, "step_up"), (honest, moment + 1, "contain"), (theft.account, theft.start - 1, "contain")]
    found = audit(region, given)
    assert found.honest_stepped_up == found.honest_contained == tuple(sorted((honest, theft.account)))
    assert found.losses[0].contain_at is None
