"""A migration: a thief who arrives on the day on which a whole facility comes from another network."""

from __future__ import annotations

from typing import TYPE_CHECKING

from maillon.sim.attacks.crowd import moving
from maillon.sim.attacks.declaration import Attack
from maillon.sim.attacks.thief import draw_habits, hours_of_work, log_uniform, raid, targets

if TYPE_CHECKING:
    from maillon.sim.attacks.scene import Raid, Scene

PACE = (60.0, 400.0)


def migration(scene: Scene) -> list[Raid]:
    """Steal accounts of the facility that changes networks, from the day on which it does."""
    facility, day = moving(scene)
    raids = []
    for rank, account in enumerate(scene.victims(facility=facility).tolist()):
        rng = scene.draws(rank)
        habits = draw_habits(rng)
        pace = log_uniform(rng, *PACE)
        days = min(int(rng.integers(2, 8)), scene.period.days - day)
        at, turn = hours_of_work(rng, habits, scene.period, day, days, pace)
        numbers = targets(rng, scene, habits.order, day, len(at))
        raids.append(raid(rng, habits, account, pace, at, turn, numbers))
    return raids


ATTACK = Attack(
    "migration",
    migration,
    (
        "arrive le jour où tout un établissement change de réseau",
        "arrives on the day on which a whole facility comes from another network",
    ),
    ("150 dossiers par jour à partir du jour de la bascule", "150 a day from the day of the change on"),
    (
        "ce jour-là un réseau nouveau ne dit rien : il lui faut connaître la date, et des comptes de cet établissement",
        "a new network says nothing on that day: it has to know the date, and have accounts of that facility",
    ),
)
