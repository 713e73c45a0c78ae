"""Files that grow, across rotation: renamed, replaced, copied and truncated, or begun anew under a dated name.

A file is known by device and inode while it is open, and by its content (`seen.py`) when it is met for the first time.
It stays open after it was renamed or removed, so that what a server still writes into it is read.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO

from maillon.edges.sources.files import BLOCK_BYTES, Block, File, Skip, Source, expand
from maillon.edges.sources.seen import Begin, Seen
from maillon.facts.errors import MaillonError

_EXPAND_EVERY_S = 1.0
_AT_ONCE_BYTES = 1 << 16
"""So much is handed on at once: whoever asks the guard meanwhile waits until it is admitted."""
_GONE_S = 60.0
"""A file that has left its place is kept open so long after it last grew."""


@dataclass
class Followed:
    """One open file: how far it was read."""

    source: str
    file: File
    begin: Begin
    stream: BinaryIO
    place: int
    grew: float
    gone: bool = False
    long: int = 0  # bytes passed over of a line that does not end

    def blocks(self) -> Iterator[Block]:
        """Yield the whole lines that are new. A line that does not end yet is left where it is."""
        size = os.fstat(self.stream.fileno()).st_size
        while self.place < size:
            self.stream.seek(self.place)
            data = self.stream.read(min(_AT_ONCE_BYTES, size - self.place))
            if b"\n" not in data and len(data) == _AT_ONCE_BYTES:
                data += self.stream.read(min(BLOCK_BYTES, size - self.place) - len(data))
            if self.long:
                end = data.find(b"\n") + 1
                self.long += end or len(data)
                self.place += end or len(data)
                if end:
                    yield Block(b"", self.place, (Skip(self.place - self.long, self.long),))
                    self.long = 0
                continue
            end = data.rfind(b"\n") + 1
            if not end:
                if len(data) < BLOCK_BYTES:
                    return
                self.long = len(data)
                self.place += len(data)
                continue
            block = Block(data[:end], self.place)
            self.place += end
            self.grew = time.monotonic()
            yield block


class Follower:
    """The files that some patterns name, now and later."""

    def __init__(self, paths: Sequence[str], seen: Seen) -> None:
        self._paths = list(paths)
        self._seen = seen
        self._open: dict[tuple[int, int], Followed] = {}
        self._looked = 0.0
        self.sentences: list[str] = []  # for the operator

    def begin(self, source: str, file: File, begin: Begin, place: int) -> None:
        """Go on with a file that was read up to `place`."""
        if file.path is None or not file.is_plain():
            return
        stream = file.path.open("rb")
        self._open[_identity(stream)] = Followed(source, file, begin, stream, place, time.monotonic())

    def news(self) -> Iterator[tuple[Followed, Block, bool]]:
        """Yield what is new, the older files of a source first; True with the first block of a file met just now."""
        met = self._look() if time.monotonic() - self._looked >= _EXPAND_EVERY_S else []
        fresh = {id(one) for one in met}
        for key, one in list(self._open.items()):
            if os.fstat(one.stream.fileno()).st_size < one.place:  # copied and truncated
                one.stream.close()
                del self._open[key]
                self._looked = 0.0
                continue
            for block in one.blocks():
                yield one, block, id(one) in fresh
                fresh.discard(id(one))
            if one.gone and time.monotonic() - one.grew > _GONE_S:
                one.stream.close()
                del self._open[key]

    def close(self) -> None:
        """Let all files go."""
        for one in self._open.values():
            one.stream.close()
        self._open = {}

    def _look(self) -> list[Followed]:
        """Find files that are not followed yet, and those that have left their place."""
        self._looked = time.monotonic()
        try:
            sources = expand(self._paths)
        except MaillonError as error:  # a log that is not there for a moment
            sentence = str(error)
            if sentence not in self.sentences[-1:]:
                self.sentences.append(sentence)
            return []
        here: set[tuple[int, int]] = set()
        met = []
        for source in sources:
            for file in source.files:
                followed = self._meet(source, file, here)
                if followed is not None:
                    met.append(followed)
        for key, one in self._open.items():
            one.gone = key not in here
        return met

    def _meet(self, source: Source, file: File, here: set[tuple[int, int]]) -> Followed | None:
        assert file.path is not None
        try:
            status = file.path.stat()
            here.add((status.st_dev, status.st_ino))
            if (status.st_dev, status.st_ino) in self._open or not status.st_size or not file.is_plain():
                return None
            stream = file.path.open("rb")
        except OSError:
            return None  # it was rotated away just now
        if b"\n" not in stream.read(BLOCK_BYTES):
            stream.close()
            return None  # its first line is still being written
        (begin,) = self._seen.begin([file])
        place = begin.offset if begin.offset >= 0 else os.fstat(stream.fileno()).st_size
        key = _identity(stream)
        self._open[key] = Followed(source.name, file, begin, stream, place, time.monotonic())
        return self._open[key]


def _identity(stream: BinaryIO) -> tuple[int, int]:
    status = os.fstat(stream.fileno())
    return status.st_dev, status.st_ino
