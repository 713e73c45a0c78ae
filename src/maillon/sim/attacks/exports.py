"""Exports: a few files that hold hundreds of patients each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from maillon.sim.attacks.declaration import Attack
from maillon.sim.attacks.lists import from_pages

if TYPE_CHECKING:
    from maillon.sim.attacks.scene import Raid, Scene

PACE = (2.0, 15.0)


def exports(scene: Scene) -> list[Raid]:
    """Ask for some exports a day, for one to four days."""
    return from_pages(scene, "export", PACE, (1, 4))


ATTACK = Attack(
    "exports",
    exports,
    ("demande quelques exports de plusieurs centaines de patients", "asks for a few exports of hundreds of patients"),
    ("six fichiers de 500 patients en deux jours", "six files of 500 patients in two days"),
    (
        "peu de requêtes suffisent : c’est un plafond d’export qui l’arrête, plus qu’un score",
        "few requests are enough: a cap on exports stops it, more than a score does",
    ),
    needs=("exports",),
)
