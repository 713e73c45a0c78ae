"""An account unused for long wakes in the hands of a thief."""

from __future__ import annotations

from typing import TYPE_CHECKING

from maillon.sim.attacks.alone import alone
from maillon.sim.attacks.declaration import Attack

if TYPE_CHECKING:
    from maillon.sim.attacks.scene import Raid, Scene

PACE = (40.0, 500.0)


def dormant(scene: Scene) -> list[Raid]:
    """Read through accounts that nobody has used since the first days."""
    return alone(scene, PACE, dormant=True)


ATTACK = Attack(
    "dormant",
    dormant,
    ("réveille un compte inutilisé depuis longtemps", "wakes an account unused for long"),
    (
        "150 dossiers par jour par un compte muet depuis un mois",
        "150 a day through an account silent for a month",
    ),
    needs=("dormant",),
)
