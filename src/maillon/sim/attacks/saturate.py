"""Saturation: more patients than an account is remembered for, at once; then a pace that looks like the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from maillon.sim.attacks.declaration import Attack
from maillon.sim.attacks.thief import draw_habits, hours_of_work, log_uniform, raid, targets
from maillon.sim.clock import HOUR, SECOND

if TYPE_CHECKING:
    from maillon.sim.attacks.scene import Raid, Scene

FLOOD = (1100.0, 2500.0)
PACE = (60.0, 150.0)


def saturate(scene: Scene) -> list[Raid]:
    """Flood the account's memory of patients in one night, then read on slowly for the days that follow."""
    raids = []
    for rank, account in enumerate(scene.victims().tolist()):
        rng = scene.draws(rank)
        habits = draw_habits(rng)
        day = scene.start_day(rng)
        flood, pace = int(log_uniform(rng, *FLOOD)), log_uniform(rng, *PACE)
        begins = scene.period.to_utc(np.array([scene.period.first_wall + _midnight(day)]))
        night = begins + np.sort((rng.uniform(0, 5 * 3600, flood) * SECOND).astype(np.int64))
        days = min(int(rng.integers(3, 12)), scene.period.days - day - 1)
        at, turn = hours_of_work(rng, habits, scene.period, day + 1, max(days, 0), pace)
        at, turn = np.concatenate((night, at)), np.concatenate((np.zeros(flood, np.int64), turn + 1))
        numbers = targets(rng, scene, habits.order, day, len(at))
        raids.append(raid(rng, habits, account, pace, at, turn, numbers))
    return raids


def _midnight(day: int) -> int:
    return day * 24 * HOUR


ATTACK = Attack(
    "saturate",
    saturate,
    (
        "lit en une nuit plus de patients que le compte n’en garde en mémoire, puis continue lentement",
        "reads more patients in one night than the account is remembered for, then goes on slowly",
    ),
    ("1 600 dossiers la première nuit, puis 90 par jour", "1,600 records in the first night, then 90 a day"),
    (
        "il veut que les patients connus soient oubliés : un filtre plein répond « nouveau », et la nuit se voit",
        "wants known patients to be forgotten: a full filter answers new, and the night shows",
    ),
)
