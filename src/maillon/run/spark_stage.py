"""A stage: many days of a log folded in one pass of Spark, by tasks that run together.

Spark starts all tasks of a stage at once (its barrier mode). Each keeps the records of its accounts in memory from the
first day to the last; at each turn of the day the tasks hand each other what all accounts share, and each makes the
same seals of it. Nobody waits for the driver, and records are written once a stage.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import msgspec
import numpy as np
from numpy.typing import NDArray

from maillon.edges.spark import HANDED, RECORDS, ROWS, SHARED
from maillon.facts.account import ACCOUNT
from maillon.facts.event import EVENT
from maillon.facts.leak import Prior
from maillon.facts.policy import Policy
from maillon.score.fold import Scoring
from maillon.score.shard import Shard
from maillon.score.stretch import Folded, Stretch, Turn, fold, from_bytes, stretch, to_bytes, turn

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import DataFrame, SparkSession

BUCKETS = 1024
"""Records lie in so many buckets, by account: whatever the number of shards, a bucket belongs to one of them."""

COLUMNS = (
    "seq", "at", "zone", "action", "outcome", "flags", "listed", "service", "account", "session", "network", "device",
    "patient", "near",
)  # fmt: skip
"""The columns that scoring and deciding look at."""

_BEFORE_ALL = -1  # the place of account records among the events
_LOOK_S = 0.005


@dataclass(frozen=True)
class Plan:
    """What a stage folds, and with what."""

    pairs: Sequence[tuple[int, Turn | None]]  # its stretches: the first place, and the turn that ends it
    told: Sequence[tuple[int, int | Prior]]  # words that teach, each from a place on
    policy: Policy
    shared: bytes  # what all accounts share at its beginning: a Scoring without accounts
    shards: int
    tasks: int
    meeting: str  # a folder that all tasks reach, where they hand each other what turns the day


def plan_of(
    spark: SparkSession,
    pairs: Sequence[tuple[int, Turn | None]],
    told: Sequence[tuple[int, int | Prior]],
    policy: Policy,
    shared: bytes,
    shards: int,
    folder: Path,
) -> Plan:
    """Return a plan for as many tasks as can run together. `folder` is one that all machines see."""
    tasks = min(shards, spark.sparkContext.defaultParallelism)
    meeting = folder / f"meeting-{uuid4().hex}"
    return Plan(pairs, told, policy, shared, shards, tasks, str(meeting))


def staged(events: DataFrame, records: DataFrame, plan: Plan) -> DataFrame:
    """Return what the shards make of `events` (COLUMNS) and of `records` (rows of ROWS), as rows of ROWS."""
    from pyspark.sql.functions import lit

    def task(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        return _task(batches, plan)

    bucket = f"cast(pmod(account, {BUCKETS}) as int)"
    mine = f"cast({bucket} % {plan.shards} % {plan.tasks} as int) as task"
    coming = events.where("account != 0").selectExpr(*COLUMNS, mine, "cast(null as binary) as data")
    held = records.selectExpr(f"cast(bucket % {plan.shards} % {plan.tasks} as int) as task", "data")
    # A row for each task: one without accounts takes part in the turns all the same.
    none = events.sparkSession.range(plan.tasks).selectExpr("cast(id as int) as task", "cast('' as binary) as data")
    held = held.union(none).withColumn("seq", lit(_BEFORE_ALL).cast("long"))
    both = coming.unionByName(held, allowMissingColumns=True).repartitionById(plan.tasks, "task")
    return both.sortWithinPartitions("seq").mapInArrow(task, ROWS, barrier=True)


def _task(batches: Iterator[pa.RecordBatch], plan: Plan) -> Iterator[pa.RecordBatch]:
    """Fold the shards of one task, in a worker of Spark."""
    from pyspark import BarrierTaskContext

    number, meeting = BarrierTaskContext.get().partitionId(), Path(plan.meeting)
    meeting.mkdir(parents=True, exist_ok=True)
    shared = Scoring.from_bytes(plan.shared, plan.policy)
    commons = shared.commons
    rows = _InOrder(batches)
    shards = _by_shard(rows.until(_BEFORE_ALL + 1)["data"], plan.shards)
    later = shared.met if number == 0 else shared.met[:0]
    for turned, (start, until) in enumerate(plan.pairs):
        over = stretch(commons, start, until, plan.told)
        _begin_records(shards, over, plan, number)
        folded = _fold_shards(shards, rows.until(over.stop), over, commons.territory, plan.shards)
        for shard, done in folded.items():
            shards[shard] = done.accounts
            if len(done.evidence):
                yield _row(HANDED, to_bytes(_for_decisions(done)))
        earlier = replace(_folded_nothing(over, commons.territory), met=later)
        mine = [to_bytes(_for_the_turn(done)) for done in [earlier, *folded.values()]]
        every = _hand_round(meeting, turned, number, plan.tasks, mine)
        left = turn(commons, [from_bytes(blob) for blob in every], until, plan.policy)
        later = later[:0]
    for accounts in shards.values():
        for row in in_buckets(accounts):
            yield _rows([row]).to_batches()[0]
    if number == 0:
        shared = Scoring(plan.policy, commons)
        shared.remember(left)
        yield _row(SHARED, shared.to_bytes())


def _begin_records(shards: dict[int, NDArray[Any]], over: Stretch, plan: Plan, number: int) -> None:
    """Give an account that a leak names its record, where its shard is one of this task's and has never seen it."""
    for _, word in over.told:
        shard = (
            int(_shard_of(np.array([word.account_hash], np.uint64), plan.shards)[0]) if isinstance(word, Prior) else -1
        )
        if isinstance(word, Prior) and shard % plan.tasks == number:
            records = Shard(shards.get(shard))
            if not records.knows(word.account_hash):
                records.raise_prior(replace(word, decades=0.0))
                shards[shard] = records.accounts


