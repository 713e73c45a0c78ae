"""Smash and grab: one account, as fast as the portal answers, until the thief has enough."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from maillon.sim.attacks.declaration import Attack
from maillon.sim.attacks.thief import draw_habits, log_uniform, raid, targets
from maillon.sim.clock import DAY, HOUR, SECOND

if TYPE_CHECKING:
    from maillon.sim.attacks.scene import Raid, Scene


def smash(scene: Scene) -> list[Raid]:
    """Read in one go, at any hour, several hundred to twenty thousand records."""
    raids = []
    for rank, account in enumerate(scene.victims().tolist()):
        rng = scene.draws(rank)
        habits = draw_habits(rng)
        day = scene.start_day(rng)
        count = int(log_uniform(rng, 300, 20_000))
        gaps = rng.gamma(3.0, log_uniform(rng, 0.2, 2.0) / 3.0, count)
        begins = scene.period.first_wall + day * DAY + int(rng.uniform(0, 24) * HOUR)
        at = scene.period.to_utc(np.array([begins])) + (np.cumsum(gaps) * SECOND).astype(np.int64)
        turn = (np.cumsum(gaps) // 1800).astype(np.int64)
        numbers = targets(rng, scene, habits.order, day, count)
        raids.append(raid(rng, habits, account, 0.0, at, turn, numbers))
    return raids


ATTACK = Attack(
    "smash",
    smash,
    ("lit d’un trait, aussi vite que le portail répond", "reads in one go, as fast as the portal answers"),
    ("3 000 dossiers en une heure", "3,000 records in an hour"),
)
