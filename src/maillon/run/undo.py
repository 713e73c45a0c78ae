"""Requests that were scored before their status was known: what is needed to score them again once a log tells it.

Accounts do not touch each other within a local day, so that an account put back to its record before the request, and
led once more through what it did since, is as if the request had been known from the start. What was decided meanwhile
stands: a decision rests on what was admitted up to it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from maillon.facts.account import ACCOUNT, NEVER
from maillon.facts.event import EVENT
from maillon.run.bounded import forget_oldest
from maillon.score.fold import Scoring

_DAY_US = 86_400_000_000
_MOST_EVENTS = 64
_MOST_ACCOUNTS = 4096
"""What waits longer than so many events of its account, or accounts, is taken as it was asked."""


class Places:
    """Where each account's record is. Records are only ever added, so that a place once known stays."""

    def __init__(self) -> None:
        self._rows: dict[int, int] = {}

    def row(self, account: int, scoring: Scoring) -> int:
        """Return the account's row in `scoring.accounts`, -1 where it has none."""
        accounts = scoring.accounts
        if len(self._rows) < len(accounts):
            new = accounts["account"][len(self._rows) :].tolist()
            self._rows.update(zip(new, range(len(self._rows), len(accounts)), strict=True))
        return self._rows.get(account, -1)


@dataclass
class _Kept:
    """One account's record before its oldest unconfirmed request, and what it did since."""

    record: NDArray[Any]
    day: int
    rows: list[NDArray[Any]] = field(default_factory=list)
    open: set[int] = field(default_factory=set)


class Undo:
    """The accounts with unconfirmed requests. Its memory is plain JSON and bytes."""

    def __init__(self, memory: dict[str, Any] | None = None) -> None:
        self._places = Places()
        self._kept = {
            int(account): _Kept(
                np.frombuffer(one["record"], ACCOUNT).copy(),
                one["day"],
                [row.reshape(1) for row in np.frombuffer(one["rows"], EVENT).copy()],
                set(one["open"]),
            )
            for account, one in (memory or {}).items()
        }

    def memory(self) -> dict[str, Any]:
        """Return what must survive a restart."""
        return {
            str(account): {
                "record": one.record.tobytes(),
                "day": one.day,
                "rows": b"".join(row.tobytes() for row in one.rows),
                "open": sorted(one.open),
            }
            for account, one in self._kept.items()
        }

    def note(self, rows: NDArray[Any], tentative: NDArray[np.bool_], scoring: Scoring) -> None:
        """Take events that are about to be folded; `tentative` tells which are unconfirmed requests."""
        days = ((rows["at"] + rows["zone"].astype(np.int64) * 1_000_000) // _DAY_US).tolist()
        accounts, requests = rows["account"].tolist(), rows["request"].tolist()
        fresh: dict[int, int] = {}  # accounts to keep → their day
        for account, day, asked in zip(accounts, days, tentative.tolist(), strict=True):
            kept = self._kept.get(account)
            if kept is not None and (kept.day != day or len(kept.rows) >= _MOST_EVENTS):
                del self._kept[account]
                kept = None
            if kept is None and asked and account:
                fresh.setdefault(account, day)
        if fresh:
            self._keep(fresh, scoring)
        for place, (account, day, asked) in enumerate(zip(accounts, days, tentative.tolist(), strict=True)):
            kept = self._kept.get(account)
            if kept is None or kept.day != day:
                continue
            kept.rows.append(rows[place : place + 1])
            if asked:
                kept.open.add(requests[place])

    def confirm(self, account: int, request: int) -> None:
        """Take note that a request was what it was taken for."""
        kept = self._kept.get(account)
        if kept is not None:
            kept.open.discard(request)
            if not kept.open:
                del self._kept[account]

    def drop(self, account: int) -> None:
        """Forget what was kept of an account: what came since may not be undone."""
        self._kept.pop(account, None)

    def correct(self, account: int, row: NDArray[Any], scoring: Scoring) -> NDArray[Any] | None:
        """Put the account back to before the request that `row` (one event) corrects; return what to fold again.

        None where it is too late for that: the request is then taken as it was asked.
        """
        request = int(row[0]["request"])
        kept = self._kept.get(account)
        place = self._places.row(account, scoring)
        if kept is None or request not in kept.open or place < 0:
            return None
        scoring.accounts[place] = kept.record[0]
        kept.rows = [row if int(one[0]["request"]) == request else one for one in kept.rows]
        again = np.concatenate(kept.rows)
        self.confirm(account, request)
        return again

    def _keep(self, fresh: dict[int, int], scoring: Scoring) -> None:
        """Save the records of accounts, where going back to them would not end a day twice."""
        places = {account: self._places.row(account, scoring) for account in fresh}
        known = [account for account, place in places.items() if place >= 0]
        records = scoring.accounts[[places[account] for account in known]] if known else np.zeros(0, ACCOUNT)
        opened, days = records["open"].tolist(), records["day"].tolist()
        at = {account: number for number, account in enumerate(known)}
        for account, day in fresh.items():
            number = at.get(account)
            if number is None:
                record = np.zeros(1, ACCOUNT)
                record["account"], record["day"] = account, NEVER
            elif opened[number] and days[number] != day:
                continue
            else:
                record = records[number : number + 1]
            self._kept[account] = _Kept(record, day)
        forget_oldest(self._kept, _MOST_ACCOUNTS)