class _InOrder:
    """The rows of a task, in the order of their places, taken up to one place after the other."""

    def __init__(self, batches: Iterator[pa.RecordBatch]) -> None:
        self._batches = batches
        self._rest: pa.RecordBatch = next(batches)  # every task has a row

    def until(self, stop: int) -> pa.Table:
        """Return the next rows, those whose place comes before `stop`."""
        import pyarrow as pa

        taken, rest = [], self._rest
        while rest is not None:
            cut = int(np.searchsorted(rest["seq"].to_numpy(), stop))
            taken.append(rest.slice(0, cut))
            self._rest = rest.slice(cut)
            rest = next(self._batches, None) if cut == rest.num_rows else None
        return pa.Table.from_batches(taken)


def _by_shard(blobs: pa.ChunkedArray, shards: int) -> dict[int, NDArray[Any]]:
    accounts = np.concatenate([np.zeros(0, ACCOUNT), *(np.frombuffer(one.as_buffer(), ACCOUNT) for one in blobs)])
    mine = _shard_of(accounts["account"], shards)
    return {int(shard): accounts[mine == shard] for shard in np.unique(mine)}


def _fold_shards(
    shards: dict[int, NDArray[Any]], rows: pa.Table, over: Stretch, territory: NDArray[Any], count: int
) -> dict[int, Folded]:
    """Fold a stretch's rows, each into its shard; a shard without any closes its days all the same."""
    events, places = events_of(rows), rows["seq"].to_numpy()
    whose = _shard_of(events["account"], count)
    folded = {}
    for shard in sorted({*shards, *np.unique(whose).tolist()}):
        mine = whose == shard
        before = shards.get(shard, np.zeros(0, ACCOUNT))
        folded[shard] = fold(before, events[mine], places[mine], over, territory)
    return folded


def _shard_of(accounts: NDArray[np.uint64], shards: int) -> NDArray[np.int64]:
    return (accounts % np.uint64(BUCKETS)).astype(np.int64) % shards


def _folded_nothing(over: Stretch, territory: NDArray[Any]) -> Folded:
    return fold(np.zeros(0, ACCOUNT), np.zeros(0, EVENT), np.zeros(0, np.int64), over, territory)


