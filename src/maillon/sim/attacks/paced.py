"""Paced theft: 300 to 800 records a day through one account."""

from __future__ import annotations

from typing import TYPE_CHECKING

from maillon.sim.attacks.alone import alone
from maillon.sim.attacks.declaration import Attack

if TYPE_CHECKING:
    from maillon.sim.attacks.scene import Raid, Scene

PACE = (300.0, 800.0)


def paced(scene: Scene) -> list[Raid]:
    """Read for days at a pace that no hour limit sees."""
    return alone(scene, PACE)


ATTACK = Attack(
    "paced",
    paced,
    ("lit 300 à 800 dossiers par jour pendant des jours", "reads 300 to 800 records a day for days"),
    ("500 dossiers par jour pendant une semaine", "500 records a day for a week"),
)
