"""The fold: events in admitted order move accounts; what crosses a rung comes out as evidence.

State = f(all admitted events). A day's thresholds, means and popular networks are sealed when the first event of a
later local day arrives, from account-days that are at least two days older than the day they govern.
"""

from __future__ import annotations

import json
from hashlib import sha256
from typing import Any

import msgspec
import numpy as np
import zstandard
from numpy.typing import NDArray

from maillon.facts.account import ACCOUNT, NEVER
from maillon.facts.errors import StateError
from maillon.facts.event import EVENT, Flag
from maillon.facts.evidence import EVIDENCE, Kind, Rung
from maillon.facts.policy import Policy
from maillon.facts.pool import CLOSED, POOL_DAY, SEALED, STRATA
from maillon.facts.seal import Seal
from maillon.score.audit import report
from maillon.score.calibrate import ABSENT_KEY, seal_day
from maillon.score.forgive import forgive
from maillon.score.index import indexed
from maillon.score.pool import add, empty_pool, window
from maillon.score.step import ACCOUNTS, CLOSED_DAYS, COUNTERS, DAY_US, WRITTEN, step, sweep
from maillon.score.step import MET as MET_ROWS
from maillon.score.territory import FEWEST, MET, TERRITORY, distinct, merged
from maillon.score.volume import UNIT

_SHAPE = sha256(repr((ACCOUNT.descr, POOL_DAY.descr, SEALED.descr)).encode()).hexdigest()
AUDIT_EVERY = 30
"""Days from one audit that is written to the ledger to the next; budgets follow it every day."""

KIND_NAMES = tuple(kind.name.lower() for kind in Kind)
_ROOM_OUT = 4096
_ROOM_CLOSED = 65536
_ROOM_MET = 65536


