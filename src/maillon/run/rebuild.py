"""Fold the lake again from its first event: an upgrade, or a lost snapshot, never costs the history."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from maillon.decide.campaign import Campaigns
from maillon.decide.ladder import Ladder
from maillon.edges.ledger import Entry
from maillon.edges.state import State
from maillon.facts.policy import Policy
from maillon.read.join import LoginJoin
from maillon.run.hands import begin
from maillon.score.fold import Scoring


def rebuild(state: State, policy: Policy) -> None:
    """Make the account records anew from the lake of `state`, and commit them.

    What was decided before keeps its entries in the ledger; the same decisions come out again under the same names.
    """
    scoring, ladder, join, names = Scoring(policy), Ladder(), LoginJoin(), state.names()
    campaigns, hands = Campaigns(), begin(state)
    entries: list[Entry] = []
    watermark = 0
    for events in _up_to(state.replay(), [verdict.at for verdict in hands.in_force.verdicts()]):
        hands.teach(ladder, scoring, before=int(events["at"].max()))
        join.attribute(events)
        evidence = scoring.fold(events)
        entries += [(seal.digest, "seal", seal.at, asdict(seal)) for seal in scoring.drain_seals()]
        decisions = ladder.climb(evidence, names, hands.holds)
        decisions += hands.free(campaigns.follow(events, evidence, ladder, names), ladder)
        entries += hands.held()
        entries += [(one.id, "decision", one.at, asdict(one)) for one in decisions]
        watermark = max(watermark, int(events["at"].max()))
    hands.teach(ladder, scoring)
    old, memory = state.load()
    # What waited for its place when a run was stopped is in no lake yet, only in the snapshot of that run.
    waiting = msgspec.msgpack.decode(old) if old else {"pending": b"", "sources": [], "watermark": watermark}
    snapshot = {
        "scoring": scoring.to_bytes(),
        "join": join.memory(),
        "ladder": ladder.memory(),
        "campaigns": campaigns.memory(),
        "taught": sorted(hands.taught),
        "pending": waiting["pending"],
        "sources": waiting["sources"],
        "watermark": waiting["watermark"],
    }
    state.commit(entries, memory, msgspec.msgpack.encode(snapshot))


def _up_to(batches: Iterator[NDArray[Any]], moments: Sequence[int]) -> Iterator[NDArray[Any]]:
    """Cut batches of events at the moments at which people's words were admitted: what follows one, rests on it."""
    for events in batches:
        reached = np.maximum.accumulate(events["at"])
        cuts = np.searchsorted(reached, sorted(moments), side="right")
        yield from (part for part in np.split(events, cuts) if len(part))
