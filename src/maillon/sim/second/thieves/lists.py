"""Thieves who open few patients: identities are taken from pages of lists, or from exports."""

from __future__ import annotations

import numpy as np

from maillon.sim.second.draws import log_between
from maillon.sim.second.thieves.raid import Raid, outings
from maillon.sim.second.thieves.scene import Scene, client


def search(scene: Scene, rng: np.random.Generator) -> list[Raid]:
    """Page after page of search and list results, fifty identities each; a patient opened now and then."""
    # A search goes before an opened patient, so lists alone carry the bulk of it.
    return [_raid(scene, rng, "search", "lists", log_between(rng, 30, 300), (1, 7))]


def export(scene: Scene, rng: np.random.Generator) -> list[Raid]:
    """A few files that hold hundreds of patients each."""
    return [_raid(scene, rng, "export", "exports", log_between(rng, 2, 15), (1, 4))]


def _raid(
    scene: Scene, rng: np.random.Generator, kind: str, means: str, answers: float, length: tuple[int, int]
) -> Raid:
    day = scene.late_day(rng, length[0] + 1)
    account = scene.account(rng, day)
    days = np.arange(day, min(day + int(rng.integers(length[0], length[1] + 1)), scene.world.almanac.days))
    opened = log_between(rng, 2, 30)
    starts, reads = outings(scene, rng, days, np.full(len(days), opened), (0.0, 23.5), 2)
    service = scene.service(rng, account)
    address, agent = client(scene, rng, "any", account, starts)
    patients = scene.identifiers(rng, service, account, day, int(reads.sum()))
    per_outing = answers * len(days) / len(starts)
    habits = {means: per_outing, "search": 0.9, "narrow": 0.0, "unsteady": rng.uniform(0.1, 0.8)}
    per_hour = log_between(rng, 60, 600)
    return Raid(kind, account, opened, service, starts, reads, patients, address, agent, per_hour, habits)
