"""Waves: enough accounts, of enough places, close enough in time; chance alone makes none."""

import numpy as np
import pytest

from maillon.decide.wave import BY_CHANCE, FEWEST, WINDOW_US, Wave, needed
from maillon.facts.evidence import EVIDENCE, Kind, Rung

DAY_US = 86_400_000_000


def paced(account, day, home, kind=Kind.ORIGIN, rung=Rung.PACE):
    row = np.zeros(1, EVIDENCE)[0]
    row["account"], row["at"], row["home"], row["kind"], row["rung"] = account, int(day * DAY_US), home, kind, rung
    return row


def test_few_accounts_need_three_and_many_need_more():
    assert needed(400) == FEWEST
    asked = [needed(count) for count in (400, 5_000, 40_000, 400_000)]
    assert asked == sorted(asked)
    assert asked[-1] > asked[0]


@pytest.mark.parametrize("accounts", [400, 5_000, 40_000, 200_000])
def test_chance_makes_no_wave(accounts):
    """Honest paces at four times the budget, over many windows: about one in a thousand holds a wave at most."""
    draw = np.random.default_rng(accounts)
    mean = accounts * 40 / 30 / 40_000 * WINDOW_US / DAY_US
    others = draw.poisson(mean, 200_000)
    assert (others + 1 >= needed(accounts)).mean() < 1.3 * BY_CHANCE


def test_three_accounts_of_three_places_are_a_wave():
    wave = Wave()
    assert not wave.take(paced(1, 0, 11), 400)
    assert not wave.take(paced(2, 1, 12), 400)
    members = wave.take(paced(3, 2, 13), 400)
    assert {one.account for one in members} == {1, 2, 3}


def test_one_place_one_rung_or_volume_make_none():
    for change in ({"home": 11}, {"rung": Rung.STEP_UP}, {"kind": Kind.DAY}):
        wave = Wave()
        rows = [paced(account, 0.1 * account, **({"home": account} | change)) for account in range(1, 9)]
        assert not any(wave.take(row, 400) for row in rows), change


def test_it_forgets_after_three_days_and_survives_a_restart():
    wave = Wave()
    wave.take(paced(1, 0, 11), 400)
    wave.take(paced(2, 3.5, 12), 400)
    again = Wave(wave.memory())
    assert again.memory() == wave.memory()
    assert not again.take(paced(3, 4, 13), 400), "the first was paced too long ago"
    assert again.take(paced(4, 4.5, 14), 400)
