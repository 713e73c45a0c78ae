"""Logs read by the workers of Spark: a file each, from its bytes to events. The key does not travel: workers read it.

What cannot be read, alone or together with others, is set aside with the reason; it never stops what can.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from maillon.edges.keys import load_or_create
from maillon.edges.sources.files import Source
from maillon.edges.sources.seen import Begin, Known
from maillon.edges.spark_files import Fetched, contents
from maillon.facts.coverage import Coverage
from maillon.facts.errors import MaillonError
from maillon.facts.profile import Profile
from maillon.facts.record import Rejected
from maillon.read.pseudonym import Keys
from maillon.read.reader import ReadSettings
from maillon.run.intake import Feed, prepare

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import SparkSession

ORDINAL = 1 << 40  # places of one file in its source
_UNREAD = Begin(0, 0, 0, Known(0, ""))


class Read(msgspec.Struct):
    """One block of a file, read; or why the file is set aside."""

    path: str
    first: int = 0  # the moment of the file's first record, µs
    events: bytes = b""  # rows of EVENT
    positions: bytes = b""
    names: dict[str, dict[int, str]] = {}
    pseudonyms: dict[int, str] = {}
    rejected: list[Rejected] = []
    coverage: Coverage = msgspec.field(default_factory=lambda: Coverage(""))
    aside: str = ""


@dataclass(frozen=True)
class How:
    """How the files of one source are read."""

    source: str
    settings: ReadSettings
    profile: Profile | None  # None = it is learnt from the first file


@dataclass(frozen=True)
class Key:
    """Where workers find the key."""

    path: Path | None
    state: Path

    def keys(self) -> Keys:
        """Read it. Raises KeyUnavailableError."""
        return Keys(*load_or_create(self.path, self.state, create=False))


def read_files(spark: SparkSession, files: Mapping[str, How], key: Key) -> list[Read]:
    """Return what the files hold, block by block."""
    from pyspark.errors import PySparkException

    def task(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        return _task(batches, files, key)

    paths = sorted(files)
    try:
        found = contents(spark, paths).mapInArrow(task, "data binary").toArrow()["data"]
    except PySparkException as error:
        if len(paths) == 1:
            return [Read(paths[0], aside=_why(error))]
        # One of them stops all others: it is found by halves.
        halves = paths[: len(paths) // 2], paths[len(paths) // 2 :]
        return [read for half in halves for read in read_files(spark, {path: files[path] for path in half}, key)]
    return [msgspec.msgpack.decode(blob.as_buffer(), type=Read) for blob in found]


def learnt_profile(spark: SparkSession, path: str, how: How, key: Key) -> Profile | None:
    """Return the profile of a source as its first file teaches it; None where that cannot be read."""
    from pyspark.errors import PySparkException

    try:
        (row,) = contents(spark, [path]).collect()
        return _feed(Fetched(None, where=path, content=bytes(row["content"])), how, key.keys()).profile
    except (PySparkException, MaillonError):
        return None


def _task(batches: Iterator[pa.RecordBatch], files: Mapping[str, How], key: Key) -> Iterator[pa.RecordBatch]:
    """Read files, in a worker of Spark."""
    import pyarrow as pa

    keys = key.keys()
    for batch in batches:
        for path, content in zip(batch["path"].to_pylist(), batch["content"], strict=True):
            file = Fetched(None, where=path, content=content.as_buffer().to_pybytes())
            for read in _read(file, files[path], keys):
                yield pa.RecordBatch.from_pydict({"data": [msgspec.msgpack.encode(read)]})


def _read(file: Fetched, how: How, keys: Keys) -> Iterator[Read]:
    """Read one file; one that makes a reader fail is set aside, whatever it fails with."""
    try:
        feed = _feed(file, how, keys)
        with ThreadPoolExecutor(1) as pool:
            yield from [
                Read(
                    file.where, feed.first, piece.events.tobytes(), (piece.positions % ORDINAL).tobytes(), piece.names,
                    piece.pseudonyms, piece.rejected, piece.coverage,
                )
                for piece in feed.pieces(pool)
            ]  # fmt: skip
    except Exception as error:  # noqa: BLE001 - a poisonous file must not stop the others
        yield Read(file.where, aside=str(error) if isinstance(error, MaillonError) else type(error).__name__)


def _feed(file: Fetched, how: How, keys: Keys) -> Feed:
    return prepare(Source(how.source, (file,)), [_UNREAD], how.settings, [], how.profile, keys, {}, kept=True)


def _why(error: Exception) -> str:
    """Return the end of what Spark says, which tells the reason, on one line."""
    told = re.findall(r"(?:Exception|Error): ([^\n]+)", str(error))
    return (told[-1] if told else type(error).__name__)[:200]
