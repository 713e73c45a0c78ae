"""Files that arrive, folded on Spark batch by batch, as one process would fold them one after the other.

A batch: its files are read by Spark's workers, its events put in the admitted order here, folded shard by shard
(run/spark_stage.py), decided here, and committed at one moment with what must be remembered. Spark's checkpoint gives
a batch that was not committed again; one that was is passed over. So nothing is lost and nothing counts twice.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from maillon.decide.campaign import Campaigns
from maillon.decide.decisions import decisions
from maillon.decide.ladder import Ladder
from maillon.edges.ledger import Entry
from maillon.edges.spark import HANDED, SHARED, Stages, session
from maillon.edges.state import State
from maillon.facts.coverage import Coverage
from maillon.facts.decision import Decision
from maillon.facts.errors import StateError
from maillon.facts.event import EVENT
from maillon.facts.evidence import EVIDENCE
from maillon.facts.leak import Prior
from maillon.facts.policy import Policy
from maillon.facts.record import Rejected
from maillon.facts.seal import Seal
from maillon.read.fresh import Fresh
from maillon.read.join import LoginJoin
from maillon.read.order import Order
from maillon.run.hands import Hands, begin
from maillon.run.rebuild import rebuild
from maillon.run.scan import merged, service_of
from maillon.run.spark import refold
from maillon.run.spark_read import ORDINAL, Read
from maillon.run.spark_stage import accounts_of, plan_of, records_of, rows_of, staged
from maillon.score.fold import SHAPE, Scoring, Unfolded, local_days
from maillon.score.stretch import Turn, from_bytes

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

FOLDER = "stream"
_NEVER = np.iinfo(np.int64).min
_PATIENCE_US = 600_000_000
"""A source that is so far behind the foremost holds nobody up: what it brings later may be late."""

_MOST_ASIDE = 1000
"""Files set aside that are remembered by name."""


class Words(Scoring):
    """Stands in for scoring where words teach it: they are told to the shards, with the next events."""

    def __init__(self, policy: Policy) -> None:
        super().__init__(policy)
        self.told: list[int | Prior] = []

    def forgive(self, account: int) -> bool:
        """Take a verdict "this was legitimate"."""
        self.told.append(account)
        return True

    def raise_prior(self, prior: Prior) -> None:
        """Take what a leak told."""
        self.told.append(prior)


@dataclass
class Stream:
    """What a stream remembers between two batches."""

    state: State
    policy: Policy
    shards: int
    say: Callable[[str], None]
    words: Words
    hands: Hands
    join: LoginJoin
    ladder: Ladder
    campaigns: Campaigns
    names: dict[str, dict[int, str]]
    memory: dict[str, Any]
    sources: list[str]  # by whose places `pending` goes
    pending: bytes
    watermark: int
    shared: bytes  # what all accounts share: a Scoring without accounts
    stages: Stages
    records: DataFrame
    stage: int  # the last one folded
    pseudonyms: Fresh = field(default_factory=Fresh)
    coverages: dict[str, Coverage] = field(default_factory=dict)  # of this run
    decisions: list[Decision] = field(default_factory=list)  # of this run

    @property
    def batch(self) -> int:
        """The number of the last batch that was committed; -1 = none."""
        number: int = self.memory.get("stream", {}).get("batch", -1)
        return number


def opened(
    state: State, policy: Policy, shards: int, say: Callable[[str], None], programs: Iterable[int] = ()
) -> Stream:
    """Take up a stream where the last commit of `state` left it, or what a scan or guard left, or begin."""
    spark = session()
    saved = _saved(state)
    if _is_of_another_shape(saved) or state.other_version:
        say("the account records were written by another version: they are folded again from the lake")
        rebuild(state, policy, fold=partial(refold, shards=shards))
        saved = _saved(state)
    memory = state.memory()
    memory["programs"] = sorted({*memory.get("programs", ()), *programs})
    folder = state.folder.absolute() / FOLDER
    stages, stream = Stages(spark, f"file://{folder}/records"), saved.get("stream")
    if stream:
        shared, stage = stream["shared"], stream["stage"]
        records = stages.records(stage)
    else:
        scoring = Scoring.from_bytes(saved["scoring"], policy) if saved else Scoring(policy)
        scoring.name_programs(memory["programs"])
        in_common = Scoring(policy, scoring.commons)
        in_common.remember([scoring.met])
        shared, stage = in_common.to_bytes(), 0
        records = records_of(spark, scoring.accounts)
    for old in [*folder.glob("meeting-*"), *folder.glob("records/stage=*")]:
        if old.name != f"stage={stage:06d}":  # a run that was stopped left it behind
            shutil.rmtree(old)
    hands = begin(state, taught=saved.get("taught", ()))
    return Stream(
        state, policy, shards, say, Words(policy), hands, LoginJoin(saved.get("join")), Ladder(saved.get("ladder")),
        Campaigns(saved.get("campaigns")), state.names(), memory, saved.get("sources", []), saved.get("pending", b""),
        saved.get("watermark", _NEVER), shared, stages, records, stage,
    )  # fmt: skip


def _saved(state: State) -> dict[str, Any]:
    snapshot, _ = state.load()
    saved: dict[str, Any] = msgspec.msgpack.decode(snapshot) if snapshot else {}
    if "guard" in saved:
        raise StateError(f"the state {state.folder} belongs to a guard: name a state of its own for --engine spark")
    return saved


def _is_of_another_shape(saved: Mapping[str, Any]) -> bool:
    return bool(saved.get("stream")) and saved["stream"]["shape"] != SHAPE


def take(stream: Stream, number: int, reads: Sequence[Read], sources: Mapping[str, str]) -> list[Decision]:
    """Take what was read of the files of a batch (`sources`: path → source); return what is decided. Commits."""
    order = _order(stream, sorted({*stream.sources, *sources.values()}))
    firsts = {read.path: read.first for read in reads}
    known = stream.memory.setdefault("sources", {})
    for path in sorted(firsts, key=lambda one: (sources[one], firsts[one], one)):
        left = known.setdefault(sources[path], {"reader": {}, "ordinal": 0})
        left["ordinal"] += 1
        for read in reads:
            if read.path == path:
                _receive(stream, order, sources[path], left["ordinal"], read)
    foremost = max(order.newest)
    order.ended = [newest == _NEVER or newest < foremost - _PATIENCE_US for newest in order.newest]
    return _admit(stream, order, number)


def end(stream: Stream, *, flush: bool) -> list[Decision]:
    """Leave the state as a scan leaves it. With `flush`, what waits for its place is admitted: no more will come."""
    decided: list[Decision] = []
    if flush and stream.pending:
        order = _order(stream, stream.sources)
        order.ended = [True] * len(stream.sources)
        decided = _admit(stream, order, stream.batch)
    in_common = Scoring.from_bytes(stream.shared, stream.policy)
    scoring = Scoring(stream.policy, in_common.commons, accounts_of(stream.records))
    scoring.remember([in_common.met])
    _commit(stream, [], stream.batch, {"scoring": scoring.to_bytes()})
    shutil.rmtree(stream.state.folder / FOLDER / "records", ignore_errors=True)
    return decided


def _order(stream: Stream, names: list[str]) -> Order:
    order = Order(len(names))
    newest = stream.memory.get("newest", {})
    order.newest = [newest.get(name, _NEVER) for name in names]
    order.restore(stream.pending, stream.watermark, [names.index(name) for name in stream.sources])
    stream.sources = names
    return order


def _receive(stream: Stream, order: Order, name: str, ordinal: int, read: Read) -> None:
    """Take one block: names, pseudonyms, rejects, coverage; its events wait for their place."""
    if read.aside:
        stream.say(f"{read.path} is set aside: {read.aside}")
        stream.state.reject(name, [Rejected(0, f"file set aside: {read.aside}", "")])
        aside = [*stream.memory.get("aside", ()), {"file": read.path, "why": read.aside}]
        stream.memory["aside"] = aside[-_MOST_ASIDE:]
        return
    new = {
        kind: {key: text for key, text in named.items() if key not in stream.names.get(kind, {})}
        for kind, named in read.names.items()
    }
    for kind, named in new.items():
        stream.names.setdefault(kind, {}).update(named)
    stream.state.add_names(new)
    patients = list(read.pseudonyms)
    first = [patients[place] for place in stream.pseudonyms.indices(np.array(patients, np.uint64))]
    stream.state.add_pseudonyms({patient: read.pseudonyms[patient] for patient in first})
    stream.state.reject(name, read.rejected)
    for sentence in read.coverage.warnings:
        stream.say(sentence)
    events = np.frombuffer(read.events, EVENT).copy()
    positions = np.frombuffer(read.positions, np.int64) + ordinal * ORDINAL
    read.coverage.late += order.push(stream.sources.index(name), events, positions)
    stream.coverages[name] = merged(stream.coverages.get(name, Coverage(name)), read.coverage)


def _admit(stream: Stream, order: Order, number: int) -> list[Decision]:
    """Fold the events whose place is certain, decide, and commit."""
    events, before = order.admit(), max(stream.watermark, 0)
    stream.pending, stream.watermark = order.pending(), order.watermark
    newest = zip(stream.sources, order.newest, strict=True)
    stream.memory["newest"] = {name: at for name, at in newest if at != _NEVER}
    entries, decided = list[Entry](), list[Decision]()
    if len(events):
        entries += stream.hands.take_in(before, stream.ladder, stream.words)
        stream.join.attribute(events)
        evidence, seals = _fold(stream, events)
        entries += [(seal.digest, "seal", seal.at, asdict(seal)) for seal in seals]
        found = decisions(events, evidence, stream.ladder, stream.campaigns, stream.names, stream.hands.holds)
        entries += stream.hands.held()
        found.sort(key=lambda one: (one.at, one.id))
        decided = [replace(one, service=service_of(one, events, stream.names)) for one in found]
        entries += [(one.id, "decision", one.at, asdict(one)) for one in decided]
        stream.decisions += decided
        stream.state.add(events)
    shape = {"shape": SHAPE, "shared": stream.shared, "stage": stream.stage}
    _commit(stream, entries, number, {"scoring": Unfolded(stream.policy).to_bytes(), "stream": shape})
    if len(events):
        stream.stages.drop(stream.stage - 1)
    return decided


def _fold(stream: Stream, events: NDArray[Any]) -> tuple[NDArray[Any], list[Seal]]:
    """Return the evidence that `events` give rise to, in their order, and the seals of the days that they turn to."""
    spark = stream.stages.spark
    ends = _ends(events, Scoring.from_bytes(stream.shared, stream.policy).commons.day)
    pairs = list(zip([0, *(one.seq for one in ends)], [*ends, None], strict=True))
    told, stream.words.told = [(0, word) for word in stream.words.told], []
    plan = plan_of(
        spark, pairs, told, stream.policy, stream.shared, stream.shards,
        stream.state.folder.absolute() / FOLDER,
    )  # fmt: skip
    stream.stage += 1
    stream.stages.write(stream.stage, staged(rows_of(spark, events), stream.records, plan))
    shutil.rmtree(plan.meeting)
    left, stream.records = stream.stages.left(stream.stage), stream.stages.records(stream.stage)
    in_common = Scoring.from_bytes(left[SHARED][0], stream.policy)
    seals = in_common.drain_seals()
    stream.shared = in_common.to_bytes()
    folded = [from_bytes(blob) for blob in left[HANDED]]
    evidence = np.concatenate([np.zeros(0, EVIDENCE), *(one.evidence for one in folded)])
    places = np.concatenate([np.zeros(0, np.int64), *(one.places for one in folded)])
    return evidence[np.argsort(places, kind="stable")], seals


def _ends(events: NDArray[Any], day: int) -> list[Turn]:
    """Return the turns of the day among `events`."""
    newest = np.maximum.accumulate(np.maximum(local_days(events), day))
    turned = np.flatnonzero(np.diff(newest, prepend=day))
    return [Turn(int(place), int(newest[place]), int(events["at"][place])) for place in turned]


def _commit(stream: Stream, entries: Sequence[Entry], number: int, scored: Mapping[str, Any]) -> None:
    """Make all so far durable, at one atomic point."""
    snapshot = {
        **scored,
        "join": stream.join.memory(),
        "ladder": stream.ladder.memory(),
        "campaigns": stream.campaigns.memory(),
        "taught": sorted(stream.hands.taught),
        "pending": stream.pending,
        "sources": stream.sources,
        "watermark": stream.watermark,
    }
    stream.memory["stream"] = {"batch": number}
    stream.state.commit(entries, stream.memory, msgspec.msgpack.encode(snapshot))
    stream.hands.committed()
