"""Files that arrive in folders, as Spark lists and fetches them: from this machine, HDFS, any store that Hadoop knows.

Spark's checkpoint says which files belong to which batch; a batch that did not end is given again, with the same files.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

from maillon.edges.sources.files import File

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession
    from pyspark.sql.streaming.query import StreamingQuery

_COLUMNS = "path string not null, modificationTime timestamp not null, length long not null, content binary"


@dataclass
class Fetched(File):
    """A file that Spark fetched, whole."""

    where: str = ""
    content: bytes = b""

    @property
    def name(self) -> str:
        """What a person calls it."""
        return self.where

    def open(self) -> BinaryIO:
        """Open it at its first byte."""
        return cast("BinaryIO", BytesIO(self.content))

    def head(self, size: int = 1 << 20) -> bytes:
        """Return its first `size` raw bytes."""
        return self.content[:size]


def arriving(
    spark: SparkSession,
    paths: Sequence[str],
    checkpoint: Path,
    each: Callable[[list[str], int], None],
    *,
    every_s: float,
    at_once: int,
    once: bool,
) -> StreamingQuery:
    """Call `each` with the files of one batch after the other, and the batch's number, until it is stopped.

    `paths` are patterns of files. With `once`: until what is there now was given. `at_once`: bytes of a batch.
    """
    pattern = hadoop_path("{" + ",".join(sorted(paths)) + "}" if len(paths) > 1 else paths[0])
    files = spark.readStream.format("binaryFile").schema(_COLUMNS)
    files = files.option("maxBytesPerTrigger", at_once).option("ignoreMissingFiles", "true")
    # Without it Spark passes over, unsaid, what was written a week before the newest file.
    files = files.option("maxFileAge", "36500d")

    def batch(rows: DataFrame, number: int) -> None:
        each(sorted(row["path"] for row in rows.select("path").collect()), number)

    writer = files.load(pattern).writeStream.foreachBatch(batch).option("checkpointLocation", hadoop_path(checkpoint))
    writer = writer.trigger(availableNow=True) if once else writer.trigger(processingTime=f"{every_s} seconds")
    return writer.start()


def contents(spark: SparkSession, paths: Sequence[str]) -> DataFrame:
    """Return the files at these paths: `path` and `content`."""
    return spark.read.format("binaryFile").load([_escaped(path) for path in paths]).select("path", "content")


def hadoop_path(path: str | Path) -> str:
    """Return a path as Hadoop writes it: one without a scheme is on this machine."""
    return str(path) if ":/" in str(path) else f"file://{path}"


def is_named(path: str, patterns: Sequence[str]) -> bool:
    """Tell whether one of the patterns names this path."""
    plain = path.removeprefix("file:")
    plain = plain if ":/" in plain else "/" + plain.lstrip("/")
    return any(fnmatchcase(plain, pattern) or plain.startswith(pattern.rstrip("/") + "/") for pattern in patterns)


def _escaped(path: str) -> str:
    """Return the path of one file, not of a pattern."""
    return "".join(f"\\{letter}" if letter in "{}[]*?\\" else letter for letter in path)
