"""Thieves keep to what they say they are, whatever the seed."""

import numpy as np
import pytest

from maillon.facts.event import Action, Outcome
from maillon.sim import NO_ATTACK, simulate
from maillon.sim.attacks import ATTACKS
from maillon.sim.attacks.campaign import PACE as CAMPAIGN
from maillon.sim.attacks.dormant import PACE as DORMANT
from maillon.sim.attacks.paced import PACE as PACED
from maillon.sim.attacks.slow import PACE as SLOW
from maillon.sim.attacks.walk import PACE as WALK
from maillon.sim.clock import DAY
from maillon.sim.places import network_of
from maillon.sim.roles import ROLE

SEEDS = (1, 2, 3)
PACES = {"campaign": CAMPAIGN, "paced": PACED, "slow": SLOW, "walk": WALK, "dormant": DORMANT}


def reads_of(sim, theft):
    """The thief's rows of one theft that read a patient, whatever came of it."""
    mine = sim.truth.thief & (sim.account == theft.index) & (sim.events["action"] == Action.READ)
    return np.flatnonzero(mine)


@pytest.mark.parametrize("attack", PACES)
@pytest.mark.parametrize("seed", SEEDS)
def test_a_thief_reads_at_its_pace(attack, seed):
    sim = simulate(seed, attack=attack)
    low, high = PACES[attack]
    for theft in sim.truth.thefts:
        assert low <= theft.pace <= high
        at = sim.columns.at[reads_of(sim, theft)]
        in_a_day = np.searchsorted(at, at + DAY) - np.arange(len(at))
        assert in_a_day.max() <= 2 * round(theft.pace)
        days = (at[-1] - at[0]) / DAY
        assert len(at) <= round(theft.pace) * (days + 2)
        if at[-1] < sim.period.end - 2 * DAY and attack == "campaign":
            assert len(at) >= 0.5 * theft.pace * days


@pytest.mark.parametrize("attack", ATTACKS)
@pytest.mark.parametrize("seed", SEEDS)
def test_a_theft_leaves_log_before_it_and_after_it(attack, seed):
    sim = simulate(seed, attack=attack)
    first = min(theft.start for theft in sim.truth.thefts)
    assert first >= sim.period.first + 5 * DAY - 3600 * 1_000_000
    assert first < sim.period.end - 2 * DAY + 3600 * 1_000_000


def test_a_campaign_is_one_thief_with_ten_accounts():
    moments = set()
    for seed in range(8):
        sim = simulate(seed)
        assert len(sim.truth.thefts) == 10
        assert len({theft.account for theft in sim.truth.thefts}) == 10
        assert not {theft.account for theft in sim.truth.thefts} & set(sim.truth.honest)
        assert len(sim.truth.honest) == 390
        sittings = sim.columns.sitting[sim.truth.thief]
        assert len(np.unique(network_of(sim.sittings.address[sittings]))) <= 3
        assert len(np.unique(sim.sittings.agent[sittings])) == 1
        taken = np.concatenate([theft.patients for theft in sim.truth.thefts])
        assert len(np.unique(taken)) == len(taken)
        assert not np.isin(sim.events["action"][sim.truth.thief], (Action.CARE, Action.UPDATE)).any()
        moments.add(min(theft.start for theft in sim.truth.thefts) // DAY)
    assert len(moments) >= 4


def test_patients_of_a_campaign_are_mostly_out_of_the_accounts_territory():
    honest = simulate(9, attack=NO_ATTACK)
    sim = simulate(9)
    for theft in sim.truth.thefts:
        own = honest.columns.patient[(honest.account == theft.index) & (honest.columns.patient >= 0)]
        assert np.isin(theft.patients, own).mean() < 0.2


def test_thieves_are_of_several_styles():
    agents, networks, searched = set(), set(), set()
    for seed in range(12):
        sim = simulate(seed)
        sittings = sim.columns.sitting[sim.truth.thief]
        agents.update(sim.sittings.agent[sittings].tolist())
        networks.update((network_of(sim.sittings.address[sittings]) >> 24).tolist())
        searched.add(bool((sim.events["action"][sim.truth.thief] == Action.SEARCH).any()))
    assert len(agents) >= 5
    assert len(networks) >= 3
    assert searched == {True, False}


def test_smash_is_as_fast_as_it_can():
    sim = simulate(1, attack="smash")
    for theft in sim.truth.thefts:
        at = sim.columns.at[reads_of(sim, theft)]
        assert len(at) >= 250
        assert np.median(np.diff(at)) < 3_000_000


def test_a_walk_asks_for_numbers_in_order_and_misses():
    sim = simulate(1, attack="walk")
    for theft in sim.truth.thefts:
        rows = reads_of(sim, theft)
        assert (np.diff(sim.numbers[sim.columns.patient[rows]]) == 1).all()
        missing = sim.events["outcome"][rows] == Outcome.MISSING
        assert 0.1 < missing.mean() < 0.9
        assert (missing == (sim.columns.patient[rows] >= sim.known)).all()
        assert (theft.patients < sim.known).all()


def test_dormant_accounts_were_silent_before():
    sim = simulate(1, accounts=1000, attack="dormant")
    assert sim.truth.thefts
    for theft in sim.truth.thefts:
        own = sim.columns.at[(sim.account == theft.index) & ~sim.truth.thief]
        assert not len(own) or own.max() < sim.period.first + 5 * DAY


def test_replay_uses_the_owners_sessions_and_client_from_elsewhere():
    sim = simulate(1, attack="replay")
    honest = ~sim.truth.thief
    sittings, columns = sim.sittings, sim.columns
    assert not (sim.events["action"][sim.truth.thief] == Action.LOGIN).any()
    for theft in sim.truth.thefts:
        mine, own = sim.account == theft.index, honest & (sim.account == theft.index)
        stolen = columns.sitting[mine & sim.truth.thief]
        owner = columns.sitting[own]
        assert set(sittings.session[stolen]) <= set(sittings.session[owner])
        assert set(sittings.agent[stolen]) <= set(sittings.agent[owner])
        assert not set(sittings.address[stolen]) & set(sittings.address[owner])


def test_shared_and_service_accounts_are_not_stolen():
    for attack in ATTACKS:
        sim = simulate(2, attack=attack, accounts=60)
        roles = {int(sim.people.role[theft.index]) for theft in sim.truth.thefts}
        assert not roles & {ROLE["kiosk"], ROLE["service"]}


def test_the_command_line_names_every_attack_on_the_shelf():
    from maillon.cli import simulate as command
    from maillon.sim import NO_ATTACK
    from maillon.sim.attacks import ATTACKS as SHELF

    assert (*SHELF, NO_ATTACK) == command.ATTACKS
