"""Fold the lake again from its first event: an upgrade, or a lost snapshot, never costs the history."""

from __future__ import annotations

from dataclasses import asdict

import msgspec

from maillon.decide.campaign import Campaigns
from maillon.decide.ladder import Ladder
from maillon.edges.ledger import Entry
from maillon.edges.state import State
from maillon.facts.policy import Policy
from maillon.read.join import LoginJoin
from maillon.score.fold import Scoring


def rebuild(state: State, policy: Policy) -> None:
    """Make the account records anew from the lake of `state`, and commit them.

    What was decided before keeps its entries in the ledger; the same decisions come out again under the same names.
    """
    scoring, ladder, join, names = Scoring(policy), Ladder(), LoginJoin(), state.names()
    campaigns = Campaigns()
    entries: list[Entry] = []
    watermark = 0
    for events in state.replay():
        join.attribute(events)
        evidence = scoring.fold(events)
        entries += [(seal.digest, "seal", seal.at, asdict(seal)) for seal in scoring.drain_seals()]
        decisions = ladder.climb(evidence, names)
        decisions += campaigns.follow(events, evidence, ladder, names)
        entries += [(one.id, "decision", one.at, asdict(one)) for one in decisions]
        watermark = max(watermark, int(events["at"].max()))
    old, memory = state.load()
    # What waited for its place when a run was stopped is in no lake yet, only in the snapshot of that run.
    waiting = msgspec.msgpack.decode(old) if old else {"pending": b"", "sources": [], "watermark": watermark}
    snapshot = {
        "scoring": scoring.to_bytes(),
        "join": join.memory(),
        "ladder": ladder.memory(),
        "campaigns": campaigns.memory(),
        "pending": waiting["pending"],
        "sources": waiting["sources"],
        "watermark": waiting["watermark"],
    }
    state.commit(entries, memory, msgspec.msgpack.encode(snapshot))