class Scoring:
    """All that scoring remembers. Feed it events in admitted order, in batches of any size."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._accounts = np.zeros(256, ACCOUNT)
        self._rows = indexed(self._accounts, 0)
        self._counters = np.zeros(COUNTERS, np.int64)
        self._pool = empty_pool()
        self._sealed = np.zeros(2, SEALED)
        self._day = self._begun = NEVER
        self._seals: list[Seal] = []
        self._out = np.zeros(_ROOM_OUT, EVIDENCE)
        self._closed = np.zeros(_ROOM_CLOSED, CLOSED)
        self._territory = np.zeros(FEWEST, TERRITORY)
        self._met = np.zeros(_ROOM_MET, MET)
        self._met_today: list[NDArray[Any]] = []
        self._on_trial = False

    @property
    def accounts(self) -> NDArray[Any]:
        """The account records in use (a view)."""
        return self._accounts[: self._counters[ACCOUNTS]]

    def fold(self, events: NDArray[Any]) -> NDArray[Any]:
        """Return the evidence (rows of EVIDENCE) that `events` (rows of EVENT, in admitted order) give rise to."""
        events = np.ascontiguousarray(events, EVENT)
        if not len(events):
            return np.zeros(0, EVIDENCE)
        days = (events["at"] + events["zone"].astype(np.int64) * 1_000_000) // DAY_US
        days[(events["flags"] & Flag.LATE) != 0] = NEVER
        newest = np.maximum.accumulate(np.maximum(days, self._day))
        turns = np.flatnonzero(np.diff(newest, prepend=self._day))
        written: list[NDArray[Any]] = []
        with np.errstate(over="ignore"):
            for start, stop in zip([0, *turns], [*turns, len(events)], strict=True):
                if start < stop:
                    if newest[start] > self._day:
                        self._turn(int(newest[start]), events[start], written)
                    self._run(events[start:stop], written)
        self._spill(written)
        return np.concatenate(written)

    def forgive(self, account: int) -> bool:
        """Apply the verdict "this was legitimate" on an account, by its hash; return whether it is known.

        The verdict holds from this place of the admitted order on.
        """
        return forgive(self._accounts, self._rows, account)

    def obey(self, policy: Policy) -> None:
        """Take another policy: it governs the thresholds that are sealed from now on."""
        self._policy = policy

    def try_out(self) -> None:
        """Let account-days that close from now on teach no threshold: what follows is invented."""
        self._on_trial = True

    def drain_seals(self) -> list[Seal]:
        """Return the seals made since the last call; each precedes all that it governs."""
        seals, self._seals = self._seals, []
        return seals

    def _run(self, events: NDArray[Any], written: list[NDArray[Any]]) -> None:
        at = 0
        while True:
            at = step(
                events, at, self._day, self._accounts, self._rows, self._sealed, self._territory, self._met,
                self._counters, self._out, self._closed,
            )  # fmt: skip
            if at == len(events):
                return
            self._make_room(written)

    def _turn(self, day: int, event: np.void, written: list[NDArray[Any]]) -> None:
        """Begin a local day that no event had reached: close what is two days older, and seal."""
        if self._begun == NEVER:
            self._begun = day
        row = 0
        while True:
            row = sweep(row, day - 2, self._accounts, self._sealed, self._counters, self._closed)
            if row == self._counters[ACCOUNTS]:
                break
            self._make_room(written)
        self._make_room(written)
        for governed in range(max(day - 1, self._day + 1), day + 1):
            sealed = seal_day(governed, self._begun, self._pool, self.accounts, self._policy)
            self._sealed[governed & 1] = sealed[0]
            self._seals += _seals(sealed[0], int(event["at"]))
            if governed % AUDIT_EVERY == 0:
                audited = {"day": governed, "divided": dict(zip(KIND_NAMES, sealed[0]["audit"].tolist(), strict=True))}
                values = audited | {"kinds": report(window(self._pool, governed - 2))}
                self._seals.append(_seal("audit", int(event["at"]), values))
        if self._met_today:
            # Sorted, so that the order within a day does not matter.
            self._territory = merged(self._territory, distinct(np.concatenate(self._met_today)))
            self._met_today = []
        self._day = day

    def _make_room(self, written: list[NDArray[Any]]) -> None:
        """Empty the buffers, and give new accounts room."""
        self._spill(written)
        if self._counters[ACCOUNTS] == len(self._accounts):
            grown = np.zeros(len(self._accounts) * 2, ACCOUNT)
            grown[: len(self._accounts)] = self._accounts
            self._accounts = grown
            self._rows = indexed(grown, int(self._counters[ACCOUNTS]))

    def _spill(self, written: list[NDArray[Any]]) -> None:
        written.append(self._out[: self._counters[WRITTEN]].copy())
        if not self._on_trial:
            add(self._pool, self._closed[: self._counters[CLOSED_DAYS]])
        if self._counters[MET_ROWS]:
            self._met_today.append(self._met[: self._counters[MET_ROWS]].copy())
        self._counters[WRITTEN] = self._counters[CLOSED_DAYS] = self._counters[MET_ROWS] = 0

    def to_bytes(self) -> bytes:
        """Return all that is remembered; `from_bytes` continues identically."""
        state = {
            "shape": _SHAPE,
            "accounts": self.accounts.tobytes(),
            "pool": self._pool.tobytes(),
            "sealed": self._sealed.tobytes(),
            "territory": self._territory.tobytes(),
            "met": b"".join(met.tobytes() for met in self._met_today),
            "day": self._day,
            "begun": self._begun,
            "seals": self._seals,
        }
        return zstandard.ZstdCompressor(level=1).compress(msgspec.msgpack.encode(state))

    @classmethod
    def from_bytes(cls, blob: bytes, policy: Policy) -> Scoring:
        """Return the scoring that `to_bytes` wrote. Raises StateError where another version wrote it."""
        state = msgspec.msgpack.decode(zstandard.ZstdDecompressor().decompress(blob))
        if state.get("shape") != _SHAPE:
            raise StateError(
                "the account records were written by another version: rebuild them from the lake (--rebuild)"
            )
        scoring = cls(policy)
        accounts = np.frombuffer(state["accounts"], ACCOUNT)
        scoring._accounts = np.zeros(max(256, len(accounts) + len(accounts) // 4), ACCOUNT)
        scoring._accounts[: len(accounts)] = accounts
        scoring._counters[ACCOUNTS] = len(accounts)
        scoring._rows = indexed(scoring._accounts, len(accounts))
        scoring._pool = np.frombuffer(state["pool"], POOL_DAY).copy()
        scoring._sealed = np.frombuffer(state["sealed"], SEALED).copy()
        scoring._territory = np.frombuffer(state["territory"], TERRITORY).copy()
        scoring._met_today = [np.frombuffer(state["met"], MET)] if state["met"] else []
        scoring._day, scoring._begun = state["day"], state["begun"]
        scoring._seals = msgspec.convert(state["seals"], list[Seal])
        return scoring


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
