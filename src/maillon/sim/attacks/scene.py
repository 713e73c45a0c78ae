"""What an attack is handed, and what it hands back."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from maillon.sim.chance import Part, generator
from maillon.sim.clock import DAY, SECOND

if TYPE_CHECKING:
    from numpy.random import Generator
    from numpy.typing import NDArray

    from maillon.sim.clock import Period
    from maillon.sim.columns import Columns
    from maillon.sim.patients import Patients
    from maillon.sim.people import People
    from maillon.sim.sittings import Sittings


@dataclass(frozen=True)
class Scene:
    """The honest region, and how many accounts are to be stolen."""

    seed: int
    thieves: int
    period: Period
    people: People
    patients: Patients
    sittings: Sittings
    honest: Columns

    def draws(self, *which: int) -> Generator:
        """Return the stream of one thief (or of all, without a number)."""
        return generator(self.seed, Part.THEFT, *which)

    def earliest(self) -> int:
        """The first day on which a theft may start: five days of log come before it, in a period long enough."""
        return min(5, max(self.period.days - 3, 0))

    def start_day(self, rng: Generator) -> int:
        """Draw a day on which a theft starts, with two days of the period after it at least."""
        return int(rng.integers(self.earliest(), max(self.period.days - 2, self.earliest() + 1)))

    def able(self, *, dormant: bool = False) -> NDArray[np.bool_]:
        """Tell who may be stolen: one person's accounts, used for days before a theft may start (or long unused)."""
        people, day = self.people, self.earliest()
        awake = (people.joined < day) & (people.left > day) & ~people.dormant
        return people.personal() & (people.dormant if dormant else awake)

    def victims(self, *, dormant: bool = False, facility: int | None = None) -> NDArray[np.int64]:
        """Draw the stolen accounts, of one facility or of all."""
        able = self.able(dormant=dormant)
        if facility is not None:
            able &= self.people.facility == facility
        return generator(self.seed, Part.VICTIMS).permutation(np.flatnonzero(able))[: self.thieves]

    def days_of(self, at: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the day of the period on which each moment lies."""
        days: NDArray[np.int64] = (at + self.period.zone(at) * SECOND - self.period.first_wall) // DAY
        return days

    def own(self, account: int) -> NDArray[np.int64]:
        """Return the rows of `honest` that are one account's, in order of time."""
        rows = np.flatnonzero(self.sittings.account[self.honest.sitting] == account)
        return rows[np.argsort(self.honest.at[rows], kind="stable")]


@dataclass(frozen=True)
class Seat:
    """From where a thief works for a while. `session` is one of the owner's, or -1 for a log-in of the thief's own."""

    address: int
    agent: int
    session: int = -1


@dataclass
class Raid:
    """What one thief does with one account, in order. `number` is the patient's, -1 = none; `seat` is in `seats`."""

    account: int
    pace: float
    seats: list[Seat]
    at: NDArray[np.int64]
    seat: NDArray[np.int64]
    page: NDArray[np.int64]
    number: NDArray[np.int64]
    listed: NDArray[np.int64]
    refused: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, np.bool_))
