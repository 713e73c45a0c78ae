"""A walk of integer identifiers, one after the other, whether they exist or not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from maillon.sim.attacks.alone import alone
from maillon.sim.attacks.declaration import Attack

if TYPE_CHECKING:
    from maillon.sim.attacks.scene import Raid, Scene

PACE = (150.0, 3000.0)


def walk(scene: Scene) -> list[Raid]:
    """Ask for every number in order: many do not exist."""
    return alone(scene, PACE, order="walk")


ATTACK = Attack(
    "walk",
    walk,
    ("demande tous les numéros dans l’ordre, qu’ils existent ou non", "asks for every number in order, on file or not"),
    ("1 000 numéros par jour", "1,000 numbers a day"),
    needs=("numbers",),
)