def _for_decisions(done: Folded) -> Folded:
    """Return the part of what a shard made that decisions rest on."""
    return replace(done, accounts=done.accounts[:0], pool=done.pool[:0], met=done.met[:0], use={})


def _for_the_turn(done: Folded) -> Folded:
    """Return the part of what a shard made that the next day's seals rest on."""
    nothing = {name: getattr(done, name)[:0] for name in ("accounts", "evidence", "places", "moments", "moments_at")}
    return replace(done, **nothing)


def _hand_round(meeting: Path, turned: int, number: int, tasks: int, mine: Sequence[bytes]) -> list[bytes]:
    """Leave what this task has to say at a turn of the day, wait for all others, and return what every task said.

    Not by Spark's own `allGather`: it looks for the others once a second only, and goes by way of the driver. What
    lies here from an attempt that failed says the same, byte by byte.
    """
    path = meeting / f"{turned}-{number}"
    path.with_suffix(".part").write_bytes(msgspec.msgpack.encode(list(mine)))
    path.with_suffix(".part").rename(path)
    said: list[bytes] = []
    for other in range(tasks):
        theirs = meeting / f"{turned}-{other}"
        while not theirs.exists():
            time.sleep(_LOOK_S)
        said += msgspec.msgpack.decode(theirs.read_bytes(), type=list[bytes])
    return said


def in_buckets(accounts: NDArray[Any]) -> Iterator[tuple[int, str, bytes]]:
    """Yield account records as rows of ROWS, bucket by bucket."""
    buckets = _shard_of(accounts["account"], BUCKETS)
    order = np.argsort(buckets, kind="stable")
    starts = np.flatnonzero(np.diff(buckets[order], prepend=-1)).tolist()
    for start, stop in pairwise([*starts, len(order)]):
        yield int(buckets[order[start]]), RECORDS, accounts[order[start:stop]].tobytes()


def _row(what: str, data: bytes) -> pa.RecordBatch:
    return _rows([(0, what, data)]).to_batches()[0]


def _rows(rows: Sequence[tuple[int, str, bytes]]) -> pa.Table:
    import pyarrow as pa

    schema = pa.schema([("bucket", pa.int32()), ("what", pa.string()), ("data", pa.binary())])
    return pa.table([list(column) for column in zip(*rows, strict=True)] or [[], [], []], schema=schema)


def records_of(spark: SparkSession, accounts: NDArray[Any]) -> DataFrame:
    """Return account records as a table of ROWS."""
    return spark.createDataFrame(_rows(list(in_buckets(accounts))), ROWS)


def rows_of(spark: SparkSession, events: NDArray[Any]) -> DataFrame:
    """Return events, in the admitted order, as a table of COLUMNS; their places count from 0."""
    import pyarrow as pa

    kinds = {np.dtype("u1"): np.int16, np.dtype("<u2"): np.int32, np.dtype("<u8"): np.int64}
    columns: dict[str, NDArray[Any]] = {"seq": np.arange(len(events))}
    for name in COLUMNS[1:]:
        columns[name] = events[name].astype(kinds.get(EVENT[name], EVENT[name]))
    return spark.createDataFrame(pa.table(columns))


def accounts_of(records: DataFrame) -> NDArray[Any]:
    """Return all account records of a table of ROWS, ascending by account."""
    blobs = records.select("data").toArrow()["data"]
    accounts = np.concatenate([np.zeros(0, ACCOUNT), *(np.frombuffer(one.as_buffer(), ACCOUNT) for one in blobs)])
    return accounts[np.argsort(accounts["account"])]


def events_of(rows: pa.Table) -> NDArray[Any]:
    """Return rows of EVENT; columns that are not there are 0."""
    found = np.zeros(rows.num_rows, EVENT)
    for name in EVENT.names or ():
        if name in rows.column_names:
            column = rows[name].to_numpy()
            found[name] = column.view(np.uint64) if EVENT[name] == np.uint64 else column
    return found
