"""Smash and grab: hundreds of identities an hour from abroad or a hosting company, for a few hours."""

from __future__ import annotations

import numpy as np

from maillon.sim.second.draws import log_between
from maillon.sim.second.thieves.raid import Raid
from maillon.sim.second.thieves.scene import Scene, client


def smash(scene: Scene, rng: np.random.Generator) -> list[Raid]:
    """At any hour; the account is thrown away afterwards."""
    day = scene.late_day(rng)
    account = scene.account(rng, day)
    per_hour, hours = log_between(rng, 200, 1_600), log_between(rng, 0.6, 6)
    count, service = int(per_hour * hours), scene.service(rng, account)
    starts = scene.world.almanac.utc(np.array([int((day + rng.random()) * 86_400e6)]))
    address, agent = client(scene, rng, str(rng.choice(["abroad", "hosting"])), account, starts)
    patients = scene.identifiers(rng, service, account, day, count)
    habits = {
        "search": rng.choice([0.0, 0.5]),
        "unsteady": rng.uniform(0.05, 0.7),
        "detail": rng.choice([0.0, 0.0, 0.5]),
    }
    return [Raid("smash", account, 0.0, service, starts, np.array([count]), patients, address, agent, per_hour, habits)]
