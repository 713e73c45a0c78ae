"""`serve --engine spark`: the folders of a configuration, read and folded as files arrive in them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from uuid import uuid4

import msgspec

from maillon.edges.sources.files import stem
from maillon.edges.spark_files import arriving, is_named
from maillon.edges.state import State
from maillon.facts.errors import UsageError
from maillon.facts.profile import Profile
from maillon.facts.serving import Origin, Serving
from maillon.read.reader import ReadSettings
from maillon.run.spark_read import How, Key, learnt_profile, read_files
from maillon.run.spark_stream import FOLDER, Stream, end, opened, take

_LOOK_S = 0.2


def serve_on_spark(
    serving: Serving,
    profiles: Mapping[str, Profile],
    state: State,
    shards: int,
    say: Callable[[str], None],
    stop: threading.Event,
    *,
    at_once: int,
    once: bool,
    programs: Sequence[int] = (),
) -> Stream:
    """Read, fold and decide until `stop` is set; with `once`, until all that is there was read.

    A batch reads `at_once` bytes of files, one at least. Raises UsageError.
    """
    others = sorted({one.kind for one in serving.origins if one.kind != "files"})
    if others or not serving.origins:
        raise UsageError(
            f"--engine spark reads files that arrive in folders: sources of kind {', '.join(others) or 'files'} "
            f"{'are for the guard' if others else 'are missing'} (docs/spark.md)"
        )
    stream = opened(state, serving.policy, shards, say, programs)
    reading = _Reading(stream, serving, profiles, say)
    query = arriving(
        stream.stages.spark,
        [path for one in serving.origins for path in one.paths],
        reading.checkpoint(),
        reading.batch,
        every_s=serving.commit_seconds,
        at_once=at_once,
        once=once,
    )
    while query.isActive and not stop.wait(_LOOK_S):
        pass
    if (failed := query.exception()) is not None:
        raise failed
    with reading.lock:  # a batch that has begun ends
        reading.ended = True
        query.stop()
    end(stream, flush=once and not stop.is_set())
    return stream


class _Reading:
    """Batches of files on their way to the stream, one at a time."""

    def __init__(
        self, stream: Stream, serving: Serving, profiles: Mapping[str, Profile], say: Callable[[str], None]
    ) -> None:
        self.lock = threading.Lock()
        self.ended = False
        self._stream = stream
        self._origins = serving.origins
        self._profiles = profiles
        self._say = say
        self._key = Key(Path(serving.key) if serving.key else None, Path(serving.state))

    def checkpoint(self) -> Path:
        """Return where Spark remembers which files it gave. Another folder than last time: it gives all again."""
        memory, folder = self._stream.memory, self._stream.state.folder.absolute() / FOLDER
        name = memory.get("checkpoint")
        if name is None or not (folder / name).exists():
            if name is not None:
                self._say(f"the checkpoint {folder / name} is gone: every file that is there is read again")
            memory["checkpoint"] = name = f"checkpoint-{uuid4().hex[:16]}"
            memory["stream"] = {"batch": -1}
        return folder / str(name)

    def batch(self, paths: list[str], number: int) -> None:
        """Read, fold, decide, commit; a batch that was committed is passed over."""
        with self.lock:
            if self.ended:
                raise StoppedError
            if number <= self._stream.batch or not paths:
                return
            spark = self._stream.stages.spark
            hows = {path: self._how(path) for path in paths}
            reads = read_files(spark, hows, self._key)
            decided = take(self._stream, number, reads, {path: how.source for path, how in hows.items()})
            records = sum(read.coverage.records for read in reads)
            self._say(f"batch {number}: {len(paths)} files, {records:,} records, {len(decided)} decisions")

    def _how(self, path: str) -> How:
        """Return how a file is read: by the profile of its source, which its first file teaches where none is given."""
        origin = next((one for one in self._origins if is_named(path, one.paths)), self._origins[0])
        name = _source_of(path, origin, self._stream.memory)
        sealed = self._stream.memory.setdefault("profiles", {})
        how = How(name, ReadSettings(origin.tz, origin.log_format), self._profiles.get(origin.profile))
        if how.profile is None and name not in sealed:
            learnt = learnt_profile(self._stream.stages.spark, path, how, self._key)
            if learnt is not None:
                sealed[name] = msgspec.to_builtins(learnt)
        if how.profile is None and name in sealed:
            how = How(name, how.settings, msgspec.convert(sealed[name], Profile))
        return how


class StoppedError(Exception):
    """A batch came after the end was asked for: Spark gives it again next time."""


def _source_of(path: str, origin: Origin, memory: dict[str, dict[str, str]]) -> str:
    """Return the name of a file's source: files of one folder whose names differ by date or number are one."""
    folder, _, name = path.rpartition("/")
    key, known = f"{folder}/{stem(name)}", memory.setdefault("folders", {})
    if key not in known:
        taken = set(known.values())
        known[key] = (
            stem(name) if stem(name) not in taken else f"{origin.name}/{folder.rpartition('/')[2]}/{stem(name)}"
        )
    return known[key]
