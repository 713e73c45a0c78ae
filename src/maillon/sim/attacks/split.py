"""Splitting: so little a day and an account that no step is called for, through many accounts, for weeks."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from maillon.sim.attacks.declaration import Attack
from maillon.sim.attacks.thief import draw_habits, hours_of_work, log_uniform, raid, targets

if TYPE_CHECKING:
    from maillon.sim.attacks.scene import Raid, Scene

PACE = (8.0, 25.0)
"""Under the patients that a thief has read, at the median, when a stronger log-in is asked for (docs/detection.md)."""


def split(scene: Scene) -> list[Raid]:
    """Stop each day just under where a stronger log-in would be asked for; an exit of its own for each account."""
    raids = []
    victims = scene.victims()
    for rank, account in enumerate(victims.tolist()):
        rng = scene.draws(rank)
        habits = replace(draw_habits(rng), opens=8.5, hours=9.0, sessions=1)
        pace = log_uniform(rng, *PACE)
        day = scene.earliest() + int(rng.integers(0, 3)) if scene.period.days > 8 else scene.earliest()
        at, turn = hours_of_work(rng, habits, scene.period, day, scene.period.days - day, pace)
        numbers = targets(rng, scene, habits.order, day, len(at), (rank, len(victims)))
        raids.append(raid(rng, habits, account, pace, at, turn, numbers))
    return raids


ATTACK = Attack(
    "split",
    split,
    (
        "s’arrête chaque jour juste avant qu’une connexion renforcée soit demandée, par plusieurs comptes",
        "stops each day just under where a stronger log-in would be asked for, through several accounts",
    ),
    ("dix comptes, quinze dossiers par jour chacun", "ten accounts, fifteen records a day each"),
    (
        "chaque jour reste ordinaire : il lui faut beaucoup de comptes et beaucoup de jours",
        "no day stands out: it takes many accounts and many days",
    ),
    accounts=10,
)
