"""What honest people do: they read patients of their panel and new ones, search, list, write, send, export."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from maillon.sim.clock import DAY, SECOND, Period
from maillon.sim.columns import Columns, columns
from maillon.sim.patients import HISTORY, Patients
from maillon.sim.roles import ROLE, ROLES
from maillon.sim.routes import PAGE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.random import Generator
    from numpy.typing import NDArray

    from maillon.sim.duty import Duty
    from maillon.sim.people import People

_SHARERS = 3.0  # people who read the same new patient, about


@dataclass(frozen=True)
class Reading:
    """Records read, by account, day and time. `row` is the row of duty."""

    row: NDArray[np.int32]
    sitting: NDArray[np.int32]
    at: NDArray[np.int64]  # UTC
    patient: NDArray[np.int32]
    new: NDArray[np.bool_]


def daily_arrivals(people: People, duty: Duty, days: int) -> NDArray[np.float64]:
    """Return how many patients arrive a day in each facility, for its people to have new ones to read."""
    new = np.array([role.new for role in ROLES])[people.role]
    personal = np.where(people.personal(), 1.0, 0.3)
    wanted = np.bincount(
        duty.facility, weights=(duty.reads * ~duty.bulk * (new * personal)[duty.account]), minlength=len(people.kind)
    )
    return np.maximum(wanted / days / _SHARERS, 0.4)


def read_records(
    rng: Generator, people: People, patients: Patients, period: Period, duty: Duty, sittings: NDArray[np.int64]
) -> Reading:
    """Draw every record read: by whom, when, of which patient. `sittings` = how many in each row of duty."""
    row = np.repeat(np.arange(len(duty.reads), dtype=np.int32), duty.reads)
    rank = np.arange(len(row)) - np.repeat(np.cumsum(duty.reads) - duty.reads, duty.reads)
    slot = _slots(rng, row, rank, duty, sittings)
    new = rng.random(len(row), np.float32) < _share_of_new(people, duty)[row]
    patient = _patients_read(rng, people, patients, duty, row, new)
    wall = _times(rng, people, duty, row, slot, sittings) + period.first_wall
    first = np.cumsum(sittings) - sittings
    return Reading(row, (first[row] + slot).astype(np.int32), period.to_utc(wall), patient, new)


def _slots(
    rng: Generator, row: NDArray[np.int32], rank: NDArray[np.int64], duty: Duty, sittings: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Spread the reads of a day over its sittings, in order."""
    share = (rank + rng.random(len(row), np.float32)) / duty.reads[row]
    return np.minimum((share * sittings[row]).astype(np.int64), sittings[row] - 1)


def _share_of_new(people: People, duty: Duty) -> NDArray[np.float64]:
    """Return the chance, each worked day, that a record is one never read before by this account."""
    share = np.array([role.new for role in ROLES])[people.role[duty.account]]
    return np.where(duty.bulk, 0.75, share)


def _patients_read(
    rng: Generator, people: People, patients: Patients, duty: Duty, row: NDArray[np.int32], new: NDArray[np.bool_]
) -> NDArray[np.int32]:
    """Draw the patient of each read. Each account has a list: its panel before the period, then its new patients."""
    account = duty.account[row]
    accounts = len(people.role)
    lasting = np.array([role.panel for role in ROLES])[people.role]
    panel = np.where(people.joined > 0, 0, (lasting * 3).astype(np.int64)) + 1
    fresh = np.bincount(account[new], minlength=accounts)
    starts = np.concatenate(([0], np.cumsum(panel + fresh)[:-1]))
    book = np.empty(int((panel + fresh).sum()), np.int32)
    owner = np.repeat(np.arange(accounts), panel)
    place = starts[owner] + np.arange(len(owner)) - np.repeat(np.cumsum(panel) - panel, panel)
    book[place] = _draw_panel(rng, patients, people, owner)
    drawn = np.cumsum(new)
    first = np.concatenate(([0], np.cumsum(fresh)[:-1]))
    position = (starts + panel - first)[account] + drawn - 1  # of the newest patient known at each read
    book[position[new]] = _draw_new(rng, people, patients, duty, row[new])
    back = rng.standard_exponential(len(row), np.float32) * lasting[account]
    back[new] = 0
    read: NDArray[np.int32] = book[np.maximum(position - back.astype(np.int64), starts[account])]
    return read


