"""A thief's habits, drawn at random: exits, client, hours, tempo, and the order in which patients are taken."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from maillon.sim.attacks.scene import Raid, Scene, Seat
from maillon.sim.clock import DAY, HOUR, SECOND, Period
from maillon.sim.places import SCRIPT_CLIENTS, SIZES, VERSIONS, Net
from maillon.sim.routes import PAGE

if TYPE_CHECKING:
    from numpy.random import Generator

PAGE_SIZE = 20  # patients on a page of search results


@dataclass(frozen=True)
class Habits:
    """One thief's ways. Hours are of the wall clock: work starts at `opens` and spreads over `hours`."""

    addresses: tuple[int, ...]
    agent: int
    opens: float
    hours: float
    sessions: int  # a day
    busy: float  # share of the working hours spent reading
    order: str  # "sequence" | "search" | "random" | "facility" | "walk"
    page: int


def draw_habits(rng: Generator) -> Habits:
    """Draw a thief's ways."""
    opens, hours = ((8.0, 11.0), (20.0, 9.0), (float(rng.uniform(0, 24)), 22.0))[int(rng.integers(3))]
    return Habits(
        addresses=draw_exits(rng),
        agent=draw_agent(rng),
        opens=opens,
        hours=hours,
        sessions=int(rng.integers(1, 5)),
        busy=float(np.exp(rng.uniform(np.log(0.08), np.log(0.8)))),
        order=str(rng.choice(["sequence", "search", "random", "facility"])),
        page=PAGE[str(rng.choice(["identity", "person", "record"], p=[0.6, 0.3, 0.1]))],
    )


def draw_exits(rng: Generator) -> tuple[int, ...]:
    """Draw one to three networks to come from: hosting mostly, else a telephone carrier or somebody's home."""
    kind = (Net.HOSTING, Net.HOSTING6, Net.CARRIER, Net.HOME)[int(rng.choice(4, p=[0.45, 0.25, 0.12, 0.18]))]
    ranks = rng.integers(0, SIZES[kind], int(rng.integers(1, 4)))
    return tuple(int(((int(kind) << 24) | rank) * 16 + rng.integers(0, 16)) for rank in ranks)


def draw_agent(rng: Generator) -> int:
    """Draw a client: an ordinary browser for two in three, else a script."""
    client = int(rng.integers(0, 8)) if rng.random() < 0.65 else int(rng.choice(SCRIPT_CLIENTS))
    return client * VERSIONS + int(rng.integers(0, 3))


def log_uniform(rng: Generator, low: float, high: float) -> float:
    """Draw a number between two bounds, every order of magnitude as likely."""
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))


