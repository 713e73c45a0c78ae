"""What an attack on the shelf says of itself: help, documentation and drills are printed from this."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from maillon.sim.attacks.scene import Raid, Scene

Plan = Callable[[Scene], list[Raid]]
"""Takes the honest region; returns what thieves add to it."""

NEEDS = ("numbers", "sessions", "lists", "exports", "dormant")
"""What a log must show before an attack can be planted in it: patients' identifiers that are numbers, sessions, pages
of lists, exports, accounts long unused."""


@dataclass(frozen=True)
class Attack:
    """One attack. Texts are in French and English; `hides` is what of the method its thief works around."""

    name: str
    plan: Plan
    does: tuple[str, str]
    example: tuple[str, str]
    hides: tuple[str, str] = ("", "")
    accounts: int = 1  # stolen at once in a drill
    needs: tuple[str, ...] = ()  # of NEEDS