def _draw_panel(rng: Generator, patients: Patients, people: People, owner: NDArray[np.int64]) -> NDArray[np.int64]:
    """Draw patients known since before the period: those of the last two months, mostly."""
    facility = people.facility[owner]
    daily = patients.before(facility, np.zeros(len(owner), np.int64)) / HISTORY
    lag = rng.standard_exponential(len(owner)) * 20 * daily
    return patients.recent(facility, np.zeros(len(owner), np.int64), lag)


def _draw_new(
    rng: Generator, people: People, patients: Patients, duty: Duty, row: NDArray[np.int32]
) -> NDArray[np.int64]:
    """Draw new patients: of the last days where the person works, of months for a review, some of elsewhere."""
    away = np.array([role.away for role in ROLES])[people.role[duty.account[row]]]
    elsewhere = rng.random(len(row), np.float32) < away
    facility = duty.facility[row]
    facility[elsewhere] = rng.choice(len(people.kind), int(elsewhere.sum()), p=people.weight)
    day = duty.day[row]
    daily = np.maximum(patients.before(facility, day) / (HISTORY + day), 0.2)
    span = np.where(duty.bulk[row], 60.0, 4.0)
    return patients.recent(facility, day, rng.standard_exponential(len(row), np.float32) * span * daily)


def _times(
    rng: Generator,
    people: People,
    duty: Duty,
    row: NDArray[np.int32],
    slot: NDArray[np.int64],
    sittings: NDArray[np.int64],
) -> NDArray[np.int64]:
    """Draw wall times since the first midnight: sittings start inside the shift, reads follow by log-normal gaps."""
    length = duty.lasts / sittings
    usual = np.exp(rng.normal(np.log(75), 0.5, len(people.role)))[duty.account]
    quick = np.exp(rng.normal(np.log(14), 0.4, len(duty.reads)))
    gap = np.minimum(np.where(duty.bulk, quick, usual), 0.55 * length / SECOND / np.maximum(duty.reads / sittings, 1))
    steps = np.exp(rng.standard_normal(len(row), np.float32) * 0.8 - 0.32) * (gap[row] * SECOND)
    begins = np.ones(len(row), np.bool_)
    begins[1:] = (row[1:] != row[:-1]) | (slot[1:] != slot[:-1])
    elapsed = np.cumsum(np.maximum(steps.astype(np.int64), SECOND // 4))
    head = np.flatnonzero(begins)
    elapsed -= np.repeat(elapsed[head], np.diff(np.append(head, len(row))))
    late = np.repeat(rng.random(len(head), np.float32) * 0.4, np.diff(np.append(head, len(row))))
    opening = duty.day[row] * DAY + duty.begins[row] + ((slot + late) * length[row]).astype(np.int64)
    wall: NDArray[np.int64] = opening + elapsed + 25 * SECOND
    return wall


def accesses(rng: Generator, people: People, duty: Duty, reading: Reading) -> Iterator[Columns]:
    """Yield the accesses that come of the reading: the pages read, and what is done about the patients."""
    role = people.role[duty.account[reading.row]].astype(np.uint8)
    at = reading.at
    yield _pages(rng, role, at, reading)
    yield _second_pages(rng, role, at, reading)
    yield _searches(rng, role, at, reading)
    yield _acts(rng, role, "acts", at, reading, duty)
    yield _acts(rng, role, "updates", at, reading, duty)
    yield _lists(rng, at, reading)
    yield _exports(rng, role, at, reading)


def _chosen(rng: Generator, role: NDArray[np.uint8], rates: list[float]) -> NDArray[np.int64]:
    return np.flatnonzero(rng.random(len(role), np.float32) < np.array(rates, np.float32)[role])


def _pages(rng: Generator, role: NDArray[np.uint8], at: NDArray[np.int64], reading: Reading) -> Columns:
    """The page read: identity, person or record; now and then a refusal, a file that was removed, a failure."""
    luck = rng.random(len(at), np.float32)
    identity = np.where(role == ROLE["service"], PAGE["person"], PAGE["identity"])
    page = np.where(luck < 0.5, identity, np.where(luck < 0.72, PAGE["person"], PAGE["record"]))
    fate = rng.random(len(at), np.float32)
    status = np.select([fate < 0.003, fate < 0.005, fate < 0.006], [404, 403, 502], 200)
    return columns(at, reading.sitting, page, reading.patient, status)


def _second_pages(rng: Generator, role: NDArray[np.uint8], at: NDArray[np.int64], reading: Reading) -> Columns:
    """One read in four opens the whole record a little later."""
    rows = _chosen(rng, role, [0.25 if person.searches else 0.0 for person in ROLES])
    later = at[rows] + ((3 + rng.standard_exponential(len(rows)) * 12) * SECOND).astype(np.int64)
    return columns(later, reading.sitting[rows], PAGE["record"], reading.patient[rows])


def _searches(rng: Generator, role: NDArray[np.uint8], at: NDArray[np.int64], reading: Reading) -> Columns:
    """Searches come some seconds before the record that was looked for, new patients more often."""
    rows = _chosen(rng, role, [person.searches for person in ROLES])
    rows = rows[reading.new[rows] | (rng.random(len(rows)) < 0.5)]
    before = at[rows] - (rng.uniform(2, 15, len(rows)) * SECOND).astype(np.int64)
    return columns(before, reading.sitting[rows], PAGE["search"], listed=np.minimum(rng.geometric(0.3, len(rows)), 20))


def _acts(
    rng: Generator, role: NDArray[np.uint8], which: str, at: NDArray[np.int64], reading: Reading, duty: Duty
) -> Columns:
    """Care acts and updates follow a read by minutes; a review of records has few."""
    rows = _chosen(rng, role, [getattr(person, which) for person in ROLES])
    rows = rows[~duty.bulk[reading.row[rows]] | (rng.random(len(rows)) < 0.15)]
    delay = 15 + rng.standard_exponential(len(rows)) * 240
    care = np.where(rng.random(len(rows)) < 0.65, PAGE["send"], PAGE["message"])
    page = care if which == "acts" else np.full(len(rows), PAGE["update"])
    return columns(
        at[rows] + (delay * SECOND).astype(np.int64), reading.sitting[rows], page, reading.patient[rows], 200
    )


def _lists(rng: Generator, at: NDArray[np.int64], reading: Reading) -> Columns:
    """Half of the sittings begin with a waiting list; some come back to it."""
    first = np.ones(len(at), np.bool_)
    first[1:] = reading.sitting[1:] != reading.sitting[:-1]
    rows = np.flatnonzero(rng.random(len(at), np.float32) < np.where(first, 0.5, 0.03))
    before = at[rows] - (rng.uniform(4, 20, len(rows)) * SECOND).astype(np.int64)
    return columns(before, reading.sitting[rows], PAGE["list"], listed=rng.integers(3, 26, len(rows)))


def _exports(rng: Generator, role: NDArray[np.uint8], at: NDArray[np.int64], reading: Reading) -> Columns:
    """Offices export a list now and then."""
    rows = _chosen(rng, role, [0.0006 if person.bulk >= 0.008 else 0.0 for person in ROLES])
    later = at[rows] + (rng.uniform(2, 60, len(rows)) * SECOND).astype(np.int64)
    return columns(later, reading.sitting[rows], PAGE["export"], listed=rng.integers(15, 300, len(rows)))
