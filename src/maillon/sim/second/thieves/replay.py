"""The owner's own session replayed: same session, the thief's pages between and after the owner's."""

from __future__ import annotations

import numpy as np

from maillon.sim.second.draws import log_between
from maillon.sim.second.thieves.raid import Raid
from maillon.sim.second.thieves.scene import Scene, client


def replay(scene: Scene, rng: np.random.Generator) -> list[Raid]:
    """Ride one to six sessions of the last third: from the owner's network, or from the thief's."""
    world = scene.world
    late = scene.rows.at >= world.almanac.start + world.almanac.days * 2 // 3 * 86_400_000_000
    seen = np.bincount(scene.sittings.account[scene.rows.sitting[late]], minlength=len(world.staff))
    account = scene.account(rng, scene.late_day(rng), among=seen >= 10)
    sittings, begin, end = scene.own_sittings(account)
    usable = np.flatnonzero(scene.day(begin) >= world.almanac.days * 2 // 3)
    ridden = np.sort(rng.choice(usable, min(len(usable), int(rng.integers(1, 7))), replace=False))
    # The cookie is stolen during the session and lives on for some hours after the owner's last page.
    starts = begin[ridden] + ((end - begin)[ridden] * rng.random(len(ridden))).astype(np.int64) + 5_000_000
    reads = rng.integers(*(int(log_between(rng, 25, 150)), 400), len(ridden))
    service = int(scene.sittings.service[sittings[ridden[0]]])
    ridden = ridden[scene.sittings.service[sittings[ridden]] == service]
    starts, reads = starts[: len(ridden)], reads[: len(ridden)]
    patients = scene.identifiers(rng, service, account, int(scene.day(begin[ridden[:1]])[0]), int(reads.sum()))
    address, agent = client(scene, rng, str(rng.choice(["desk", "any"])), account, starts)
    return [
        Raid(
            "replay", account, 0.0, service, starts, reads, patients, address, agent, log_between(rng, 80, 900),
            {"unsteady": rng.uniform(0.1, 0.9)}, session=sittings[ridden],
        )
    ]  # fmt: skip
