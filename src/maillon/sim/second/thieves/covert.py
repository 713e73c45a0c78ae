"""Thieves who look like the owner: the insider who writes false acts, the one who warms up, the one in a surge."""

from __future__ import annotations

import numpy as np

from maillon.sim.second import honest
from maillon.sim.second.draws import Column, log_between
from maillon.sim.second.thieves.raid import Raid, outings
from maillon.sim.second.thieves.scene import Scene, client
from maillon.sim.second.trades import OFFICE

_DESK, _WIDE = (8.3, 17.0), (7.0, 22.0)


def mimic(scene: Scene, rng: np.random.Generator) -> list[Raid]:
    """Owner's hours, owner's machine or network, owner's establishment, and false care acts at the owner's rate."""
    world = scene.world
    day = scene.late_day(rng, min(8, world.almanac.days // 5))
    account = scene.account(rng, day)
    days = _days_of_owner(scene, account, day, int(rng.integers(7, 22)))
    pace = log_between(rng, 20, 90)
    starts, reads = outings(scene, rng, days, pace * rng.lognormal(0, 0.5, len(days)), _hours(scene, account), 4)
    service = scene.service(rng, account)
    own = honest.habits(world, np.full(1, account), np.full(1, service), np.zeros(1))
    kept = ("search", "detail", "lists", "care", "update", "logout", "unsteady", "pause", "double")
    habits = {name: float(own[name][0]) for name in kept}
    address, agent = client(scene, rng, str(rng.choice(["desk", "desk", "exit", "home"])), account, starts)
    patients = scene.identifiers(
        rng, service, account, day, int(reads.sum()), str(rng.choice(["own", "own", "newest"]))
    )
    return [
        Raid("mimic", account, pace, service, starts, reads, patients, address, agent, log_between(rng, 20, 60), habits)
    ]


def warmup(scene: Scene, rng: np.random.Generator) -> list[Raid]:
    """Begin with a handful a day and grow for weeks, so that no day is far from the day before."""
    world, day = scene.world, scene.world.almanac.days * 2 // 3 + int(rng.integers(0, 3))
    account = scene.account(rng, day)
    days = np.arange(day, world.almanac.days)
    if world.staff.shift[account] == OFFICE:
        days = days[world.almanac.weekday[days] < 5]
    low, high = log_between(rng, 2, 15), log_between(rng, 80, 500)
    a_day = low * (high / low) ** np.linspace(0, 1, len(days)) * rng.lognormal(0, 0.2, len(days))
    starts, reads = outings(scene, rng, days, a_day, _hours(scene, account))
    service = scene.service(rng, account)
    address, agent = client(scene, rng, "any", account, starts)
    patients = scene.identifiers(rng, service, account, day, int(reads.sum()))
    habits = {"search": rng.uniform(0, 0.6), "detail": rng.uniform(0, 0.8), "care": rng.choice([0.0, 0.05])}
    per_hour = log_between(rng, 60, 300)
    return [Raid("warmup", account, high, service, starts, reads, patients, address, agent, per_hour, habits)]


def surge(scene: Scene, rng: np.random.Generator) -> list[Raid]:
    """Take 100 to 500 a day only while a crisis makes the owner's establishment busy."""
    world = scene.world
    crises = [crisis for crisis in world.happenings.crises if crisis.first >= world.almanac.days * 2 // 3]
    crisis = crises[int(rng.integers(len(crises)))]
    struck = np.isin(world.land.unit_site[world.staff.unit], crisis.sites)
    account = scene.account(rng, crisis.first, among=struck)
    days = np.arange(crisis.first, crisis.last + 1)
    pace = log_between(rng, 100, 500)
    starts, reads = outings(scene, rng, days, np.full(len(days), pace), _WIDE)
    service = scene.service(rng, account)
    address, agent = client(scene, rng, "any", account, starts)
    patients = scene.identifiers(rng, service, account, crisis.first, int(reads.sum()))
    habits = {"search": rng.uniform(0, 0.5), "detail": rng.uniform(0, 0.5)}
    per_hour = max(log_between(rng, 60, 300), pace / 6)
    return [Raid("surge", account, pace, service, starts, reads, patients, address, agent, per_hour, habits)]


def _hours(scene: Scene, account: int) -> tuple[float, float]:
    return _DESK if scene.world.staff.shift[account] == OFFICE else _WIDE


def _days_of_owner(scene: Scene, account: int, day: int, length: int) -> Column:
    """Return the days on which the owner was there; all days where those are too few to take anything."""
    _, begin, _ = scene.own_sittings(account)
    last = min(day + length, scene.world.almanac.days)
    seen = np.unique(scene.day(begin))
    seen = seen[(seen >= day) & (seen < last)]
    return seen if len(seen) >= 4 else np.arange(day, last)
