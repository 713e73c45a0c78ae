"""A wave: several accounts, of several places, crossing the pace rung within days, more than chance brings together.

One thief with a fresh network for each account leaves no network in common; what they have in common is the moment.
Each account of a wave has strong evidence of its own; the wave says that it is not alone. Expected wrong waves follow
from how often honest accounts are paced (Poisson); a cause that many honest accounts share, such as a migration or a
merger, strikes one place, so a wave must come from many.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from maillon.facts.evidence import Kind, Rung

STRANGERS = frozenset((Kind.ORIGIN, Kind.STRANGE, Kind.WALK, Kind.REPLAY))
"""Evidence of a stranger. Volume alone makes no wave: a coding campaign or a crisis raises it everywhere at once."""

WINDOW_US = 3 * 86_400_000_000
HONEST_A_DAY = 40.0 / 30.0 / 40_000.0
"""Honest accounts paced a day, per account: four times what the alarm budget allows."""

BY_CHANCE = 1e-3
FEWEST = 3


@dataclass(frozen=True)
class Member:
    """An account that was paced, of which place, and what its evidence was."""

    at: int
    account: int
    home: int
    network: int


def needed(accounts: int) -> int:
    """Return how many accounts make a wave among so many: others come together by chance in one of 1,000 windows."""
    mean = accounts * HONEST_A_DAY * WINDOW_US / 86_400_000_000
    others, term, below = 0, math.exp(-mean), 0.0
    while 1.0 - below > BY_CHANCE:
        below += term
        others += 1
        term *= mean / others
    return max(FEWEST, others + 1)


class Wave:
    """Follows the accounts that were paced of late. Its memory is plain JSON."""

    def __init__(self, memory: list[list[int]] | None = None) -> None:
        self._members = [Member(*one) for one in memory or []]

    def memory(self) -> list[list[int]]:
        """Return what must survive a restart."""
        return [[one.at, one.account, one.home, one.network] for one in self._members]

    def take(self, row: Any, accounts: int) -> list[Member]:  # noqa: ANN401 - a row of EVIDENCE
        """Take one row of evidence; return the members of the wave that it makes or joins, if any."""
        if row["rung"] < Rung.PACE or Kind(int(row["kind"])) not in STRANGERS:
            return []
        at, account = int(row["at"]), int(row["account"])
        self._members = [one for one in self._members if one.at > at - WINDOW_US and one.account != account]
        self._members.append(Member(at, account, int(row["home"]), int(row["network"])))
        homes = {one.home for one in self._members}
        if len(self._members) < needed(accounts) or 2 * len(homes) <= len(self._members):
            return []
        return list(self._members)
