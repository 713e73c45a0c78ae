"""Replay: the owner's session and client, used from elsewhere in the owner's hours."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from maillon.sim.attacks.declaration import Attack
from maillon.sim.attacks.scene import Raid, Scene, Seat
from maillon.sim.attacks.thief import assemble, draw_habits, log_uniform, targets
from maillon.sim.clock import DAY, SECOND

if TYPE_CHECKING:
    from numpy.typing import NDArray

PACE = (30.0, 300.0)


def replay(scene: Scene) -> list[Raid]:
    """Follow the owner: while they work, the thief reads with their session. Nobody logs in."""
    victims = scene.victims()
    rows = np.flatnonzero(np.isin(scene.sittings.account[scene.honest.sitting], victims))
    account = scene.sittings.account[scene.honest.sitting[rows]]
    raids = (_one(scene, rank, owner, rows[account == owner]) for rank, owner in enumerate(victims.tolist()))
    return [each for each in raids if each is not None]


def _one(scene: Scene, rank: int, account: int, rows: NDArray[np.int64]) -> Raid | None:
    """One owner's sessions of some days; none when the owner does not work on those days."""
    rng = scene.draws(rank)
    habits = draw_habits(rng)
    pace, day, days = log_uniform(rng, *PACE), scene.start_day(rng), int(rng.integers(2, 15))
    start = scene.period.first + day * DAY
    at, sitting = scene.honest.at[rows], scene.honest.sitting[rows]
    within = (at >= start) & (at < start + days * DAY)
    sessions = np.unique(sitting[within])
    if not len(sessions):
        return None
    reads = np.maximum(rng.poisson(pace * days / len(sessions) / 1.5, len(sessions)), 1)
    times, seat = [], []
    for index, used in enumerate(sessions.tolist()):
        mine = at[within & (sitting == used)]
        lasts = max(int(mine.max() - mine.min()), 600 * SECOND)
        times.append(mine.min() + np.sort((rng.uniform(0, 1, reads[index]) * lasts).astype(np.int64)))
        seat.append(np.full(reads[index], index))
    exits = habits.addresses
    seats = [
        Seat(exits[int(rng.integers(len(exits)))], int(scene.sittings.agent[s]), int(scene.sittings.session[s]))
        for s in sessions
    ]
    when = np.concatenate(times)
    order = np.argsort(when, kind="stable")
    numbers = targets(rng, scene, habits.order, day, len(when))
    kept = order[: len(numbers)]
    return assemble(account, pace, seats, ((when[kept], np.concatenate(seat)[kept], habits.page, numbers, 0),))


ATTACK = Attack(
    "replay",
    replay,
    (
        "se sert d’ailleurs de la session du titulaire, pendant qu’il travaille",
        "uses the owner’s session from elsewhere while they work",
    ),
    ("100 dossiers par jour dans les sessions du titulaire", "100 records a day in the owner’s sessions"),
    needs=("sessions",),
)
