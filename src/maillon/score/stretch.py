"""A stretch: the events between two turns of the day, folded shard by shard and put together again.

However accounts are spread over shards, evidence and seals are those of one process (tests/test_stretch.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np
import zstandard
from numpy.typing import NDArray

from maillon.facts.account import ACCOUNT, NEVER
from maillon.facts.event import EVENT
from maillon.facts.evidence import EVIDENCE
from maillon.facts.leak import Prior
from maillon.facts.policy import Policy
from maillon.facts.pool import POOL_DAY, SEALED
from maillon.score.calibrate import Used, added, used
from maillon.score.commons import Commons
from maillon.score.pool import add, empty_pool, pour
from maillon.score.shard import Given, Shard
from maillon.score.territory import MET, distinct

_ENDLESS = np.iinfo(np.int64).max


class Turn(msgspec.Struct, frozen=True):
    """The first event of a local day that no event had reached: its place in the admitted order, and its moment."""

    seq: int
    day: int
    at: int


class Stretch(msgspec.Struct, frozen=True):
    """The events from one place up to another (excluded), and what they are folded with."""

    start: int
    stop: int
    day: int
    closes: int  # account-days up to this one are over at its end; NEVER = the log ends here
    governed: tuple[int, ...]  # days to be sealed at its end
    sealed: bytes
    told: tuple[tuple[int, int | Prior], ...]  # from a place on: a verdict on an account, a leak's prior


@dataclass(frozen=True)
class Folded:
    """What a shard made of a stretch."""

    accounts: NDArray[Any]  # rows of ACCOUNT: the records at its end
    evidence: NDArray[Any]  # rows of EVIDENCE
    places: NDArray[np.int64]  # of the event that each was written at, in the admitted order
    moments: NDArray[Any]  # rows of EVENT: those of an account and moment that has evidence
    moments_at: NDArray[np.int64]  # their places in the admitted order
    pool: NDArray[Any]  # rows of POOL_DAY
    met: NDArray[Any]  # rows of MET, distinct
    use: Mapping[int, Used]  # by governed day


def turns(firsts: Iterable[Turn]) -> list[Turn]:
    """Return the turns of a log; `firsts` holds the first event of each local day, those of late ones left out."""
    found: list[Turn] = []
    for first in sorted(firsts, key=lambda one: one.seq):
        if not found or first.day > found[-1].day:
            found.append(first)
    return found


def stretch(commons: Commons, start: int, until: Turn | None, told: Iterable[tuple[int, int | Prior]]) -> Stretch:
    """Return the stretch from the place `start` up to the next turn, None = to the end.

    `told` are the words that teach, each from a place on, in order: the account of a verdict `legitimate`, or a prior.
    """
    stop = until.seq if until else _ENDLESS
    return Stretch(
        start,
        stop,
        commons.day,
        until.day - 2 if until else NEVER,
        tuple(commons.governed(until.day)) if until else (),
        commons.sealed.tobytes(),
        tuple((place, word) for place, word in told if start <= place < stop),
    )


def fold(
    accounts: NDArray[Any], events: NDArray[Any], places: NDArray[np.int64], over: Stretch, territory: NDArray[Any]
) -> Folded:
    """Fold a shard's `events` of a stretch (in the admitted order, each with its place) into its records."""
    shard, sealed = (
        Shard(accounts),
        np.frombuffer(over.sealed, SEALED).copy(),
    )  # compiled for arrays that may be written
    cuts = np.searchsorted(places, [place for place, _ in over.told]).tolist()
    given: list[Given] = []
    seqs: list[NDArray[np.int64]] = []
    words_at = [(0, 0), *zip(cuts, (word for _, word in over.told), strict=True)]
    for (start, word), stop in zip(words_at, [*cuts, len(events)], strict=True):
        if isinstance(word, Prior):
            if shard.knows(word.account_hash):
                shard.raise_prior(word)
        elif word:
            shard.forgive(word)
        given.append(shard.fold(events[start:stop], over.day, sealed, territory))
        seqs.append(places[start:stop][given[-1].places])
    given.append(shard.close(over.closes, sealed))
    pool = empty_pool()
    for part in given:
        add(pool, part.closed)
    evidence = np.concatenate([part.evidence for part in given])
    told = _of_these(events, evidence)
    return Folded(
        shard.accounts,
        evidence,
        np.concatenate(seqs),
        events[told],
        places[told],
        pool[pool["day"] > NEVER],
        distinct(np.concatenate([part.met for part in given])),
        {day: used(shard.accounts, day) for day in over.governed},
    )


def turn(commons: Commons, folded: Sequence[Folded], until: Turn | None, policy: Policy) -> list[NDArray[Any]]:
    """Add up what the shards made of a stretch, and begin the next day; return what the territory has yet to learn."""
    for part in folded:
        pour(commons.pool, part.pool)
    met = [part.met for part in folded if len(part.met)]
    if until is None:
        return met
    use = {day: added([part.use[day] for part in folded]) for day in commons.governed(until.day)}
    commons.turn(until.day, until.at, use, met, policy)
    return []


def _of_these(events: NDArray[Any], evidence: NDArray[Any]) -> NDArray[np.intp]:
    """Return the places of the events that share account and moment with a row of evidence."""
    near = np.flatnonzero(np.isin(events["at"], evidence["at"]))
    pairs = set(zip(evidence["account"].tolist(), evidence["at"].tolist(), strict=True))
    kept = [one for one in near.tolist() if (int(events["account"][one]), int(events["at"][one])) in pairs]
    return np.array(kept, np.intp)


_PLACE = np.dtype(np.int64)
_COLUMNS: dict[str, np.dtype[Any]] = {
    "evidence": EVIDENCE, "places": _PLACE, "moments": EVENT, "moments_at": _PLACE, "pool": POOL_DAY, "met": MET
}  # fmt: skip


def to_bytes(folded: Folded) -> bytes:
    """Return all but the account records as bytes that `from_bytes` reads."""
    arrays: dict[str, Any] = {name: getattr(folded, name).tobytes() for name in _COLUMNS}
    arrays["use"] = {
        day: [array.tobytes() for tally in (use.networks, use.beginners, use.devices) for array in tally]
        for day, use in folded.use.items()
    }
    return zstandard.ZstdCompressor(level=1).compress(msgspec.msgpack.encode(arrays))


def from_bytes(blob: bytes) -> Folded:
    """Return what `to_bytes` wrote, without account records."""
    plain = msgspec.msgpack.decode(zstandard.ZstdDecompressor().decompress(blob))
    use = {day: _used(arrays) for day, arrays in plain.pop("use").items()}
    arrays = {name: np.frombuffer(plain[name], kind) for name, kind in _COLUMNS.items()}
    return Folded(accounts=np.zeros(0, ACCOUNT), use=use, **arrays)


def _used(arrays: Sequence[bytes]) -> Used:
    keys, counts = arrays[::2], arrays[1::2]
    return Used(*((np.frombuffer(k, np.uint64), np.frombuffer(c, np.int64)) for k, c in zip(keys, counts, strict=True)))
