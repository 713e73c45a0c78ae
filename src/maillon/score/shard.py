"""A shard: the records of some accounts, moved by their events under the seals and the territory of the day.

What one account does to another passes through what a shard hands out at a turn of the day, and through nothing else:
all accounts may be one shard in one process, or many on many machines.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from maillon.facts.account import ACCOUNT, NEVER
from maillon.facts.evidence import EVIDENCE
from maillon.facts.leak import Prior
from maillon.facts.pool import CLOSED
from maillon.score.forgive import forgive
from maillon.score.index import ABSENT, indexed, place_of
from maillon.score.prior import raise_prior
from maillon.score.service import FROM_DAYS
from maillon.score.step import ACCOUNTS, CLOSED_DAYS, COUNTERS, MET, WRITTEN, step, sweep
from maillon.score.territory import MET as MET_ROWS

_ROOM_OUT = 4096
_ROOM_CLOSED = 65536
_ROOM_MET = 65536


@dataclass(frozen=True)
class Given:
    """What came out of events: for those who decide, for the pool, and for the territory."""

    evidence: NDArray[Any]  # rows of EVIDENCE
    places: NDArray[np.int64]  # of the event that each was written at, in the events that were given
    closed: NDArray[Any]  # rows of CLOSED
    met: NDArray[Any]  # rows of MET


class Shard:
    """Some accounts. Feed it their events in admitted order, in batches that end where a day turns."""

    def __init__(self, accounts: NDArray[Any] | None = None) -> None:
        """Begin, or take up the records `accounts` (rows of ACCOUNT)."""
        count = 0 if accounts is None else len(accounts)
        self._accounts = np.zeros(max(256, count + count // 4), ACCOUNT)
        if accounts is not None:
            self._accounts[:count] = accounts
        self._counters = np.zeros(COUNTERS, np.int64)
        self._counters[ACCOUNTS] = count
        self._rows = indexed(self._accounts, count)
        self._out = np.zeros(_ROOM_OUT, EVIDENCE)
        self._places = np.zeros(_ROOM_OUT, np.int64)
        self._closed = np.zeros(_ROOM_CLOSED, CLOSED)
        self._met = np.zeros(_ROOM_MET, MET_ROWS)
        self._spilt: list[Given] = []

    @property
    def accounts(self) -> NDArray[Any]:
        """The account records in use (a view)."""
        return self._accounts[: self._counters[ACCOUNTS]]

    def fold(self, events: NDArray[Any], day: int, sealed: NDArray[Any], territory: NDArray[Any]) -> Given:
        """Fold `events` (rows of EVENT), none of a later local day than `day`; return what came out."""
        at = 0
        with np.errstate(over="ignore"):
            while True:
                at = step(
                    events, at, day, self._accounts, self._rows, sealed, territory, self._met,
                    self._counters, self._out, self._places, self._closed,
                )  # fmt: skip
                self._spill()
                if at == len(events):
                    return self._take()
                self._make_room()

    def close(self, until_day: int, sealed: NDArray[Any]) -> Given:
        """Close the account-days up to `until_day`; return what came out."""
        row = 0
        while True:
            row = sweep(row, until_day, self._accounts, sealed, self._counters, self._closed)
            self._spill()
            if row == self._counters[ACCOUNTS]:
                return self._take()

    def forgive(self, account: int) -> bool:
        """Apply the verdict "this was legitimate" on an account; return whether it is known here."""
        return forgive(self._accounts, self._rows, account)

    def name_programs(self, accounts: Iterable[int]) -> None:
        """Take these accounts for programs from now on, whether they were seen before or not."""
        for account in accounts:
            self._record(account)["service"] = FROM_DAYS

    def knows(self, account: int) -> bool:
        """Tell whether the account has a record here."""
        with np.errstate(over="ignore"):
            known: bool = self._rows[place_of(self._rows, self._accounts, np.uint64(account))] != ABSENT
        return known

    def raise_prior(self, prior: Prior) -> None:
        """Let a leak's prior stand from now on, whether its account was seen before or not."""
        raise_prior(self._record(prior.account_hash), prior)

    def _record(self, account: int) -> np.void:
        """Return the account's record, a new one where it has none."""
        self._make_room()
        with np.errstate(over="ignore"):
            place = place_of(self._rows, self._accounts, np.uint64(account))
        if self._rows[place] == ABSENT:
            self._rows[place] = row = self._counters[ACCOUNTS]
            self._accounts[row]["account"] = account
            self._accounts[row]["day"] = NEVER
            self._counters[ACCOUNTS] += 1
        found: np.void = self._accounts[self._rows[place]]
        return found

    def _make_room(self) -> None:
        if self._counters[ACCOUNTS] == len(self._accounts):
            grown = np.zeros(len(self._accounts) * 2, ACCOUNT)
            grown[: len(self._accounts)] = self._accounts
            self._accounts = grown
            self._rows = indexed(grown, int(self._counters[ACCOUNTS]))

    def _spill(self) -> None:
        """Empty the buffers."""
        self._spilt.append(
            Given(
                self._out[: self._counters[WRITTEN]].copy(),
                self._places[: self._counters[WRITTEN]].copy(),
                self._closed[: self._counters[CLOSED_DAYS]].copy(),
                self._met[: self._counters[MET]].copy(),
            )
        )
        self._counters[WRITTEN] = self._counters[CLOSED_DAYS] = self._counters[MET] = 0

    def _take(self) -> Given:
        spilt, self._spilt = self._spilt, []
        return spilt[0] if len(spilt) == 1 else Given(*(_joined(spilt, each.name) for each in fields(Given)))


def _joined(parts: list[Given], name: str) -> NDArray[Any]:
    return np.concatenate([getattr(part, name) for part in parts])
