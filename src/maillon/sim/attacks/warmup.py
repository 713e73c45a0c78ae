"""Warm-up: a handful a day at first, a little more each day, so that no day is far from those before it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from maillon.sim.attacks.declaration import Attack
from maillon.sim.attacks.thief import draw_habits, log_uniform, raid, scheduled, targets

if TYPE_CHECKING:
    from maillon.sim.attacks.scene import Raid, Scene


def warmup(scene: Scene) -> list[Raid]:
    """Begin as early as can be and grow to the end of the period, in office hours, one session a day."""
    raids = []
    for rank, account in enumerate(scene.victims().tolist()):
        rng = scene.draws(rank)
        habits = replace(draw_habits(rng), opens=8.5, hours=9.0, sessions=1)
        low, high = log_uniform(rng, 2, 10), log_uniform(rng, 80, 400)
        days = np.arange(scene.earliest(), scene.period.days)
        grows = low * (high / low) ** np.linspace(0, 1, len(days))
        at, turn = scheduled(rng, habits, scene.period, list(zip(days.tolist(), grows.tolist(), strict=True)))
        numbers = targets(rng, scene, habits.order, int(days[0]), len(at))
        raids.append(raid(rng, habits, account, high, at, turn, numbers))
    return raids


ATTACK = Attack(
    "warmup",
    warmup,
    (
        "commence par quelques dossiers par jour et en lit chaque jour un peu plus",
        "begins with a handful a day and reads a little more each day",
    ),
    ("4 dossiers le premier jour, 250 le seizième", "4 records on the first day, 250 on the sixteenth"),
    (
        "il apprend lui-même à l’habitude du compte ce qui est ordinaire, et attend pour cela",
        "teaches the account’s own baseline what is usual, and waits for that",
    ),
)
