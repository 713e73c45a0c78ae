"""Slow theft: 60 to 150 records a day through one account, as a busy colleague reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from maillon.sim.attacks.alone import alone
from maillon.sim.attacks.declaration import Attack

if TYPE_CHECKING:
    from maillon.sim.attacks.scene import Raid, Scene

PACE = (60.0, 150.0)


def slow(scene: Scene) -> list[Raid]:
    """Read for days within the volumes of honest people."""
    return alone(scene, PACE)


ATTACK = Attack(
    "slow",
    slow,
    ("lit 60 à 150 dossiers par jour, comme un collègue occupé", "reads 60 to 150 records a day, as a busy colleague"),
    ("90 dossiers par jour pendant dix jours", "90 records a day for ten days"),
)
