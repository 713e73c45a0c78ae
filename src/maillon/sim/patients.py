"""The patients: they arrive in a facility, day after day, for long before the period; numbers grow with arrival."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.random import Generator
    from numpy.typing import NDArray

HISTORY = 300  # days before the period whose patients are still on file


@dataclass(frozen=True)
class Patients:
    """Patients by index, facility after facility, in each by day of arrival."""

    numbers: NDArray[np.int64]  # 8 or 9 digits, opaque, in order of arrival over the whole region
    facility: NDArray[np.int32]
    offset: NDArray[np.int64]  # of each facility: index of its first patient
    arrived: NDArray[np.int64]  # (facilities, HISTORY + days + 1): arrivals in a facility before a day
    by_number: NDArray[np.int64]  # indices in order of their numbers
    on_file: NDArray[np.int64]  # (days + 1): how many of `by_number` have arrived before a day of the period

    def before(self, facility: NDArray[np.int64], day: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return how many had arrived in a facility before a day (of the period; negative = earlier)."""
        return self.arrived[facility, np.maximum(day + HISTORY, 1)]

    def recent(
        self, facility: NDArray[np.int64], day: NDArray[np.int64], lag: NDArray[np.floating]
    ) -> NDArray[np.int64]:
        """Return the patient who was the last but `lag` to arrive in the facility before the day."""
        count = self.before(facility, day)
        return self.offset[facility] + np.maximum(count - 1 - lag.astype(np.int64), 0)


def draw_patients(rng: Generator, daily: NDArray[np.float64], days: int) -> Patients:
    """Draw the arrivals of each facility, `daily` on average, and their numbers."""
    counts = rng.poisson(daily[:, None], (len(daily), HISTORY + days))
    counts[:, 0] += 1
    arrived = np.zeros((len(daily), HISTORY + days + 1), np.int64)
    np.cumsum(counts, axis=1, out=arrived[:, 1:])
    totals = arrived[:, -1]
    facility = np.repeat(np.arange(len(daily), dtype=np.int32), totals)
    day = np.repeat(np.tile(np.arange(HISTORY + days), len(daily)), counts.ravel())
    order = np.argsort(day + rng.random(len(day)), kind="stable")
    gaps = np.where(rng.random(len(day)) < 0.7, 1, 1 + rng.geometric(0.4, len(day)))
    numbers = np.empty(len(day), np.int64)
    numbers[order] = int(rng.integers(12_000_000, 90_000_000)) + np.cumsum(gaps)
    return Patients(
        numbers=numbers,
        facility=facility,
        offset=np.concatenate(([0], np.cumsum(totals)[:-1])),
        arrived=arrived,
        by_number=np.argsort(numbers, kind="stable"),
        on_file=arrived[:, HISTORY:].sum(axis=0),
    )
