"""The embedded runner: sources → admitted events → scoring → decisions, committed as it goes.

A thin shell. Reading happens in worker threads, one block ahead; admission, joining, scoring and deciding follow the
admitted order and nothing else, so that every run over the same events decides the same.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from maillon.decide.campaign import Campaigns
from maillon.decide.decisions import decisions
from maillon.decide.ladder import Ladder
from maillon.edges.allocator import keep_freed_memory
from maillon.edges.ledger import Entry
from maillon.edges.state import State
from maillon.facts.coverage import Coverage
from maillon.facts.decision import Decision
from maillon.facts.policy import Policy
from maillon.read.join import LoginJoin
from maillon.read.order import Order
from maillon.run.ahead import ahead
from maillon.run.hands import Hands, begin
from maillon.run.intake import Feed, Piece
from maillon.score.fold import Scoring

_COMMIT_EVERY_S = 20.0

Progress = Callable[[str, int], None]
"""Called with the name of the source being read and the number of records read so far."""


@dataclass
class Crank:
    """All that a run remembers between two commits."""

    state: State
    feeds: list[Feed]
    order: Order
    scoring: Scoring
    join: LoginJoin
    ladder: Ladder
    campaigns: Campaigns
    hands: Hands
    names: dict[str, dict[int, str]]
    memory: dict[str, Any]  # of the sources: what the next run must know of them
    coverages: dict[str, Coverage]  # of this run
    decisions: list[Decision] = field(default_factory=list)  # of this run
    entries: list[Entry] = field(default_factory=list)  # not yet committed
    joined: int = 0


def start(
    state: State, feeds: list[Feed], policy: Policy, programs: Iterable[int] = (), scoring: Scoring | None = None
) -> Crank:
    """Take up where the last commit of `state` left off, or begin. `programs` are accounts that no person uses.

    `scoring` stands in for what the last commit remembers of accounts.
    """
    snapshot, memory = state.load()
    saved = msgspec.msgpack.decode(snapshot) if snapshot else {}
    memory["programs"] = sorted({*memory.get("programs", ()), *programs})
    if scoring is None:
        scoring = Scoring.from_bytes(saved["scoring"], policy) if saved else Scoring(policy)
    scoring.name_programs(memory["programs"])
    order = Order(len(feeds))
    for index, feed in enumerate(feeds):
        order.starts[index] = feed.first
        order.newest[index] = memory.get("newest", {}).get(feed.name, order.newest[index])
    if saved:
        here = {feed.name: index for index, feed in enumerate(feeds)}
        order.restore(saved["pending"], saved["watermark"], [here.get(name, 0) for name in saved["sources"]])
    return Crank(
        state,
        feeds,
        order,
        scoring,
        LoginJoin(saved.get("join")),
        Ladder(saved.get("ladder")),
        Campaigns(saved.get("campaigns")),
        begin(state, taught=saved.get("taught", ())),
        state.names(),
        memory,
        {feed.name: _nothing_read(feed) for feed in feeds},
    )


def _nothing_read(feed: Feed) -> Coverage:
    adopted = feed.adopted.at if feed.adopted else 0
    return Coverage(feed.name, feed.profile.name, feed.dialect, adopted=adopted)


def campaigns_of(state: State) -> Campaigns:
    """Return what the last commit of `state` knew of networks and their newcomers."""
    snapshot, _ = state.load()
    return Campaigns(msgspec.msgpack.decode(snapshot).get("campaigns") if snapshot else None)


def run(crank: Crank, progress: Progress) -> None:
    """Read every feed to its end, decide, and commit."""
    keep_freed_memory()
    committed = time.monotonic()
    records = 0
    crank.memory["unfinished"] = True
    crank.entries += crank.hands.take_in(max(crank.order.watermark, 0), crank.ladder, crank.scoring)
    # Two pools: a piece waits for the parsing of its block, which must not wait for a piece.
    with ThreadPoolExecutor(max_workers=2) as pieces, ThreadPoolExecutor(max_workers=2) as parsing:
        coming = [ahead(feed.pieces(parsing), pieces) for feed in crank.feeds]
        while (source := crank.order.behind()) >= 0:
            piece = next(coming[source], None)
            if piece is None:
                crank.order.ended[source] = True
            else:
                _receive(crank, source, piece)
                records += piece.coverage.records
                progress(crank.feeds[source].name, records)
            _admit(crank)
            if time.monotonic() - committed > _COMMIT_EVERY_S:
                commit(crank)
                committed = time.monotonic()
    _admit(crank)  # what a stopped run left waiting, where nothing more is read
    crank.memory["unfinished"] = False
    commit(crank)


def commit(crank: Crank) -> None:
    """Make all so far durable, at one atomic point."""
    snapshot = {
        "scoring": crank.scoring.to_bytes(),
        "join": crank.join.memory(),
        "ladder": crank.ladder.memory(),
        "campaigns": crank.campaigns.memory(),
        "taught": sorted(crank.hands.taught),
        "pending": crank.order.pending(),
        "sources": [feed.name for feed in crank.feeds],
        "watermark": crank.order.watermark,
    }
    newest = {feed.name: crank.order.newest[index] for index, feed in enumerate(crank.feeds)}
    crank.memory["newest"] = crank.memory.get("newest", {}) | newest
    crank.state.commit(crank.entries, crank.memory, msgspec.msgpack.encode(snapshot))
    crank.hands.committed()
    crank.entries = []


def _receive(crank: Crank, source: int, piece: Piece) -> None:
    """Take one block: names, pseudonyms, rejects, coverage; its events wait for their place."""
    name = crank.feeds[source].name
    for kind, named in piece.names.items():
        crank.names.setdefault(kind, {}).update(named)
    crank.state.add_names(piece.names)
    crank.state.add_pseudonyms(piece.pseudonyms)
    crank.state.reject(name, piece.rejected)
    piece.coverage.late += crank.order.push(source, piece.events, piece.positions)
    crank.coverages[name] = merged(crank.coverages[name], piece.coverage)
    crank.memory.setdefault("sources", {})[name] = {"reader": piece.reader, "ordinal": piece.ordinal}
    number, known = piece.known
    crank.memory["contents"][number] = known


def _admit(crank: Crank) -> None:
    """Fold the events whose place is certain."""
    events = crank.order.admit()
    if not len(events):
        return
    crank.joined += crank.join.attribute(events)
    evidence = crank.scoring.fold(events)
    crank.entries += [(seal.digest, "seal", seal.at, asdict(seal)) for seal in crank.scoring.drain_seals()]
    decided = decisions(events, evidence, crank.ladder, crank.campaigns, crank.names, crank.hands.holds)
    crank.entries += crank.hands.held()
    decided = sorted(decided, key=lambda one: (one.at, one.id))
    decided = [replace(one, service=service_of(one, events, crank.names)) for one in decided]
    crank.decisions += decided
    crank.entries += [(decision.id, "decision", decision.at, asdict(decision)) for decision in decided]
    crank.state.add(events)


def service_of(decision: Decision, events: NDArray[Any], names: dict[str, dict[int, str]]) -> str:
    """Return the service of the event that a decision was taken at ("" where it was taken at another account's)."""
    at = np.flatnonzero((events["account"] == np.uint64(decision.account_hash)) & (events["at"] == decision.at))
    return names.get("service", {}).get(int(events["service"][at[0]]), "") if len(at) else ""


def merged(one: Coverage, more: Coverage) -> Coverage:
    """Return the coverage of one source after one more block."""
    out = Coverage(one.source, one.service or more.service, one.dialect or more.dialect)
    for column in fields(Coverage):
        mine, other = getattr(one, column.name), getattr(more, column.name)
        if column.name == "first":
            out.first = min(filter(None, (mine, other)), default=0)
        elif column.name == "last":
            out.last = max(mine, other)
        elif isinstance(mine, dict):
            setattr(out, column.name, {k: mine.get(k, 0) + other.get(k, 0) for k in mine.keys() | other.keys()})
        elif isinstance(mine, (int, list)):
            setattr(out, column.name, mine + other)
    return out
