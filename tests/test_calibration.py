"""Thresholds: rare enough for the budget, from days that are over, borrowed where the site has too few."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maillon.facts.account import KINDS, SERIES
from maillon.facts.evidence import Kind
from maillon.facts.policy import Policy
from maillon.facts.pool import BINS, CLOSED, LEVEL_STEP, NEWCOMER, SEALED, SERVICE, STRATA
from maillon.score.audit import lowered, report
from maillon.score.calibrate import NEVER_REACHED, SHARES, rarities, role, thresholds
from maillon.score.pool import add, bin_of, empty_pool, upper_edge, window
from maillon.score.reference import reference
from maillon.score.tail import beyond, fit, levels
from maillon.score.volume import UNIT, deviance, quantised

LAWS = settings(max_examples=50, deadline=None)


def closed_days(seed, count, day=100, scale=1.0, days=1):
    """Return account-days with exponential scores."""
    draw = np.random.default_rng(seed)
    closed = np.zeros(count, CLOSED)
    closed["day"] = day + draw.integers(0, days, count)
    closed["stratum"] = draw.integers(0, len(STRATA), count)
    closed["scores"] = draw.exponential(scale * UNIT, (count, KINDS))
    closed["values"] = draw.exponential(5.0, closed["values"].shape)
    return closed


@LAWS
@given(st.floats(0, 5000), st.floats(0, 5000), st.floats(0.5, 100), st.floats(1, 16))
def test_more_patients_never_score_less(less, more, expected, spread):
    low, high = sorted((less, more))
    assert quantised(deviance(low, expected, spread)) <= quantised(deviance(high, expected, spread))


@LAWS
@given(st.floats(0, 2000), st.floats(0.5, 100), st.floats(0.5, 100))
def test_a_busier_past_never_scores_more(amount, one, other):
    low, high = sorted((one, other))
    assert quantised(deviance(amount, high, 2.0)) <= quantised(deviance(amount, low, 2.0))


def test_deviance_is_the_gamma_poisson_likelihood_ratio():
    amount, expected, spread = 30.0, 4.0, 2.0

    def log_likelihood(mean):
        return amount * np.log(mean / (mean + spread)) - spread * np.log(1 + mean / spread)

    assert deviance(amount, expected, spread) == pytest.approx(log_likelihood(amount) - log_likelihood(expected))
    assert deviance(expected, expected, spread) == 0.0


@LAWS
@given(st.permutations(range(6)), st.integers(0, 100))
def test_pools_add_up_in_any_order(order, seed):
    closed = closed_days(seed, 3000, days=5)
    parts = np.array_split(closed, 6)
    once, parted = empty_pool(), empty_pool()
    add(once, closed)
    for part in order:
        add(parted, parts[part])
    assert np.array_equal(once, parted)


@LAWS
@given(st.floats(0, 60_000))
def test_a_score_lies_under_the_edge_of_its_bin(score):
    whole = np.array([int(score * UNIT)])
    place = int(bin_of(whole)[0])
    assert 0 <= place < BINS
    assert whole[0] / UNIT <= upper_edge(np.array([place]))[0]


def test_the_window_is_thirty_days_and_ends_where_it_is_told():
    pool = empty_pool()
    for day in range(100, 140):
        add(pool, closed_days(day, 10, day))
    assert window(pool, 137).count.sum() == 300, "days 108 to 137"
    assert window(pool, 150).count.sum() == 190, "days 121 to 139"


def test_a_pareto_tail_is_found_again():
    draw = np.random.default_rng(3)
    shape, scale = 0.25, 2.0
    sample = beyond_many(shape, scale, draw.random(200_000))
    found = fit(sample)
    assert found == pytest.approx((shape, scale), rel=0.05)
    assert fit(draw.exponential(3.0, 200_000)) == pytest.approx((0.0, 3.0), abs=0.05)
    assert fit(np.zeros(10))[0] == 0.0


def beyond_many(shape, scale, shares):
    return scale / shape * (shares**-shape - 1.0)


@LAWS
@given(st.floats(0, 0.9), st.floats(0.01, 10), st.floats(1e-9, 1), st.floats(1e-9, 1))
def test_rarer_is_higher(shape, scale, one, other):
    low, high = sorted((one, other))
    scores = beyond(1.0, shape, scale, np.array([low, high]))
    assert scores[0] >= scores[1] >= 1.0


def test_levels_of_exponential_scores_are_their_quantiles():
    draw = np.random.default_rng(9)
    scores = (draw.exponential(UNIT, 300_000)).astype(np.int32)
    histogram = np.bincount(bin_of(scores), minlength=BINS)
    found = levels(histogram, -np.sort(-scores)[:400], len(scores), 0)
    expected = LEVEL_STEP * np.arange(len(found)) * np.log(10)
    assert found[2:21] == pytest.approx(expected[2:21], rel=0.06, abs=0.1)
    assert found[28] == pytest.approx(expected[28], rel=0.2), "10^-7, far beyond what was seen"


def sealed_from(closed, until=100):
    pool = empty_pool()
    add(pool, closed)
    sealed = np.zeros(1, SEALED)
    thresholds(window(pool, until), Policy(), sealed[0])
    return sealed[0]


def test_a_rung_is_own_only_where_the_site_has_seen_enough_days():
    small, large = sealed_from(closed_days(1, 2000)), sealed_from(closed_days(1, 900_000))
    assert small["borrowed"].all()
    needed = 1.0 / rarities(Policy())
    for kind in Kind:
        assert not large["borrowed"][0, kind, 0]
        assert large["borrowed"][0, kind, 2], f"containment needs {needed[kind, 2]:.0f} days"
    expected = -np.log(rarities(Policy())[Kind.DAY, 0])
    assert large["thresholds"][1, Kind.DAY, 0] / UNIT == pytest.approx(expected, rel=0.12)


def test_rungs_ascend_and_the_budget_is_spent_once():
    sealed = sealed_from(closed_days(4, 50_000))
    rungs = sealed["thresholds"][1:SERVICE, [Kind.BURST, Kind.ORIGIN, Kind.REPLAY]].astype(np.int64)
    assert (np.diff(rungs, axis=2) > 0).all()
    assert sum(SHARES) == pytest.approx(1.0)
    assert rarities(Policy()).sum(axis=0) * 600_000 == pytest.approx([100, 10, 0.5])


def test_without_history_the_reference_decides_as_it_is():
    sealed = sealed_from(closed_days(1, 10))
    exponent = -np.log10(rarities(Policy())[Kind.ORIGIN, 1]) / LEVEL_STEP
    shipped = np.interp(exponent, np.arange(37), reference().levels[0, Kind.ORIGIN])
    assert sealed["thresholds"][0, Kind.ORIGIN, 1] == round(shipped * UNIT)


def test_a_site_with_higher_scores_borrows_a_higher_tail():
    calm, lively = sealed_from(closed_days(2, 3000, scale=0.5)), sealed_from(closed_days(2, 3000, scale=1.5))
    assert (lively["thresholds"][1, Kind.BURST] > calm["thresholds"][1, Kind.BURST]).all()


def test_on_a_borrowed_tail_volume_alone_contains_nobody_and_programs_and_newcomers_are_spared():
    sealed = sealed_from(closed_days(2, 3000))
    never = sealed["thresholds"] == NEVER_REACHED
    assert never[:, Kind.DAY, 2].all()
    assert not never[:SERVICE, Kind.DAY, :2].any()
    assert never[:, Kind.WINDOW, 1:].all()
    assert not never[:SERVICE, Kind.WINDOW, 0].any()
    assert never[SERVICE, :, 2].all(), "to contain a program takes a person, or the site's own tail"
    assert not never[SERVICE, Kind.ORIGIN, 1]
    spared = never[NEWCOMER, [Kind.BURST, Kind.STRANGE, Kind.WINDOW], 2]
    assert spared.all(), "nobody is strange to a past that they do not have"
    assert not never[NEWCOMER, Kind.ORIGIN].any()


def test_a_tail_heavier_than_promised_divides_its_budget():
    kept, heavy = closed_days(3, 60_000), closed_days(3, 60_000)
    heavy["beyond"][:600, Kind.BURST] = 1
    pools = [empty_pool(), empty_pool()]
    for pool, closed in zip(pools, (kept, heavy), strict=True):
        add(pool, closed)
    divided = [lowered(window(pool, 100)) for pool in pools]
    assert divided[0].tolist() == [1.0] * KINDS
    assert divided[1][Kind.BURST] == pytest.approx(600 / 54, rel=0.01)
    assert (np.delete(divided[1], Kind.BURST) == 1.0).all()
    heavy["alarmed"][:600] = 1
    alarmed = empty_pool()
    add(alarmed, heavy)
    assert lowered(window(alarmed, 100))[Kind.BURST] == 1.0, "what thieves fill must not protect them"
    assert report(window(alarmed, 100))["burst"]["all"][0] == 600


def test_days_of_an_alarm_leave_the_fit():
    closed = closed_days(1, 100_000)
    theft = closed_days(2, 40)
    theft["scores"] = 500 * UNIT
    theft["alarmed"] = 1
    clean, with_theft = sealed_from(closed), sealed_from(np.concatenate([closed, theft]))
    step_up = (slice(None), Kind.ORIGIN, 0)
    assert not clean["borrowed"][step_up].any()
    assert with_theft["thresholds"][step_up] == pytest.approx(clean["thresholds"][step_up], rel=0.1)
    theft["alarmed"] = 0
    taught = sealed_from(np.concatenate([closed, theft]))
    assert (taught["thresholds"][step_up] > 2 * clean["thresholds"][step_up]).all()


def test_without_a_pool_of_its_own_a_site_judges_no_lists():
    """The length of a site's lists is its own affair; the reference does not speak for it."""
    assert (sealed_from(closed_days(1, 5000))["thresholds"][:, [Kind.LISTED, Kind.WALK]] == NEVER_REACHED).all()
    assert (sealed_from(closed_days(1, 900_000))["thresholds"][:, Kind.LISTED, 0] < NEVER_REACHED).all()


def test_role_means_start_at_the_reference_and_end_at_the_sites_own():
    pool = empty_pool()
    assert role(window(pool, 100)) == pytest.approx(reference().role)
    add(pool, closed_days(1, 200_000))
    assert role(window(pool, 100)) == pytest.approx(np.full(SERIES, 5.0), rel=0.02)
