"""What of each file was already read, whatever its name or compression is by now.

A content is known by the digest of its first kilobyte, and the place reached in it by the digest of the bytes before
that place. A rotated, renamed or compressed log is therefore continued or passed over, never read twice; and the same
log given under two names is read once.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from hashlib import blake2b
from typing import Any

from maillon.edges.sources.compression import DamagedError
from maillon.edges.sources.files import Block, File

_HEAD = 1024
_TAIL = 256


@dataclass(frozen=True)
class Known:
    """A content that was read up to `offset`.

    `head` is the digest of its first `length` bytes, `tail` that of the `reach` bytes before `offset`. `records` is
    how many it gave so far.
    """

    length: int
    head: str
    offset: int = 0
    reach: int = 0
    tail: str = ""
    records: int = 0

    def after(self, block: Block, records: int) -> Known:
        """Return what is known once `block` was read, which gave so many records."""
        known = replace(self, records=self.records + records)
        if block.position == 0 and not self.length:  # it was empty when it was looked at
            start = _whole(block.data[:_HEAD])
            known = replace(known, length=len(start), head=_digest(start))
        if block.data:
            end = block.data[-_TAIL:]
            return replace(known, offset=block.position + len(block.data), reach=len(end), tail=_digest(end))
        if block.skipped:
            last = block.skipped[-1]
            return replace(known, offset=last.position + last.length, reach=0, tail="")
        return known


@dataclass(frozen=True)
class Begin:
    """Where to begin in a file: at `offset` (-1: nowhere, all of it was read), after `duplicates` known records.

    `number` and `known` say what the file is known as.
    """

    offset: int
    duplicates: int
    number: int
    known: Known


@dataclass(frozen=True)
class _Taken:
    """A file of this run whose beginning is decided."""

    file: File
    start: bytes
    begin: Begin


class Seen:
    """The contents read so far. Its memory is plain JSON."""

    def __init__(self, memory: Sequence[dict[str, Any]] = ()) -> None:
        # What has no first line cannot be known again.
        self.contents = [known for known in (Known(**one) for one in memory) if known.length]

    def memory(self) -> list[dict[str, Any]]:
        """Return what must survive a restart."""
        return [asdict(one) for one in self.contents]

    def begin(self, files: Sequence[File]) -> list[Begin]:
        """Say for each of `files` where its unread part begins."""
        starts = [_start(file) for file in files]
        taken: dict[int, _Taken] = {}
        for index in _longest_first(files, starts):
            file, start = files[index], starts[index]
            taken[index] = _Taken(file, start, self._begin(file, start, list(taken.values())))
        return [taken[index].begin for index in range(len(files))]

    def _begin(self, file: File, start: bytes, taken: Sequence[_Taken]) -> Begin:
        for twin in taken:
            if start and twin.start.startswith(start) and _holds(twin.file, file):
                return Begin(-1, _records(file), twin.begin.number, twin.begin.known)
        for number, known in enumerate(self.contents):
            if any(other.begin.number == number for other in taken):
                continue
            if not known.length or _digest(start[: known.length]) != known.head:
                continue
            size, tail = _before(file, known.offset, known.reach)
            if size < known.offset:
                return Begin(-1, _records(file), number, known)
            if _digest(tail) == known.tail or not known.reach:
                self.contents[number] = replace(known, length=len(start), head=_digest(start))
                return Begin(known.offset, known.records, number, self.contents[number])
        self.contents.append(Known(len(start), _digest(start)))
        return Begin(0, 0, len(self.contents) - 1, self.contents[-1])


def _longest_first(files: Sequence[File], starts: Sequence[bytes]) -> list[int]:
    """Order files so that what may be the beginning of another comes after it; the others keep their place."""
    sizes = {
        index: _before(file, sys.maxsize, 0)[0]
        for index, file in enumerate(files)
        if len(starts[index]) == _HEAD and starts.count(starts[index]) > 1
    }
    return sorted(range(len(files)), key=lambda index: (-len(starts[index]), -sizes.get(index, 0)))


def _holds(longer: File, shorter: File) -> bool:
    """Tell whether a file that begins like `shorter` also holds its end, at the same place."""
    size, tail = _before(shorter, sys.maxsize, _TAIL)
    return _before(longer, size, len(tail)) == (size, tail)


def _digest(data: bytes) -> str:
    return blake2b(data, digest_size=16).hexdigest()


def _pieces(file: File, offset: int = 0) -> Iterator[bytes]:
    try:
        yield from file.pieces(offset)
    except DamagedError:
        return  # told when the file is read in earnest


def _start(file: File) -> bytes:
    """Return the first kilobyte, but no part of a line that may still grow."""
    if file.path is None:
        return b""  # a stream has no past
    data = b""
    for piece in _pieces(file):
        data += piece
        if len(data) >= _HEAD:
            break
    return _whole(data[:_HEAD]) if file.is_plain() else data[:_HEAD]


def _whole(data: bytes) -> bytes:
    return data if len(data) == _HEAD else data[: data.rfind(b"\n") + 1]


def _before(file: File, offset: int, reach: int) -> tuple[int, bytes]:
    """Return how far the content reaches, up to `offset`, and the `reach` bytes before that."""
    if file.path is not None and file.is_plain():
        offset = min(offset, file.path.stat().st_size)
        with file.open() as stream:
            stream.seek(max(0, offset - reach))
            return offset, stream.read(min(reach, offset))
    size, tail = 0, b""
    for piece in _pieces(file):
        wanted = piece[: offset - size]
        size += len(wanted)
        tail = (tail + wanted[-reach:])[-reach:] if reach else b""
        if size == offset:
            break
    return size, tail


def _records(file: File) -> int:
    count, last = 0, b"\n"
    for piece in _pieces(file):
        count += piece.count(b"\n")
        last = piece[-1:]
    return count + (last != b"\n")
