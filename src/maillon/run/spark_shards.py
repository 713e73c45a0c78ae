"""What a worker of Spark does: one shard, one stretch, from and to tables of Arrow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from maillon.edges.spark import HANDED, RECORDS, ROWS
from maillon.facts.account import ACCOUNT
from maillon.facts.event import EVENT
from maillon.score.stretch import Stretch, fold, to_bytes

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import DataFrame, SparkSession

_RECORDS_A_ROW = 4096
_COLUMNS = (
    "seq", "at", "zone", "action", "outcome", "flags", "listed", "service", "account", "session", "network", "device",
    "patient", "near",
)  # fmt: skip
"""The columns that scoring and deciding look at."""


def folded(rows: DataFrame, records: DataFrame, over: Stretch, territory: NDArray[Any], shards: int) -> DataFrame:
    """Return what the shards make of the events of a stretch: their records, and what they hand over."""
    shared = rows.sparkSession.sparkContext.broadcast(territory)

    def shard(key: tuple[Any], rows: pa.Table, records: pa.Table) -> pa.Table:
        return _fold_shard(key[0].as_py(), rows, records, over, shared.value)

    mine = rows.where("account != 0").selectExpr(*_COLUMNS, f"cast(pmod(account, {shards}) as int) as shard")
    return mine.groupBy("shard").cogroup(records.groupBy("shard")).applyInArrow(shard, ROWS)


def _fold_shard(shard: int, rows: pa.Table, records: pa.Table, over: Stretch, territory: NDArray[Any]) -> pa.Table:
    """Fold one shard, in a worker."""
    import pyarrow as pa

    rows = rows.sort_by("seq")
    accounts = np.concatenate([np.zeros(0, ACCOUNT), *(np.frombuffer(one.as_py(), ACCOUNT) for one in records["data"])])
    done = fold(accounts, events_of(rows), rows["seq"].to_numpy(), over, territory)
    left = [(shard, HANDED, to_bytes(done)), *_in_rows(shard, done.accounts)]
    return pa.table(
        {
            "shard": pa.array([number for number, _, _ in left], pa.int32()),
            "what": pa.array([what for _, what, _ in left], pa.string()),
            "data": pa.array([data for _, _, data in left], pa.binary()),
        }
    )


def rows_of(spark: SparkSession, accounts: NDArray[Any], shards: int) -> DataFrame:
    """Return account records as rows of ROWS, spread over the shards."""
    shard = accounts["account"].view(np.int64) % shards
    return spark.createDataFrame([row for one in range(shards) for row in _in_rows(one, accounts[shard == one])], ROWS)


def _in_rows(shard: int, accounts: NDArray[Any]) -> list[tuple[int, str, bytes]]:
    starts = range(0, len(accounts), _RECORDS_A_ROW)
    return [(shard, RECORDS, accounts[at : at + _RECORDS_A_ROW].tobytes()) for at in starts]


def events_of(rows: pa.Table) -> NDArray[Any]:
    """Return rows of EVENT; columns that are not there are 0."""
    found = np.zeros(rows.num_rows, EVENT)
    for name in EVENT.names or ():
        if name in rows.column_names:
            column = rows[name].to_numpy()
            found[name] = column.view(np.uint64) if EVENT[name] == np.uint64 else column
    return found
