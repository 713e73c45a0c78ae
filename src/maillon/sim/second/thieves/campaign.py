"""Ten accounts, one operator: shared machines, or another home at each session, or tiles of numbers between them."""

from __future__ import annotations

import numpy as np

from maillon.sim.second.draws import log_between
from maillon.sim.second.pages import IDENTITY
from maillon.sim.second.thieves.raid import Raid, outings
from maillon.sim.second.thieves.scene import Scene, client
from maillon.sim.second.thieves.walk import along

ACCOUNTS = 10


def campaign(scene: Scene, rng: np.random.Generator) -> list[Raid]:
    """Draw the way of working once for all ten; each account begins within some days of the first."""
    way = str(rng.choice(["shared", "proxies", "tiles"]))
    first, days = scene.late_day(rng, 8), scene.world.almanac.days
    pace, length, per_hour = log_between(rng, 40, 400), int(rng.integers(2, 9)), log_between(rng, 80, 600)
    kind, machine = str(rng.choice(["abroad", "hosting", "home", "mobile"])), int(rng.integers(1 << 60))
    choice, service = str(rng.choice(["anywhere", "houses", "newest"])), int(rng.integers(3))
    stride, begin, tile = int(rng.choice([1, 1, 2, 5])), int(rng.integers(1 << 60)), int(pace * length * 1.3)
    habits: dict[str, float] = {"search": float(rng.choice([0.0, 0.4])), "unsteady": float(rng.uniform(0.1, 0.9))}
    raids = []
    for place in range(ACCOUNTS):
        day = min(first + int(rng.integers(0, 7)), days - 1)
        account = scene.account(rng, day)
        mine = np.arange(day, min(day + length, days))
        starts, reads = outings(scene, rng, mine, pace * rng.uniform(0.7, 1.3, len(mine)), (6.0, 23.0), 3)
        count, typed = int(reads.sum()), None
        if way == "tiles":
            service = IDENTITY
            patients, typed = along(scene.world.bases, np.random.default_rng(begin), count, stride, place * tile)
        else:
            patients = scene.identifiers(rng, service, account, day, count, choice)
        shared = np.random.default_rng(machine) if way == "shared" else rng
        line = {"shared": kind, "proxies": "proxies", "tiles": "any"}[way]
        address, agent = client(scene, shared, line, account, starts)
        raid = Raid(
            f"campaign-{way}", account, pace, service, starts, reads, patients, address, agent, per_hour, habits
        )
        if typed is not None:
            raid.typed = typed
        raids.append(raid)
    return raids
