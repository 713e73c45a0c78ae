"""A surge: a thief who takes what they want on the days on which the whole facility reads more than usual."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from maillon.sim.attacks.crowd import busiest
from maillon.sim.attacks.declaration import Attack
from maillon.sim.attacks.thief import draw_habits, hours_of_work, log_uniform, raid, targets

if TYPE_CHECKING:
    from maillon.sim.attacks.scene import Raid, Scene

PACE = (100.0, 500.0)


def surge(scene: Scene) -> list[Raid]:
    """Steal accounts of the facility that is busiest, on its busiest day and the next, in working hours."""
    facility, day = busiest(scene)
    raids = []
    for rank, account in enumerate(scene.victims(facility=facility).tolist()):
        rng = scene.draws(rank)
        habits = replace(draw_habits(rng), opens=8.0, hours=10.0)
        pace = log_uniform(rng, *PACE)
        at, turn = hours_of_work(rng, habits, scene.period, day, min(2, scene.period.days - day), pace)
        numbers = targets(rng, scene, habits.order, day, len(at))
        raids.append(raid(rng, habits, account, pace, at, turn, numbers))
    return raids


ATTACK = Attack(
    "surge",
    surge,
    (
        "prend ses dossiers les jours où tout l’établissement lit plus que d’habitude",
        "takes records on the days on which the whole facility reads more than usual",
    ),
    ("300 dossiers par jour les deux jours d’une revue de listes d’attente", "300 a day on the two days of a review"),
    (
        "il se fond dans le volume des collègues, et n’a pour cela que les jours de presse",
        "hides in its colleagues’ volume, and has only the busy days for it",
    ),
)
