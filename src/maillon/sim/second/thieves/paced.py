"""Paced thieves: so many identities a day and no more. One table holds the quick, the slow and the woken account."""

from __future__ import annotations

import numpy as np

from maillon.sim.second.draws import Column, log_between
from maillon.sim.second.thieves.raid import Raid, outings
from maillon.sim.second.thieves.scene import Scene, client

_SILENT = 25  # days without use that make an account dormant
_HOURS = ((8.0, 17.0), (0.0, 23.5), (19.0, 23.8), (0.2, 6.0))  # as the owner, always, in the evening, at night


def paced(scene: Scene, rng: np.random.Generator) -> list[Raid]:
    """300 to 800 identities a day for some days."""
    return [_raid(scene, rng, "paced", (300, 800), (2, 9))]


def slow(scene: Scene, rng: np.random.Generator) -> list[Raid]:
    """60 to 150 identities a day, for one to three weeks."""
    return [_raid(scene, rng, "slow", (60, 150), (7, 21))]


def dormant(scene: Scene, rng: np.random.Generator) -> list[Raid]:
    """Use an account that its owner left weeks ago."""
    first = scene.world.almanac.days * 2 // 3
    silence = scene.world.almanac.start + (first - _SILENT) * 86_400_000_000
    abandoned = (scene.last_seen() < silence) & (scene.world.staff.joins < first)
    scene.world.staff.leaves[abandoned] = scene.world.almanac.days  # the account was never closed
    return [_raid(scene, rng, "dormant", (60, 1_200), (1, 6), abandoned)]


def _raid(
    scene: Scene,
    rng: np.random.Generator,
    kind: str,
    a_day: tuple[float, float],
    length: tuple[int, int],
    among: Column | None = None,
) -> Raid:
    day = scene.late_day(rng, min(length[0] + 1, scene.world.almanac.days // 4))
    account = scene.account(rng, day, among=among)
    last = min(day + int(rng.integers(length[0], length[1] + 1)), scene.world.almanac.days)
    days = np.arange(day, last)
    if len(days) > 4 and rng.random() < 0.4:
        days = days[scene.world.almanac.weekday[days] < 5]
    pace = log_between(rng, *a_day)
    hours = _HOURS[rng.integers(len(_HOURS))]
    starts, reads = outings(scene, rng, days, pace * rng.uniform(0.8, 1.2, len(days)), hours)
    service = scene.service(rng, account)
    address, agent = client(scene, rng, "any", account, starts)
    patients = scene.identifiers(rng, service, account, day, int(reads.sum()))
    habits = {
        "search": rng.choice([0.0, 0.0, 0.3, 0.9]),
        "detail": rng.choice([0.0, 0.3, 1.0]),
        "lists": rng.choice([0, 4]),
    }
    per_hour = max(log_between(rng, 60, 500), pace / 4)
    return Raid(kind, account, pace, service, starts, reads, patients, address, agent, per_hour, habits)
