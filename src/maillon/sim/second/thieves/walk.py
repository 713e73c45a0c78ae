"""Integer walk: the numbers of the identity base one after the other, or by strides, misses included."""

from __future__ import annotations

import numpy as np

from maillon.sim.second.bases import Bases
from maillon.sim.second.draws import Column, log_between
from maillon.sim.second.pages import IDENTITY
from maillon.sim.second.thieves.raid import Raid, outings
from maillon.sim.second.thieves.scene import Scene, client


def walk(scene: Scene, rng: np.random.Generator) -> list[Raid]:
    """From a drawn number up or down, at a steady beat, over one to five days."""
    day = scene.late_day(rng, 3)
    account = scene.account(rng, day)
    days = np.arange(day, min(day + int(rng.integers(1, 6)), scene.world.almanac.days))
    pace = log_between(rng, 100, 3_000)
    starts, reads = outings(scene, rng, days, np.full(len(days), pace), (0.0, 23.0))
    stride = int(rng.choice([1, 1, 1, 2, 3, 7, 10, -1]))
    patients, typed = along(scene.world.bases, rng, int(reads.sum()), stride)
    address, agent = client(scene, rng, "any", account, starts)
    habits = {"unsteady": rng.choice([0.02, 0.3, 0.8]), "pause": rng.choice([0.0, 0.001])}
    per_hour = max(log_between(rng, 100, 3_000), pace / 5)
    return [Raid("walk", account, pace, IDENTITY, starts, reads, patients, address, agent, per_hour, habits, typed)]


def along(bases: Bases, rng: np.random.Generator, count: int, stride: int, skip: int = 0) -> tuple[Column, Column]:
    """Return identifiers met from a drawn number on, and the numbers that were nobody's.

    The same state of `rng` gives the same walk: `skip` begins so many steps later.
    """
    known = bases.numbers[bases.ascending]
    low, high = (0.02, 0.8) if stride > 0 else (0.2, 0.98)
    begin = known[int(len(known) * rng.uniform(low, high))]
    number = begin + stride * (np.arange(count) + skip)
    found = bases.find(number)
    missed = found < 0
    return np.where(missed, -2 - (np.cumsum(missed) - missed), found), number[missed]
