"""Re-reading: the owner's own patients first and in between, so that the thief's network looks like the owner's."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from maillon.sim.attacks.declaration import Attack
from maillon.sim.attacks.thief import draw_habits, hours_of_work, log_uniform, raid, targets

if TYPE_CHECKING:
    from numpy.random import Generator
    from numpy.typing import NDArray

    from maillon.sim.attacks.scene import Raid, Scene

PACE = (60.0, 400.0)


def reread(scene: Scene) -> list[Raid]:
    """Read nothing but the owner's patients for two days, then one of them for each new one."""
    raids = []
    for rank, account in enumerate(scene.victims().tolist()):
        rng = scene.draws(rank)
        habits = replace(draw_habits(rng), opens=8.5, hours=9.0)
        pace, day = log_uniform(rng, *PACE), scene.start_day(rng)
        days = min(int(rng.integers(4, 15)), scene.period.days - day)
        at, turn = hours_of_work(rng, habits, scene.period, day, days, pace)
        order = np.argsort(at, kind="stable")
        at, turn = at[order], turn[order]
        known = owned(scene, account, day)
        new = targets(rng, scene, habits.order, day, len(at))
        numbers = _mixed(rng, scene, at, known, new, day)
        raids.append(raid(rng, habits, account, pace, at, turn, numbers))
    return raids


def owned(scene: Scene, account: int, day: int) -> NDArray[np.int64]:
    """Return the numbers of the patients whom the owner read before a day, each once."""
    rows = scene.own(account)
    mine = scene.honest.patient[rows[scene.days_of(scene.honest.at[rows]) < day]]
    known: NDArray[np.int64] = scene.patients.numbers[np.unique(mine[mine >= 0])]
    return known


def _mixed(
    rng: Generator,
    scene: Scene,
    at: NDArray[np.int64],
    known: NDArray[np.int64],
    new: NDArray[np.int64],
    day: int,
) -> NDArray[np.int64]:
    """Return whom each access reads: known ones for two days, then every other; new ones where none are known."""
    again = (scene.days_of(at) < day + 2) | (np.arange(len(at)) % 2 == 0)
    again &= len(known) > 0
    fresh = np.flatnonzero(~again)[: len(new)]
    numbers = np.full(len(at), -1, np.int64)
    numbers[fresh] = new[: len(fresh)]
    if len(known):
        left = np.flatnonzero(numbers < 0)
        numbers[left] = rng.choice(known, len(left))
    return numbers[numbers >= 0]


ATTACK = Attack(
    "reread",
    reread,
    (
        "relit deux jours les patients du titulaire, puis un sur deux avec les nouveaux",
        "re-reads the owner’s patients for two days, then one of them for each new one",
    ),
    ("200 accès par jour, dont 100 nouveaux patients", "200 accesses a day, 100 of them to new patients"),
    (
        "il veut que son réseau passe pour celui du titulaire : la moitié de ses lectures ne lui rapporte rien",
        "wants its network to pass for the owner’s: half of what it reads brings nothing",
    ),
)
