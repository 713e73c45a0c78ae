"""What all accounts share: the pool, the seals of two days, the territory. It changes at turns of the day only.

A day's thresholds, means and popular networks are sealed when the first event of a later local day arrives, from
account-days that are at least two days older than the day they govern. What shards hand over adds up in any order.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import numpy as np
from numpy.typing import NDArray

from maillon.facts.account import NEVER
from maillon.facts.evidence import Kind, Rung
from maillon.facts.policy import Policy
from maillon.facts.pool import SEALED, STRATA
from maillon.facts.seal import Seal
from maillon.score.audit import report
from maillon.score.calibrate import ABSENT_KEY, Used, seal_day
from maillon.score.pool import empty_pool, window
from maillon.score.territory import FEWEST, TERRITORY, distinct, merged
from maillon.score.volume import UNIT

AUDIT_EVERY = 30
"""Days from one audit that is written to the ledger to the next; budgets follow it every day."""

KIND_NAMES = tuple(kind.name.lower() for kind in Kind)


@dataclass
class Commons:
    """What a day's events are folded with, and what the next day's follows from."""

    pool: NDArray[Any] = field(default_factory=empty_pool)
    sealed: NDArray[Any] = field(default_factory=lambda: np.zeros(2, SEALED))  # by the parity of the day they govern
    territory: NDArray[Any] = field(default_factory=lambda: np.zeros(FEWEST, TERRITORY))
    day: int = NEVER  # the newest local day reached
    begun: int = NEVER  # the first one
    seals: list[Seal] = field(default_factory=list)

    def governed(self, day: int) -> range:
        """Return the days that are sealed when `day` begins."""
        return range(max(day - 1, self.day + 1), day + 1)

    def turn(self, day: int, at: int, use: Mapping[int, Used], met: Sequence[NDArray[Any]], policy: Policy) -> None:
        """Begin a local day that no event had reached, with the one at the moment `at`.

        The pool holds every account-day up to two days before; `use` says for each day that is `governed` what was
        used, and `met` (rows of MET) who read whom since the last turn.
        """
        if self.begun == NEVER:
            self.begun = day
        for governed in self.governed(day):
            sealed = seal_day(governed, self.begun, self.pool, use[governed], policy)
            self.sealed[governed & 1] = sealed[0]
            self.seals += _seals(sealed[0], at)
            if governed % AUDIT_EVERY == 0:
                audited = {"day": governed, "divided": dict(zip(KIND_NAMES, sealed[0]["audit"].tolist(), strict=True))}
                values = audited | {"kinds": report(window(self.pool, governed - 2))}
                self.seals.append(_seal("audit", at, values))
        if met:
            # Sorted, so that the order within a day does not matter.
            self.territory = merged(self.territory, distinct(np.concatenate(met)))
        self.day = day

    def drain_seals(self) -> list[Seal]:
        """Return the seals made since the last call; each precedes all that it governs."""
        seals, self.seals = self.seals, []
        return seals


def _seals(sealed: np.void, at: int) -> list[Seal]:
    """Return as plain values what governs a day."""
    day = int(sealed["day"])
    rungs = [rung.name.lower() for rung in Rung if rung > Rung.OBSERVE]
    scores = {
        name: {
            kind: {
                rung: {
                    "score": int(sealed["thresholds"][stratum, k, r]) / UNIT,
                    "borrowed": bool(sealed["borrowed"][stratum, k, r]),
                }
                for r, rung in enumerate(rungs)
            }
            for k, kind in enumerate(KIND_NAMES)
        }
        for stratum, name in enumerate(STRATA)
    }
    role = {name: float(mean) for name, mean in zip([*KIND_NAMES, "new", "home"], sealed["role"], strict=True)}
    return [
        _seal("thresholds", at, {"day": day, "scores": scores, "role": role}),
        _seal("networks", at, {"day": day, **{name: _popular(sealed, name) for name in ("networks", "devices")}}),
    ]


def _popular(sealed: np.void, name: str) -> dict[str, int]:
    keys, counts = sealed[name], sealed[f"{name}_accounts"]
    return {f"{key:016x}": int(count) for key, count in zip(keys, counts, strict=True) if key != ABSENT_KEY}


def _seal(what: str, at: int, values: dict[str, Any]) -> Seal:
    digest = sha256(json.dumps([what, at, values], sort_keys=True).encode()).hexdigest()
    return Seal(what=what, at=at, values=values, digest=digest)