def hours_of_work(
    rng: Generator, habits: Habits, period: Period, first_day: int, days: int, pace: float
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return when each record is read (UTC) and the session it is read in: `pace` records a day for some days."""
    return scheduled(rng, habits, period, [(day, pace) for day in range(first_day, first_day + days)])


def scheduled(
    rng: Generator, habits: Habits, period: Period, plan: Sequence[tuple[int, float]]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return when each record is read (UTC) and the session it is read in. `plan` holds (day, records)."""
    at, turn = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    for index, (day, pace) in enumerate(plan):
        quota = np.bincount(rng.integers(0, habits.sessions, round(pace)), minlength=habits.sessions)
        slot = habits.hours * HOUR / habits.sessions
        for rank, reads in enumerate(quota.tolist()):
            lasts = max(min(habits.busy * rng.uniform(0.5, 1.5), 0.97) * slot, reads * 0.4 * SECOND)
            opens = period.first_wall + day * DAY + habits.opens * HOUR + slot * rank
            begins = opens + rng.uniform(0, max(slot - lasts, 0))
            gaps = np.cumsum(np.exp(rng.normal(0, 0.6, reads + 1)))
            at.append((begins + lasts * gaps[:-1] / gaps[-1]).astype(np.int64))
            turn.append(np.full(reads, index * habits.sessions + rank))
    return period.to_utc(np.concatenate(at)), np.concatenate(turn)


def targets(
    rng: Generator, scene: Scene, order: str, first_day: int, count: int, share: tuple[int, int] = (0, 1)
) -> NDArray[np.int64]:
    """Return the numbers of `count` patients on file on the first day, in the order in which the thief takes them.

    `share` (rank, of) parts the region among the accounts of one thief. A walk takes every integer, on file or not.
    """
    patients = scene.patients
    on_file = patients.by_number[: patients.on_file[min(first_day, scene.period.days)]]
    if order == "walk":
        numbers = patients.numbers[on_file]
        return int(rng.integers(numbers[0], max(numbers[-1] - count, numbers[0] + 1))) + np.arange(count)
    rank, of = share
    low, high = len(on_file) * rank // of, len(on_file) * (rank + 1) // of
    count = min(count, high - low)
    if order == "sequence":
        first = int(rng.integers(low, high - count + 1))
        return patients.numbers[on_file[first : first + count]]
    if order == "facility":
        chosen = int(rng.integers(len(scene.people.kind)))
        away = (patients.facility[on_file] - chosen) % len(scene.people.kind)
        mine = on_file[rank::of]
        return patients.numbers[mine[np.argsort(away[rank::of], kind="stable")][:count]]
    pool = on_file[rank::of]
    return patients.numbers[pool[rng.permutation(len(pool))[:count]]]


def raid(
    rng: Generator,
    habits: Habits,
    account: int,
    pace: float,
    at: NDArray[np.int64],
    turn: NDArray[np.int64],
    numbers: NDArray[np.int64],
    listed: int = 0,
    acts: Sequence[Acts] = (),
) -> Raid:
    """Put times and targets together: a seat and a log-in a session, search pages for a thief who searches.

    `listed` patients stand on each page besides; `acts` follow some of the reads.
    """
    at, turn = at[: len(numbers)], turn[: len(numbers)]
    heads = np.flatnonzero(np.append(True, turn[1:] != turn[:-1]))
    exits = habits.addresses
    seats = [Seat(exits[int(rng.integers(len(exits)))], habits.agent) for _ in heads]
    seat = np.repeat(np.arange(len(heads)), np.diff(np.append(heads, len(at))))
    pages = np.flatnonzero(np.arange(len(at)) % PAGE_SIZE == 0) if habits.order == "search" else heads[:0]
    before = (rng.uniform(0.3, 0.9, len(pages)) * SECOND).astype(np.int64)
    misses = np.flatnonzero(rng.random(len(heads)) < 0.1)
    login = at[heads] - 4 * SECOND
    parts: tuple[Rows, ...] = (
        (login[misses] - 9 * SECOND, misses, PAGE["login"], -1, 0),
        (login, np.arange(len(heads)), PAGE["login"], -1, 0),
        (at[pages] - before, seat[pages], PAGE["search"], -1, PAGE_SIZE),
        (at, seat, habits.page, numbers, listed),
        *((at[each.after] + each.delay, seat[each.after], each.page, numbers[each.after], 0) for each in acts),
    )
    return assemble(account, pace, seats, parts, failed=len(misses))


@dataclass(frozen=True)
class Acts:
    """What a thief does to a patient a moment after reading it. `after` holds indices of reads."""

    after: NDArray[np.int64]
    page: int
    delay: int  # microseconds


Rows = tuple[NDArray[np.int64], NDArray[np.int64], int, NDArray[np.int64] | int, int]


def assemble(account: int, pace: float, seats: list[Seat], parts: tuple[Rows, ...], failed: int = 0) -> Raid:
    """Return a raid of all the parts, in order of time. The first `failed` rows are log-ins that fail."""
    sizes = [len(part[0]) for part in parts]
    at = np.concatenate([part[0] for part in parts])
    order = np.argsort(at, kind="stable")

    def column(which: int) -> NDArray[np.int64]:
        return np.concatenate([np.broadcast_to(part[which], size) for part, size in zip(parts, sizes, strict=True)])[
            order
        ]

    return Raid(
        account=account,
        pace=pace,
        seats=seats,
        at=at[order],
        seat=column(1),
        page=column(2),
        number=column(3),
        listed=column(4),
        refused=(np.arange(len(at)) < failed)[order],
    )
