"""Thieves are stopped and carers are left alone: on simulated regions, and on a site without any history."""

import numpy as np
import pytest

from maillon.facts.event import Action
from maillon.facts.evidence import Calibration, Kind, Rung, Sign
from maillon.facts.policy import Policy
from maillon.score.fold import Scoring
from maillon.sim.region import simulate
from maillon.sim.seeds import tuning_seeds
from small_region import honest, merged, theft

SEEDS = [seed + 6000 for seed in tuning_seeds(3)]  # none of those that the reference pool was made from


@pytest.fixture(scope="module", params=SEEDS)
def region(request):
    """Return a region of 400 accounts over three weeks with a campaign of ten thieves, and what the fold says of it."""
    region = simulate(request.param)
    return region, Scoring(Policy()).fold(region.events)


def rung_of(evidence, account):
    mine = evidence[evidence["account"] == account]
    return max(mine["rung"], default=0)


def test_a_campaign_is_met_by_step_up(region):
    region, evidence = region
    stolen = [region.account_hashes[theft.index] for theft in region.truth.thefts]
    assert sum(rung_of(evidence, account) >= Rung.STEP_UP for account in stolen) >= 0.6 * len(stolen)


def test_honest_people_are_hardly_ever_asked_and_none_is_contained(region):
    region, evidence = region
    stolen = {int(region.account_hashes[theft.index]) for theft in region.truth.thefts}
    troubled = evidence[[int(account) not in stolen for account in evidence["account"]]]
    assert len(np.unique(troubled["account"])) <= 4, "of 390 over three weeks"
    assert not (troubled["rung"] == Rung.CONTAIN).any()


def test_the_reads_before_step_up_are_few(region):
    region, evidence = region
    events, lost = region.events, []
    for stolen in region.truth.thefts:
        account = region.account_hashes[stolen.index]
        mine = evidence[(evidence["account"] == account) & (evidence["at"] >= stolen.start)]
        read = events[(events["account"] == account) & region.truth.thief & (events["action"] == Action.READ)]
        first = mine["at"].min() if len(mine) else np.inf
        lost.append(len(np.unique(read["patient"][read["at"] < first])))
    assert np.median(lost) < 150


def test_a_site_without_history_tells_a_heavy_reader_from_a_thief():
    """One day of a hundred people: a hundred new patients are work, a thousand are a theft."""
    events = merged(honest(2, 100, 1), theft(200, 0, 100, 60, hour=9), theft(300, 0, 1000, 25, hour=9))
    evidence = Scoring(Policy()).fold(events)
    assert len(np.unique(evidence["account"])) == 1
    assert evidence["rung"].max() == Rung.PACE, "volume alone contains nobody on a borrowed tail"
    paced = evidence[evidence["rung"] == Rung.PACE][0]
    assert paced["kind"] in (Kind.DAY, Kind.WINDOW), "volume"
    assert paced["patients_new"] < 800
    assert paced["calibration"] == Calibration.BORROWED
    assert paced["signs"] & Sign.SHORT_HISTORY
