"""The shelf of attacks. Each takes the honest region and returns what thieves add to it; none knows any detector."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from maillon.sim.attacks.campaign import campaign
from maillon.sim.attacks.dormant import dormant
from maillon.sim.attacks.paced import paced
from maillon.sim.attacks.replay import replay
from maillon.sim.attacks.slow import slow
from maillon.sim.attacks.smash import smash
from maillon.sim.attacks.walk import walk

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from maillon.sim.attacks.scene import Raid, Scene

ATTACKS: Mapping[str, Callable[[Scene], list[Raid]]] = MappingProxyType(
    {
        "campaign": campaign,
        "smash": smash,
        "paced": paced,
        "slow": slow,
        "walk": walk,
        "dormant": dormant,
        "replay": replay,
    }
)
