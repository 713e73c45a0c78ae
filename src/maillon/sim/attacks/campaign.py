"""One thief, several accounts at once, each at a pace of its own between 30 and 600 records a day."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from maillon.sim.attacks.declaration import Attack
from maillon.sim.attacks.thief import draw_habits, hours_of_work, log_uniform, raid, targets

if TYPE_CHECKING:
    from maillon.sim.attacks.scene import Raid, Scene

PACE = (30.0, 600.0)


def campaign(scene: Scene) -> list[Raid]:
    """Read, through all the stolen accounts, parts of the region that do not overlap."""
    leader = scene.draws()
    habits = draw_habits(leader)
    first = scene.start_day(leader)
    spread = int(leader.integers(0, 4))
    lasts = int(leader.integers(2, 15))
    raids = []
    victims = scene.victims()
    for rank, account in enumerate(victims.tolist()):
        rng = scene.draws(rank)
        pace = log_uniform(rng, *PACE)
        mine = replace(habits, sessions=int(rng.integers(1, 5)))
        day = min(first + int(rng.integers(0, spread + 1)), max(scene.period.days - 2, first))
        at, turn = hours_of_work(rng, mine, scene.period, day, min(lasts, scene.period.days - day), pace)
        numbers = targets(rng, scene, mine.order, day, len(at), (rank, len(victims)))
        raids.append(raid(rng, mine, account, pace, at, turn, numbers))
    return raids


ATTACK = Attack(
    "campaign",
    campaign,
    (
        "lit par dix comptes à la fois des parts de la région qui ne se recouvrent pas",
        "reads, through ten accounts at once, parts of the region that do not overlap",
    ),
    ("dix comptes, 30 à 600 dossiers par jour chacun", "ten accounts, 30 to 600 records a day each"),
    accounts=10,
)
