"""Live sources as pieces for the guard: first what was written while it was away, then what comes.

What was missed is read as a scan reads it, in order of time over all sources. After that each piece is admitted as it
comes: a decision must not wait for the slowest source.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import msgspec
import numpy as np

from maillon.edges.sources.files import Block, expand
from maillon.edges.sources.follow import Followed, Follower
from maillon.edges.sources.seen import Known, Seen
from maillon.edges.state import State
from maillon.facts.coverage import Coverage
from maillon.facts.errors import MaillonError
from maillon.facts.event import EVENT
from maillon.facts.profile import Profile
from maillon.facts.serving import Origin
from maillon.read.dialects import detect
from maillon.read.normalise import Normaliser
from maillon.read.order import Order
from maillon.read.pseudonym import Keys
from maillon.read.reader import Reader, ReadSettings
from maillon.run.ahead import ahead
from maillon.run.book import Book, Piece, Told
from maillon.run.intake import Feed, Opened, open_file, prepare
from maillon.run.intake import Piece as Read
from maillon.run.scan import merged
from maillon.run.topics import Partition, Topics
from maillon.run.topics import Piece as Some

_POLL_S = 0.1


@dataclass
class Files:
    """The files of one origin: their feeds by name, and who follows them."""

    origin: Origin
    settings: ReadSettings
    profiles: Sequence[Profile]
    keys: Keys
    seen: Seen
    memory: dict[str, Any]
    coverages: dict[str, Coverage]
    feeds: dict[str, Feed] = field(default_factory=dict)
    opened: dict[int, tuple[Opened, Known]] = field(default_factory=dict)  # by number among the contents
    left: dict[str, Any] = field(default_factory=dict)  # what each source's last piece left, for this thread

    def prepare(self) -> list[Feed]:
        """Find the files and tell their formats."""
        sources = expand(list(self.origin.paths))
        begins = iter(self.seen.begin([file for source in sources for file in source.files]))
        sealed = self.memory.get("profiles", {})
        for source in sources:
            profile = msgspec.convert(sealed[source.name], Profile) if source.name in sealed else None
            feed = prepare(
                source, [next(begins) for _ in source.files], self.settings, self.profiles, profile, self.keys,
                self.memory.get("sources", {}).get(source.name, {}), kept=True,
            )  # fmt: skip
            self.feeds[source.name] = feed
            self.coverages[source.name] = Coverage(source.name, feed.profile.name, feed.dialect)
        return list(self.feeds.values())

    def follow(self) -> Follower:
        """Go on with every file where it was read to."""
        follower = Follower(self.origin.paths, self.seen)
        self.left = dict(self.memory.get("sources", {}))
        for feed in self.feeds.values():
            for one in feed.files:
                known = Known(**self.memory["contents"][one.begin.number])
                self.seen.contents[one.begin.number] = known
                if one.begin.offset >= 0 and one.reader is not None:
                    self.opened[one.begin.number] = (one, known)
                    follower.begin(feed.name, one.file, one.begin, known.offset)
        return follower

    def piece(self, followed: Followed, block: Block, *, first: bool) -> Piece:
        """Read one block of a followed file."""
        feed = self._feed(followed)
        number = followed.begin.number
        if first or number not in self.opened or self.opened[number][0].reader is None:
            memory = self.left.get(feed.name, {})
            one = open_file(followed.file, followed.begin, self.settings, memory)
            self.opened[number] = (one, followed.begin.known)
            feed.ordinal += 1
        one, known = self.opened[number]
        read = feed.piece(one, known, block)
        after = Known(**read.known[1])
        self.opened[number], self.seen.contents[number] = (one, after), after
        self.coverages[feed.name] = merged(self.coverages[feed.name], read.coverage)
        memory = {feed.name: {"reader": read.reader, "ordinal": read.ordinal}}
        self.left.update(memory)
        return Piece(feed.name, read.events, read.names, read.pseudonyms, read.rejected, memory, read.known)

    def _feed(self, followed: Followed) -> Feed:
        if followed.source not in self.feeds:
            (source,) = expand([str(followed.file.path)])
            feed = prepare(source, [followed.begin], self.settings, self.profiles, None, self.keys, {}, kept=True)
            feed.name = followed.source
            self.feeds[followed.source] = feed
            self.coverages[followed.source] = Coverage(followed.source, feed.profile.name, feed.dialect)
        return self.feeds[followed.source]


class Stream:
    """Lines that come from elsewhere than a file: their format is told from the first of them."""

    def __init__(
        self, origin: Origin, settings: ReadSettings, profile: Profile, keys: Keys, coverage: Coverage
    ) -> None:
        self.name = origin.name
        self._settings = settings
        self._normaliser = Normaliser(profile, profile.name, keys)
        self._reader: Reader | None = None
        self._place = 0
        self._lock = threading.Lock()
        self.coverage = coverage

    def piece(self, lines: bytes, memory: Mapping[str, Any] | None = None) -> Piece:
        """Read some whole lines. `memory` is what the source must know after them."""
        with self._lock:
            self._reader = self._reader or detect(lines, self._settings)
            after = {self.name: dict(memory)} if memory is not None else {}
            if self._reader is None:
                count = lines.count(b"\n")
                self.coverage.records += count
                self.coverage.rejected["unknown format"] = self.coverage.rejected.get("unknown format", 0) + count
                return Piece(self.name, np.empty(0, EVENT), memory=after)
            parsed = self._reader.parse(lines, self._place)
            self._place += len(lines)
            events = self._normaliser.events(parsed)
            rejected = [*parsed.rejected, *events.rejected]
            told = Coverage(self.name, records=parsed.records, parsed=events.parsed, events=len(events.rows))
            told.ignored = {**parsed.ignored, **events.ignored}
            told.rejected = {one.reason: sum(other.reason == one.reason for other in rejected) for one in rejected}
            self.coverage.__dict__.update(merged(self.coverage, told).__dict__)
            return Piece(self.name, events.rows, events.names, events.pseudonyms, rejected, after)


def catch_up(
    book: Book, state: State, sets: Sequence[Files], topics: Sequence[Topics], said: Callable[[str], None]
) -> list[Told]:
    """Admit what was written while nobody looked, in order of time over all sources; return what came of it.

    Commit after that: it is not journalled, and a run that is stopped here begins again at its last commit.
    """
    read_now: list[Files | Topics] = [*sets, *topics]
    feeds: list[Feed | Partition] = [feed for one in read_now for feed in one.prepare()]
    memory = book.memory
    memory["contents"] = sets[0].seen.memory() if sets else memory.get("contents", [])
    coverages = {name: one.coverages for one in read_now for name in one.feeds}
    order = Order(len(feeds))
    for index, feed in enumerate(feeds):
        order.starts[index] = feed.first
        order.newest[index] = book.desk.newest.get(feed.name, order.newest[index])
        plain = msgspec.to_builtins(feed.profile)
        memory.setdefault("profiles", {})[feed.name] = plain
    journal, book.journal = book.journal, None
    came: list[Told] = []
    records, told = 0, time.monotonic()
    with ThreadPoolExecutor(2) as pieces, ThreadPoolExecutor(2) as parsing:
        coming: list[Iterator[Read | Some]] = [ahead(feed.pieces(parsing), pieces) for feed in feeds]
        while (source := order.behind()) >= 0:
            read = next(coming[source], None)
            name = feeds[source].name
            if read is None:
                order.ended[source] = True
            else:
                order.push(source, read.events, read.positions)
                coverages[name][name] = merged(coverages[name][name], read.coverage)
                after = {name: {"reader": read.reader, "ordinal": read.ordinal}}
                empty = np.empty(0, EVENT)
                book.lines(Piece(name, empty, read.names, read.pseudonyms, read.rejected, after, read.known))
                records += read.coverage.records
            rows = order.admit()
            if len(rows):
                book.lines(Piece("", rows))
                came.append(book.applied(book.desk.score(book.cut())))
            for some in book.desk.admitted():
                state.add(some)
            if time.monotonic() - told > 5:
                told = time.monotonic()
                said(f"{records:,} records read of what was written before")
    book.journal = journal
    for index, feed in enumerate(feeds):
        if order.newest[index] > 0:
            book.desk.newest[feed.name] = order.newest[index]
    return [one for one in came if one.decisions or one.orders]


class Reading(threading.Thread):
    """Follows files, in a thread of its own. `give` is called there with each piece."""

    def __init__(self, sets: Sequence[Files], give: Callable[[Piece], None], say: Callable[[str], None]) -> None:
        super().__init__(name="reading", daemon=True)
        self._sets = [(one, one.follow()) for one in sets]
        self._give = give
        self._say = say
        self._ended = threading.Event()

    def run(self) -> None:
        """Read until `stop`."""
        while not self._ended.wait(_POLL_S):
            for one, follower in self._sets:
                try:
                    for followed, block, first in follower.news():
                        self._give(one.piece(followed, block, first=first))
                except (MaillonError, OSError) as error:
                    self._say(f"{one.origin.name}: {error}")
                for sentence in follower.sentences:
                    self._say(f"{one.origin.name}: {sentence}")
                follower.sentences.clear()
        for _, follower in self._sets:
            follower.close()

    def stop(self) -> None:
        """End after what is being read."""
        self._ended.set()
        self.join(10)
