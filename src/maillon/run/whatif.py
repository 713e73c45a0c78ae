"""What if: the past folded again under another policy, its last days told. Nothing is written."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from maillon.edges.state import State
from maillon.facts.decision import Decision
from maillon.facts.errors import UsageError
from maillon.facts.policy import Policy
from maillon.facts.whatif import WhatIf
from maillon.run.refold import refold

_DAY_US = 86_400_000_000


def whatif(state: State, policy: Policy, days: int = 30) -> WhatIf:
    """Replay the past that `state` holds under `policy`; all of it teaches, the last `days` are told.

    Raises UsageError where it holds no access.
    """
    seen = _Seen()
    done = refold(state, policy, seen.passing(state.replay()))
    if not done.watermark:
        raise UsageError("there is no access of an account in these logs: nothing can be replayed")
    until, first_day = done.watermark, seen.last_day - days + 1
    told = tuple(one for one in done.decisions if _day(one) >= first_day)
    as_is = (msgspec.convert(body, Decision) for body in state.entries("decision"))
    audits = [seal.values for seal in done.seals if seal.what == "audit"]
    accounts, account_days = seen.active(first_day)
    return WhatIf(
        policy=policy,
        since=max(first_day * _DAY_US - seen.zone * 1_000_000, seen.first),
        until=until,
        zone=seen.zone,
        accounts=accounts,
        account_days=account_days,
        decisions=told,
        before=tuple(one for one in as_is if _day(one) >= first_day),
        audit=audits[-1] if audits else {},
    )


def _day(one: Decision) -> int:
    return (one.at + one.zone * 1_000_000) // _DAY_US


def _usual(zones: NDArray[Any]) -> int:
    different, count = np.unique(zones, return_counts=True)
    return int(different[np.argmax(count)])


class _Seen:
    """Takes note of which accounts were active on which days, as events pass."""

    def __init__(self) -> None:
        self.first, self.last_day, self.zone = 0, 0, 0
        self._active: list[NDArray[Any]] = []

    def passing(self, batches: Iterator[NDArray[Any]]) -> Iterator[NDArray[Any]]:
        for events in batches:
            known = events[events["account"] != 0]
            if len(known):
                days = (known["at"] + known["zone"].astype(np.int64) * 1_000_000) // _DAY_US
                pairs = np.empty(len(known), [("day", "<i8"), ("account", "<u8")])
                pairs["day"], pairs["account"] = days, known["account"]
                self._active.append(np.unique(pairs))
                self.first = self.first or int(known["at"].min())
                self.last_day, self.zone = max(self.last_day, int(days.max())), _usual(known["zone"])
            yield events

    def active(self, first_day: int) -> tuple[int, int]:
        """Return how many accounts were active from a day on, and on how many account-days."""
        pairs = np.unique(np.concatenate(self._active)) if self._active else np.zeros(0, [("day", "<i8")])
        pairs = pairs[pairs["day"] >= first_day]
        return len(np.unique(pairs["account"])), len(pairs)
