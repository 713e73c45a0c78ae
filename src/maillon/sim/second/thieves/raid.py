"""What every theft comes down to: outings from some client, in which patients are opened at some speed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from maillon.sim.second import steps
from maillon.sim.second.almanac import DAY, HOUR
from maillon.sim.second.draws import Column
from maillon.sim.second.steps import HABITS, Opened
from maillon.sim.second.tables import NEW, Batch, Sittings

if TYPE_CHECKING:
    from maillon.sim.second.thieves.scene import Scene

_SECONDS = {"search": 10.0, "detail": 14.0, "care": 55.0, "update": 40.0}  # that each adds to a read, at pace 1
_READ = 6.0


@dataclass
class Raid:
    """One account's theft. Outings are in order; `reads` says how many of `patients` each opens."""

    kind: str
    account: int
    pace: float  # identities a day that the thief means to take; 0 = as fast as it can
    service: int
    starts: Column  # instants of the outings
    reads: Column
    patients: Column  # identifiers; -2 - i = the i-th of `typed`
    address: Column
    agent: Column
    per_hour: float  # pages of patients an hour within an outing
    habits: Mapping[str, float | Column] = field(default_factory=dict)
    typed: Column = field(default_factory=lambda: np.zeros(0, np.int64))
    session: Column | None = None  # sessions replayed; new ones otherwise


def batch(scene: Scene, rng: np.random.Generator, raid: Raid) -> Batch:
    """Return the requests of a raid."""
    count = len(raid.starts)
    usual = np.zeros(count, HABITS)
    usual["login"], usual["fails"], usual["narrow"] = 0.9 * (raid.session is None), 0.05, 0.3
    usual["unsteady"] = 0.6
    usual["pause"] = min(0.01, 0.1 * 3600 / raid.per_hour / steps.PAUSE)  # a tenth of the time at most
    for name, value in raid.habits.items():
        usual[name] = value
    spent = _READ + sum(seconds * usual[name] for name, seconds in _SECONDS.items())
    usual["pace"] = 3600 / raid.per_hour / spent / np.exp(usual["unsteady"] ** 2 / 2)
    sittings = Sittings(
        np.full(count, raid.account),
        np.full(count, NEW) if raid.session is None else raid.session,
        raid.address.astype(np.int32),
        raid.agent.astype(np.int16),
        np.full(count, raid.service, np.uint8),
    )
    session = np.repeat(np.arange(count), raid.reads)
    opened = Opened(sittings, raid.starts, usual)
    return steps.expand(rng, scene.world.bases, opened, session, raid.patients[: len(session)], raid.typed)


def outings(
    scene: Scene, rng: np.random.Generator, days: Column, a_day: Column, hours: tuple[float, float], most: int = 4
) -> tuple[Column, Column]:
    """Split each day's catch into one to `most` outings between two local hours; return starts and reads."""
    times = rng.integers(1, most + 1, len(days))
    moments = np.repeat(days, times) * DAY + (rng.uniform(*hours, int(times.sum())) * HOUR).astype(np.int64)
    cut = rng.dirichlet(np.ones(most), len(days)) * (np.arange(most) < times[:, None])
    reads = np.maximum(np.round(cut / cut.sum(axis=1, keepdims=True) * a_day[:, None]), 1)[
        np.arange(most) < times[:, None]
    ].astype(np.int64)
    order = np.argsort(moments)
    starts = scene.world.almanac.utc(moments[order])
    return starts, reads[order]
