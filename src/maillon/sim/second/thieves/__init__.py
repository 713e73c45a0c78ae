"""Thieves by kind. Each draws its account, moment, pace, hours, network, client and choice of patients."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from maillon.sim.second.thieves.campaign import campaign
from maillon.sim.second.thieves.covert import mimic, surge, warmup
from maillon.sim.second.thieves.lists import export, search
from maillon.sim.second.thieves.paced import dormant, paced, slow
from maillon.sim.second.thieves.raid import Raid
from maillon.sim.second.thieves.replay import replay
from maillon.sim.second.thieves.scene import Scene
from maillon.sim.second.thieves.smash import smash
from maillon.sim.second.thieves.walk import walk

KINDS: dict[str, Callable[[Scene, np.random.Generator], list[Raid]]] = {
    "smash": smash,
    "paced": paced,
    "slow": slow,
    "walk": walk,
    "campaign": campaign,
    "dormant": dormant,
    "replay": replay,
    "search": search,
    "export": export,
    "mimic": mimic,
    "warmup": warmup,
    "surge": surge,
}
