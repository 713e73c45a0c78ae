"""The fold: events in admitted order move accounts; what crosses a rung comes out as evidence.

State = f(all admitted events). Here all accounts are one shard in one process; several shards fold the same between
two turns of the day (score/shard.py), and what they share turns in one place (score/commons.py).
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256
from typing import Any

import msgspec
import numpy as np
import zstandard
from numpy.typing import NDArray

from maillon.facts.account import ACCOUNT, NEVER
from maillon.facts.errors import StateError
from maillon.facts.event import EVENT, Flag
from maillon.facts.evidence import EVIDENCE
from maillon.facts.leak import Prior
from maillon.facts.policy import Policy
from maillon.facts.pool import POOL_DAY, SEALED
from maillon.facts.seal import Seal
from maillon.score.calibrate import used
from maillon.score.commons import Commons
from maillon.score.pool import add
from maillon.score.shard import Given, Shard
from maillon.score.step import DAY_US
from maillon.score.territory import MET, TERRITORY

SHAPE = sha256(repr((ACCOUNT.descr, POOL_DAY.descr, SEALED.descr)).encode()).hexdigest()
"""Of all that is remembered: records of another shape were written by another version."""


class Scoring:
    """All that scoring remembers. Feed it events in admitted order, in batches of any size."""

    def __init__(self, policy: Policy, commons: Commons | None = None, accounts: NDArray[Any] | None = None) -> None:
        """Begin, or go on from what `commons` and the records `accounts` remember."""
        self._policy = policy
        self.commons = commons or Commons()
        self._shard = Shard(accounts)
        self._met: list[NDArray[Any]] = []
        self._on_trial = False

    @property
    def accounts(self) -> NDArray[Any]:
        """The account records in use (a view)."""
        return self._shard.accounts

    def fold(self, events: NDArray[Any]) -> NDArray[Any]:
        """Return the evidence (rows of EVIDENCE) that `events` (rows of EVENT, in admitted order) give rise to."""
        events = np.ascontiguousarray(events, EVENT)
        if not len(events):
            return np.zeros(0, EVIDENCE)
        days = local_days(events)
        newest = np.maximum.accumulate(np.maximum(days, self.commons.day))
        turns = np.flatnonzero(np.diff(newest, prepend=self.commons.day))
        written: list[NDArray[Any]] = []
        for start, stop in zip([0, *turns], [*turns, len(events)], strict=True):
            if start < stop:
                if newest[start] > self.commons.day:
                    self._turn(int(newest[start]), int(events["at"][start]))
                given = self._shard.fold(
                    events[start:stop], self.commons.day, self.commons.sealed, self.commons.territory
                )
                self._keep(given)
                written.append(given.evidence)
        return np.concatenate(written)

    def forgive(self, account: int) -> bool:
        """Apply the verdict "this was legitimate" on an account, by its hash; return whether it is known.

        The verdict holds from this place of the admitted order on.
        """
        return self._shard.forgive(account)

    def raise_prior(self, prior: Prior) -> None:
        """Let the evidence of an account that a leak names count more, from this place of the admitted order on."""
        self._shard.raise_prior(prior)

    def name_programs(self, accounts: Iterable[int]) -> None:
        """Take these accounts, by their hashes, for programs: the operator's directory says so."""
        self._shard.name_programs(accounts)

    def obey(self, policy: Policy) -> None:
        """Take another policy: it governs the thresholds that are sealed from now on."""
        self._policy = policy

    def try_out(self) -> None:
        """Let account-days that close from now on teach no threshold: what follows is invented."""
        self._on_trial = True

    def drain_seals(self) -> list[Seal]:
        """Return the seals made since the last call; each precedes all that it governs."""
        return self.commons.drain_seals()

    def _turn(self, day: int, at: int) -> None:
        """Begin a local day that no event had reached: close what is two days older, and seal."""
        self._keep(self._shard.close(day - 2, self.commons.sealed))
        use = {governed: used(self.accounts, governed) for governed in self.commons.governed(day)}
        self.commons.turn(day, at, use, self._met, self._policy)
        self._met = []

    def _keep(self, given: Given) -> None:
        if not self._on_trial:
            add(self.commons.pool, given.closed)
        if len(given.met):
            self._met.append(given.met)

    def to_bytes(self) -> bytes:
        """Return all that is remembered; `from_bytes` continues identically."""
        commons = self.commons
        state = {
            "shape": SHAPE,
            "accounts": self.accounts.tobytes(),
            "pool": commons.pool.tobytes(),
            "sealed": commons.sealed.tobytes(),
            "territory": commons.territory.tobytes(),
            "met": b"".join(met.tobytes() for met in self._met),
            "day": commons.day,
            "begun": commons.begun,
            "seals": commons.seals,
        }
        return zstandard.ZstdCompressor(level=1).compress(msgspec.msgpack.encode(state))

    @classmethod
    def from_bytes(cls, blob: bytes, policy: Policy) -> Scoring:
        """Return the scoring that `to_bytes` wrote. Raises StateError where another version wrote it."""
        state = msgspec.msgpack.decode(zstandard.ZstdDecompressor().decompress(blob))
        if state.get("shape") != SHAPE:
            raise StateError(
                "the account records were written by another version, or not yet folded: rebuild them from the lake "
                "(--rebuild)"
            )
        commons = Commons(
            np.frombuffer(state["pool"], POOL_DAY).copy(),
            np.frombuffer(state["sealed"], SEALED).copy(),
            np.frombuffer(state["territory"], TERRITORY).copy(),
            state["day"],
            state["begun"],
            msgspec.convert(state["seals"], list[Seal]),
        )
        scoring = cls(policy, commons, np.frombuffer(state["accounts"], ACCOUNT))
        scoring.remember([np.frombuffer(state["met"], MET)] if state["met"] else [])
        return scoring

    @property
    def met(self) -> NDArray[Any]:
        """What the territory will learn at the next turn (rows of MET)."""
        return np.concatenate([np.zeros(0, MET), *self._met])

    def remember(self, met: list[NDArray[Any]]) -> None:
        """Take what the territory will learn at the next turn (rows of MET)."""
        self._met += met


class Unfolded(Scoring):
    """Stands in for scoring while events are only read, to be folded elsewhere: it remembers no account."""

    def fold(self, events: NDArray[Any]) -> NDArray[Any]:  # noqa: ARG002 - they wait in the lake
        """Return no evidence."""
        return np.zeros(0, EVIDENCE)

    def to_bytes(self) -> bytes:
        """Return what `from_bytes` refuses: a run that scores must not go on from here."""
        return zstandard.ZstdCompressor(level=1).compress(msgspec.msgpack.encode({"shape": "unfolded"}))


def local_days(events: NDArray[Any]) -> NDArray[np.int64]:
    """Return the local day that each event may turn to; that of a late one is before all days."""
    days: NDArray[np.int64] = (events["at"] + events["zone"].astype(np.int64) * 1_000_000) // DAY_US
    days[(events["flags"] & Flag.LATE) != 0] = NEVER
    return days
