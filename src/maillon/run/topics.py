"""Topics of Kafka as sources of the guard: each partition is a source of its own, whose positions are offsets.

What was written while the guard was away is read as files are, in order of time over all sources; then what comes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from maillon.edges.sources.kafka import Reading, Records, Topic, backlog, reading
from maillon.facts.coverage import Coverage
from maillon.facts.errors import SourceError
from maillon.facts.event import EVENT
from maillon.facts.profile import Profile
from maillon.facts.record import Rejected
from maillon.facts.serving import Broker, Origin
from maillon.read.dialects import detect
from maillon.read.normalise import Normaliser
from maillon.read.pseudonym import Keys
from maillon.read.reader import Reader, ReadSettings
from maillon.run import book
from maillon.run.scan import merged


@dataclass
class Piece:
    """Some records, read: as a block of a file is."""

    events: NDArray[Any]
    positions: NDArray[np.int64]
    coverage: Coverage
    names: dict[str, dict[int, str]]
    pseudonyms: dict[int, str]
    rejected: list[Rejected]
    reader: dict[str, Any]
    ordinal: int  # the offset to read on from
    known: None = None


class Partition:
    """One partition as a source: its format is told from the first of its records."""

    def __init__(self, topics: Topics, number: int, coverage: Coverage, memory: Mapping[str, Any]) -> None:
        self.name = coverage.source
        self.first = 0
        self.profile = topics.profile
        self.at: int = memory.get("ordinal", -1)
        self._topics = topics
        self._number = number
        self._state = memory.get("reader", {})
        self._normaliser = Normaliser(topics.profile, topics.profile.name, topics.keys)
        self._reader: Reader | None = None

    def pieces(self, _: ThreadPoolExecutor) -> Iterator[Piece]:
        """Read what the partition holds now."""
        try:
            for some in backlog(self._topics.broker, self._topics.origin.topic, self._number, self.at, _nobody):
                yield self.read(some)
        except SourceError as error:
            self._topics.say(f"{self.name}: {error}; what is missing is read later")

    def read(self, some: Records) -> Piece:
        """Read records that come after those before."""
        self.at = some.after
        if some.note:
            self._topics.say(f"{self._topics.origin.name}: {some.note}")
        lines = [one.strip(b"\r\n\0").replace(b"\n", b" ") for one in some.values]
        empty = sum(not one for one in lines)
        kept = [(one, at) for one, at in zip(lines, some.offsets, strict=True) if one]
        coverage = Coverage(self.name, records=empty, ignored={"empty": empty} if empty else {})
        if not kept:
            return self._piece(coverage)
        block = b"".join(line + b"\n" for line, _ in kept)
        self._reader = self._reader or self._detected(block)
        if self._reader is None:
            coverage.records += len(kept)
            coverage.rejected = {"unknown format": len(kept)}
            return self._piece(coverage)
        parsed = self._reader.parse(block, 0)
        events = self._normaliser.events(parsed)
        starts = np.cumsum([0] + [len(line) + 1 for line, _ in kept[:-1]])
        offsets = np.array([at for _, at in kept], np.int64)
        rejected = [
            replace(one, position=int(_placed(np.array([one.position]), starts, offsets)[0]))
            for one in (*parsed.rejected, *events.rejected)
        ]
        coverage.dialect = self._reader.name
        coverage.records += parsed.records
        coverage.parsed, coverage.events = events.parsed, len(events.rows)
        coverage.unmatched = events.unmatched
        coverage.without_account, coverage.without_patient = events.without_account, events.without_patient
        for reasons, more in ((coverage.ignored, parsed.ignored), (coverage.ignored, events.ignored)):
            for reason, count in more.items():
                reasons[reason] = reasons.get(reason, 0) + count
        for one in rejected:
            coverage.rejected[one.reason] = coverage.rejected.get(one.reason, 0) + 1
        piece = self._piece(coverage)
        piece.events, piece.positions = events.rows, _placed(events.positions, starts, offsets)
        piece.names, piece.pseudonyms, piece.rejected = events.names, events.pseudonyms, rejected
        return piece

    def _detected(self, lines: bytes) -> Reader | None:
        reader = detect(lines, self._topics.settings)
        if reader is not None:
            reader.state.clear()
            reader.state.update(self._state)
        return reader

    def _piece(self, coverage: Coverage) -> Piece:
        state = dict(self._reader.state) if self._reader else self._state
        return Piece(np.empty(0, EVENT), np.empty(0, np.int64), coverage, {}, {}, [], state, self.at)


@dataclass
class Topics:
    """The partitions of one origin."""

    origin: Origin
    broker: Broker
    settings: ReadSettings
    profile: Profile
    keys: Keys
    memory: Mapping[str, Any]  # of the sources
    say: Callable[[str], None]
    coverages: dict[str, Coverage] = field(default_factory=dict)
    feeds: dict[str, Partition] = field(default_factory=dict)

    def prepare(self) -> list[Partition]:
        """Find the partitions; none where the servers cannot be reached, so that a guard starts without them."""
        topic = Topic(self.broker, self.origin.topic, _nobody)
        try:
            numbers = topic.partitions()
        except SourceError as error:
            self.say(f"{self.origin.name}: {error}; what is missing is read later")
            numbers = []
        finally:
            topic.close()
        return [self._partition(one) for one in numbers]

    def follow(self, give: Callable[[book.Piece], None]) -> Reading:
        """Return what reads on after that."""

        def take(some: Records) -> None:
            partition = self._partition(some.partition)
            if not some.values and not some.note and some.after == partition.at:
                return
            read = partition.read(some)
            self.coverages[partition.name] = merged(self.coverages[partition.name], read.coverage)
            memory = {partition.name: {"reader": read.reader, "ordinal": read.ordinal}}
            give(book.Piece(partition.name, read.events, read.names, read.pseudonyms, read.rejected, memory))

        return reading(self.broker, self.origin.topic, lambda one: self._partition(one).at, take, self.say)

    def _partition(self, number: int) -> Partition:
        name = f"{self.origin.name}/{self.origin.topic}/{number}"
        if name not in self.feeds:
            self.coverages[name] = Coverage(name, self.profile.name)
            self.feeds[name] = Partition(self, number, self.coverages[name], self.memory.get(name, {}))
        return self.feeds[name]


def _placed(positions: NDArray[Any], starts: NDArray[Any], offsets: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the offset of the record in which each position of a block lies."""
    return offsets[np.maximum(np.searchsorted(starts, positions, "right") - 1, 0)]


def _nobody(_: str) -> None:
    """Say nothing: whoever reads on does."""
