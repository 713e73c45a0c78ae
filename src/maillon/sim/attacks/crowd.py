"""Where and when a crowd would hide a thief: the busiest days of a facility, the day on which it changed networks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from maillon.sim.places import network_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from maillon.sim.attacks.scene import Scene


def busiest(scene: Scene) -> tuple[int, int]:
    """Return (facility, day) at which a facility read most against its usual day."""
    read = scene.honest.patient >= 0
    reads = _by_facility(scene, scene.sittings.account[scene.honest.sitting[read]], scene.honest.at[read])
    usual = np.median(reads, axis=1, keepdims=True) + 20
    return _best(scene, reads / usual)


def moving(scene: Scene) -> tuple[int, int]:
    """Return (facility, day) at which most of a facility's accounts came to a network that they had not used."""
    account = scene.sittings.account[scene.honest.sitting].astype(np.int64)
    order = np.argsort(scene.honest.at, kind="stable")
    network = network_of(scene.sittings.address[scene.honest.sitting])
    _, first = np.unique((account << 32 | network)[order], return_index=True)
    rows = order[first]
    begun = np.full(len(scene.people.facility), np.iinfo(np.int64).max)
    np.minimum.at(begun, account, scene.honest.at)
    rows = rows[scene.days_of(scene.honest.at[rows]) > scene.days_of(begun[account[rows]])]
    arrived = _by_facility(scene, account[rows], scene.honest.at[rows])
    size = np.bincount(scene.people.facility, minlength=len(scene.people.kind))
    return _best(scene, arrived / (size[:, None] + 3.0))


def _by_facility(scene: Scene, account: NDArray[np.integer], at: NDArray[np.int64]) -> NDArray[np.float64]:
    """Count rows by facility and day of the period."""
    day = np.clip(scene.days_of(at), 0, scene.period.days - 1)
    counts = np.zeros((len(scene.people.kind), scene.period.days))
    np.add.at(counts, (scene.people.facility[account], day), 1)
    return counts


def _best(scene: Scene, value: NDArray[np.float64]) -> tuple[int, int]:
    """Return the greatest among facilities with accounts to steal and days on which a theft may start."""
    able = np.bincount(scene.people.facility[scene.able()], minlength=len(scene.people.kind))
    last = max(scene.period.days - 2, scene.earliest() + 1)
    value = np.where(able[:, None] > 0, value + able[:, None] * 1e-9, -1.0)[:, scene.earliest() : last]
    facility, day = np.unravel_index(int(np.argmax(value)), value.shape)
    return int(facility), int(day) + scene.earliest()
