"""Spark's session, the lake as Spark reads it, and the folder where it keeps what each stretch of a log came to.

Local by default; under `spark-submit` the session is the one that it set up. Spark distributes, shuffles and writes.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from maillon.facts.errors import UsageError
from maillon.facts.event import EVENT

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

RECORDS, HANDED, SHARED = "records", "handed", "shared"
"""What a stage leaves: account records, what decisions rest on, what all accounts share."""

ROWS = "bucket int, what string, data binary"

SETTINGS = {
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.sql.parquet.compression.codec": "zstd",
    "spark.driver.maxResultSize": "0",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.execution.arrow.maxRecordsPerBatch": "65536",
    "spark.sql.execution.arrow.maxBytesPerBatch": str(64 << 20),
    # Spark 4.3 reads unsigned 64-bit columns as whole numbers by its plain reader only; by its other one, as decimals.
    "spark.sql.parquet.enableVectorizedReader": "false",
}


def session() -> SparkSession:
    """Return Spark's session. Raises UsageError where pyspark or Java is missing."""
    try:
        import pyarrow as pa  # noqa: F401 - pyspark says of its absence only in a worker's trace
        from pyspark.sql import SparkSession
    except ImportError:
        raise UsageError(
            "--engine spark needs libraries that are not installed: pip install 'maillon[spark]'"
        ) from None
    builder = SparkSession.builder.appName("maillon")
    if "PYSPARK_GATEWAY_PORT" not in os.environ:  # else spark-submit chose master and Python
        if not shutil.which("java", path=_java_path()):
            raise UsageError(
                "--engine spark needs Java 17 or later: apt install default-jre-headless (or set JAVA_HOME)"
            )
        os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
        builder = builder.master("local[*]").config("spark.driver.bindAddress", "127.0.0.1")
        builder = builder.config("spark.driver.host", "127.0.0.1")
    for name, value in SETTINGS.items():
        builder = builder.config(name, value)
    spark = builder.getOrCreate()
    spark.sparkContext.setLogLevel("ERROR")
    return spark


def _java_path() -> str:
    home = os.environ.get("JAVA_HOME")
    return f"{home}/bin" if home else os.environ.get("PATH", "")


@dataclass(frozen=True)
class SparkLake:
    """Parts of a lake as tables of Spark: the columns of EVENT and `seq`, hashes as signed numbers of the same bits."""

    spark: SparkSession
    spans: dict[str, tuple[int, int]]  # by part: the places of its first and its last event

    @property
    def first(self) -> int:
        """The place of the first event."""
        return min(first for first, _ in self.spans.values())

    def all(self) -> DataFrame:
        """Return all events."""
        return self._read(list(self.spans))

    def between(self, start: int, stop: int) -> DataFrame:
        """Return the events from one place of the admitted order up to another (excluded)."""
        parts = [part for part, (first, last) in self.spans.items() if first < stop and start <= last]
        return self._read(parts or list(self.spans)[:1]).where(f"seq >= {start} and seq < {stop}")

    def _read(self, parts: Sequence[str]) -> DataFrame:
        from pyspark.sql import functions

        rows = self.spark.read.schema(_schema()).parquet(*parts)
        # A part written before a column existed has nothing to say there.
        return rows.select(*(functions.coalesce(name, functions.lit(0)).alias(name) for name in rows.columns))


def lake_of(spark: SparkSession, parts: Sequence[Path]) -> SparkLake:
    """Return the lake that lies in these files."""
    from pyarrow.parquet import read_metadata

    spans = {}
    for part in parts:
        data = read_metadata(part)
        column = data.schema.names.index("seq")
        found = [data.row_group(group).column(column).statistics for group in range(data.num_row_groups)]
        spans[f"file://{part.absolute()}"] = (min(one.min for one in found), max(one.max for one in found))
    return SparkLake(spark, spans)


def _schema() -> str:
    kinds = {np.dtype("u1"): "short", np.dtype("<u2"): "int", np.dtype("<i4"): "int"}
    columns = [f"`{name}` {kinds.get(EVENT[name], 'long')}" for name in EVENT.names or ()]
    return ", ".join([*columns, "seq long"])


@dataclass(frozen=True)
class Stages:
    """A folder with one table for each stage that was folded. A table counts once Spark has marked it whole."""

    spark: SparkSession
    folder: str

    def is_whole(self, number: int) -> bool:
        """Tell whether a stage was folded to its end."""
        where = self._path(f"{self._at(number)}/_SUCCESS")
        return bool(where.getFileSystem(self._hadoop()).exists(where))

    def write(self, number: int, rows: DataFrame) -> None:
        """Keep what a stage came to."""
        rows.write.mode("overwrite").partitionBy("what").parquet(self._at(number))

    def drop(self, number: int, *, but_what_it_left: bool = False) -> None:
        """Remove a stage, or its records only."""
        self._remove(f"{self._at(number)}/what={RECORDS}" if but_what_it_left else self._at(number))

    def records(self, number: int) -> DataFrame:
        """Return the account records that a stage left, as rows of ROWS."""
        return self._all(number).where(f"what = '{RECORDS}'")

    def left(self, number: int) -> dict[str, list[bytes]]:
        """Return what else a stage left, by what it is."""
        found: dict[str, list[bytes]] = {HANDED: [], SHARED: []}
        for row in self._all(number).where(f"what != '{RECORDS}'").collect():
            found[row["what"]].append(bytes(row["data"]))
        return found

    def remove(self) -> None:
        """Remove the folder, and those that folds of other lakes left behind beside it."""
        self._remove(self.folder.rpartition("/")[0])

    def _at(self, number: int) -> str:
        return f"{self.folder}/stage={number:06d}"

    def _all(self, number: int) -> DataFrame:
        return self.spark.read.schema(ROWS).parquet(self._at(number))

    def _remove(self, name: str) -> None:
        where = self._path(name)
        where.getFileSystem(self._hadoop()).delete(where, True)  # noqa: FBT003 - all below it

    def _path(self, name: str) -> Any:  # noqa: ANN401 - a Java object
        jvm: Any = self.spark._jvm  # noqa: SLF001 - the only way to Hadoop's file systems
        return jvm.org.apache.hadoop.fs.Path(name)

    def _hadoop(self) -> Any:  # noqa: ANN401 - a Java object
        return self.spark._jsc.hadoopConfiguration()  # noqa: SLF001
