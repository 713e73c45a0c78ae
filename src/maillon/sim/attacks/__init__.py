"""The shelf of attacks. Each takes the honest region and returns what thieves add to it; none knows any detector."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from maillon.sim.attacks import (
    campaign,
    dormant,
    exports,
    lists,
    migration,
    mimic,
    paced,
    replay,
    reread,
    rotating,
    saturate,
    slow,
    smash,
    split,
    surge,
    walk,
    warmup,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from maillon.sim.attacks.declaration import Attack, Plan

_FILES = (
    campaign, smash, paced, slow, walk, dormant, replay,  # thieves who only want to be quick, or quiet
    warmup, saturate, reread, surge, migration, split, mimic, rotating, lists, exports,  # who know what is looked at
)  # fmt: skip

SHELF: Mapping[str, Attack] = MappingProxyType({one.ATTACK.name: one.ATTACK for one in _FILES})
"""Every attack with its declaration, by name."""

ATTACKS: Mapping[str, Plan] = MappingProxyType({name: one.plan for name, one in SHELF.items()})
