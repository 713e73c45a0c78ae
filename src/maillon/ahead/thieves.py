"""Simulated thieves through the scoring of many accounts at once: what each rung would leave them.

A thief's plan is the same for every account: moments, and which of the plan's targets is read at each. The accesses
come in as rows of EVENT from who runs this; here they are folded by a copy of the scoring, and held against the plan.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from maillon.facts.evidence import Rung
from maillon.score.fold import Scoring

AT_ONCE = 1 << 20
"""Accesses folded at a time: bounds memory."""

NEVER = np.int64(1 << 62)


@dataclass(frozen=True)
class Plan:
    """One thief's way. `at` ascends (µs); `gain` are the identities that each access shows; `days` of them are played.

    `stays` is how many days such a thief stays where nothing stops it: what is not stopped in the days that are
    played goes on at the same pace.
    """

    name: str
    at: NDArray[np.int64]
    gain: NDArray[np.int64]
    days: int
    stays: int
    zone: int = 0  # seconds east of UTC

    def identities(self, stops: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return how many identities are gone by each moment of `stops` (NEVER: by the end of the stay)."""
        gone = np.append(0, np.cumsum(self.gain)).astype(np.float64)
        found = gone[np.searchsorted(self.at, stops, side="right")]
        return np.where(stops == NEVER, gone[-1] * self.stays / self.days, found)


Rows = Callable[[Plan, NDArray[np.int64], slice], NDArray[Any]]
"""Gives the EVENT rows of a plan for some accounts (indices) and some of its accesses, in order of time."""


def stops(scoring: Scoring, accounts: NDArray[np.uint64], plan: Plan, rows: Rows) -> dict[Rung, NDArray[np.int64]]:
    """Return when each account's thief would reach STEP_UP and CONTAIN (NEVER = not at all).

    `scoring` is a copy that nobody needs afterwards. What an account shows in the days that are played does not reach
    another's: thresholds come from account-days that are at least two days older. So all are robbed in one fold.
    """
    found = {rung: np.full(len(accounts), NEVER) for rung in (Rung.STEP_UP, Rung.CONTAIN)}
    order = np.argsort(accounts)
    for part in _days(plan):
        free = np.flatnonzero(found[Rung.CONTAIN] == NEVER)
        size = max(1, AT_ONCE // max(1, part.stop - part.start))
        for begin in range(0, len(free), size):
            evidence = scoring.fold(rows(plan, free[begin : begin + size], part))
            place = order[np.searchsorted(accounts, evidence["account"], sorter=order)]
            for rung, moments in found.items():
                high = evidence["rung"] >= int(rung)
                np.minimum.at(moments, place[high], evidence["at"][high])
    return found


def _days(plan: Plan) -> Iterator[slice]:
    """Yield the parts of a plan by day: a fold meets all accounts' first day before the second."""
    day = (plan.at + plan.zone * 1_000_000) // 86_400_000_000
    for each in np.unique(day):
        inside = np.flatnonzero(day == each)
        yield slice(int(inside[0]), int(inside[-1]) + 1)
