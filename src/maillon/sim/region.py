"""A region from a seed: honest people first, then thieves, who change nothing of what honest people do."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from maillon.facts.errors import UsageError
from maillon.sim.attacks import ATTACKS
from maillon.sim.attacks.scene import Raid, Scene
from maillon.sim.chance import Part, generator
from maillon.sim.clock import Period
from maillon.sim.columns import Columns, columns, joined
from maillon.sim.duty import draw_duty
from maillon.sim.logins import logins
from maillon.sim.patients import Patients, draw_patients
from maillon.sim.people import People, draw_people
from maillon.sim.simulated import Simulated, Theft, Truth, patients_read
from maillon.sim.sittings import Sittings, draw_sittings, sittings_a_day
from maillon.sim.work import accesses, daily_arrivals, read_records

if TYPE_CHECKING:
    from numpy.typing import NDArray

NO_ATTACK = "none"
START = date(2026, 3, 2)


def simulate(
    seed: int,
    accounts: int = 400,
    days: int = 21,
    thieves: int = 10,
    attack: str = "campaign",
    start: date = START,
) -> Simulated:
    """Simulate a region: `accounts` over whole local days from `start`, and an attack on some of the accounts.

    The same arguments give the same bytes. Honest events depend on seed, accounts, days and start alone.
    Raises UsageError for an attack that is not on the shelf, or sizes that cannot be.
    """
    _check(accounts, days, thieves, attack)
    period = Period(start, days)
    people, patients, sittings, honest = _honest(seed, accounts, period)
    scene = Scene(seed, thieves, period, people, patients, sittings, honest)
    raids = ATTACKS[attack](scene) if attack != NO_ATTACK and thieves else []
    stolen, theirs, numbers = _stolen(scene, raids)
    merged = joined([honest, *theirs]) if theirs else honest
    thief = np.arange(len(merged)) >= len(honest)
    inside = np.flatnonzero((merged.at >= period.first) & (merged.at < period.end))
    order = inside[np.argsort(merged.at[inside], kind="stable")]
    merged, thief = merged.take(order), thief[order]
    thefts = _thefts(people, stolen, merged, thief, raids, attack)
    lost = {theft.account for theft in thefts}
    truth = Truth(thief, thefts, tuple(name for name in people.names if name not in lost))
    return Simulated(seed, period, people, numbers, len(patients.numbers), stolen, merged, truth)


def _check(accounts: int, days: int, thieves: int, attack: str) -> None:
    if attack not in ATTACKS and attack != NO_ATTACK:
        raise UsageError(f"unknown attack {attack!r}: choose one of {', '.join([*ATTACKS, NO_ATTACK])}")
    if accounts < 20 or days < 1 or thieves < 0:
        raise UsageError("a region needs at least 20 accounts, 1 day and no less than 0 thieves")


def _honest(seed: int, accounts: int, period: Period) -> tuple[People, Patients, Sittings, Columns]:
    """Draw everything that happens without a thief."""
    people = draw_people(generator(seed, Part.PEOPLE), accounts, period.days)
    duty = draw_duty(generator(seed, Part.DUTY), people, period)
    arrivals = daily_arrivals(people, duty, period.days)
    patients = draw_patients(generator(seed, Part.PATIENTS), arrivals, period.days)
    places = generator(seed, Part.PLACES)
    count = sittings_a_day(places, people, duty)
    sittings = draw_sittings(places, people, duty, count)
    reading = read_records(generator(seed, Part.WORK), people, patients, period, duty, count)
    parts = [
        *accesses(generator(seed, Part.ACTS), people, duty, reading),
        *logins(generator(seed, Part.LOGINS), sittings, reading.sitting, reading.at),
    ]
    return people, patients, sittings, joined(parts)


def _stolen(scene: Scene, raids: list[Raid]) -> tuple[Sittings, list[Columns], NDArray[np.int64]]:
    """Turn raids into accesses; return the sittings and the patients' numbers with theirs added at the end."""
    patients, sittings = scene.patients, scene.sittings
    ordered = patients.numbers[patients.by_number]
    asked = np.unique(np.concatenate([each.number for each in raids])) if raids else np.empty(0, np.int64)
    asked = asked[asked >= 0]
    place = np.minimum(np.searchsorted(ordered, asked), len(ordered) - 1)
    missing = asked[ordered[place] != asked]
    session = int(sittings.session[-1]) + 1 if len(sittings) else 0
    parts = []
    for each in raids:
        first = len(sittings)
        own = np.array([seat.session for seat in each.seats])
        fresh = session + np.cumsum(own < 0) - 1
        session += int((own < 0).sum())
        sittings = sittings.and_then(_seats(each, np.where(own < 0, fresh, own)))
        parts.append(_accesses(each, first, patients, ordered, missing))
    return sittings, parts, np.concatenate((patients.numbers, missing))


def _seats(raid: Raid, session: NDArray[np.int64]) -> Sittings:
    return Sittings(
        account=np.full(len(raid.seats), raid.account, np.int32),
        session=session.astype(np.int32),
        address=np.array([seat.address for seat in raid.seats], np.int32),
        agent=np.array([seat.agent for seat in raid.seats], np.int16),
    )


def _accesses(
    raid: Raid, first: int, patients: Patients, ordered: NDArray[np.int64], missing: NDArray[np.int64]
) -> Columns:
    place = np.minimum(np.searchsorted(ordered, raid.number), len(ordered) - 1)
    exists = ordered[place] == raid.number
    guess = len(ordered) + np.searchsorted(missing, raid.number)
    patient = np.where(raid.number < 0, -1, np.where(exists, patients.by_number[place], guess))
    status = np.where(raid.refused, 401, np.where((raid.number >= 0) & ~exists, 404, 200))
    return columns(raid.at, first + raid.seat, raid.page, patient, status, raid.listed)


def _thefts(
    people: People,
    sittings: Sittings,
    merged: Columns,
    thief: NDArray[np.bool_],
    raids: list[Raid],
    attack: str,
) -> tuple[Theft, ...]:
    """Describe each theft by what is left of it inside the period."""
    stolen = merged.take(np.flatnonzero(thief))
    account = sittings.account[stolen.sitting]
    thefts = []
    for each in raids:
        rows = stolen.take(account == each.account)
        if len(rows):
            start, end = int(rows.at[0]), int(rows.at[-1])
            name = people.names[each.account]
            thefts.append(Theft(name, each.account, attack, start, end, each.pace, patients_read(rows)))
    return tuple(thefts)
