"""What of each file was already read, whatever its name or compression is by now.

A content is known by the digest of its first kilobyte, and the place reached in it by the digest of the bytes before
that place. A rotated, renamed or compressed log is therefore continued or passed over, never read twice; and the same
log given under two names is read once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from hashlib import blake2b
from typing import Any

from maillon.edges.sources.compression import DamagedError, decompressed, is_compressed
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
        offset, reach, tail = self.offset, self.reach, self.tail
        if block.data:
            offset, end = block.position + len(block.data), block.data[-_TAIL:]
            reach, tail = len(end), _digest(end)
        elif block.skipped:
            offset, reach, tail = block.skipped[-1].position + block.skipped[-1].length, 0, ""
        return replace(self, offset=offset, reach=reach, tail=tail, records=self.records + records)


@dataclass(frozen=True)
class Begin:
    """Where to begin in a file: at `offset` (-1: nowhere, all of it was read), after `duplicates` known records.

    `number` and `known` say what the file is known as.
    """

    offset: int
    duplicates: int
    number: int
    known: Known


class Seen:
    """The contents read so far. Its memory is plain JSON."""

    def __init__(self, memory: Sequence[dict[str, Any]] = ()) -> None:
        self.contents = [Known(**one) for one in memory]

    def memory(self) -> list[dict[str, Any]]:
        """Return what must survive a restart."""
        return [asdict(one) for one in self.contents]

    def begin(self, files: Sequence[File]) -> list[Begin]:
        """Say for each of `files` where its unread part begins."""
        starts = [_start(file) for file in files]
        begins: list[Begin | None] = [None] * len(files)
        for index in _longest_first(files, starts):
            taken = [begin for begin in begins if begin is not None]
            begins[index] = self._begin(files[index], starts[index], taken)
        return [begin for begin in begins if begin is not None]

    def _begin(self, file: File, start: bytes, taken: Sequence[Begin]) -> Begin:
        for number, known in enumerate(self.contents):
            if not known.length or _digest(start[: known.length]) != known.head:
                continue
            if any(begin.number == number for begin in taken):
                # Its twin of the same run is at least as long, and is read.
                return Begin(-1, _records(file), number, known)
            size, tail = _before(file, known.offset, known.reach)
            if size < known.offset:
                return Begin(-1, _records(file), number, known)
            if not known.reach or _digest(tail) == known.tail:
                self.contents[number] = replace(known, length=len(start), head=_digest(start))
                return Begin(known.offset, known.records, number, self.contents[number])
        self.contents.append(Known(len(start), _digest(start)))
        return Begin(0, 0, len(self.contents) - 1, self.contents[-1])


def _longest_first(files: Sequence[File], starts: Sequence[bytes]) -> list[int]:
    """Order files so that of several that begin alike the longest comes first; the others keep their place."""
    heads = [_digest(start) for start in starts]
    sizes = {
        index: sum(map(len, _pieces(file)))
        for index, file in enumerate(files)
        if starts[index] and heads.count(heads[index]) > 1
    }
    return sorted(range(len(files)), key=lambda index: -sizes.get(index, 0))


def _digest(data: bytes) -> str:
    return blake2b(data, digest_size=16).hexdigest()


def _pieces(file: File) -> Iterator[bytes]:
    with file.open() as stream:
        try:
            yield from decompressed(stream, file.head()[:6])
        except DamagedError:
            return


def _start(file: File) -> bytes:
    """Return the first kilobyte, but no part of a line that may still grow."""
    if file.path is None:
        return b""  # a stream has no past
    data = b""
    for piece in _pieces(file):
        data += piece
        if len(data) >= _HEAD:
            return data[:_HEAD]
    return data[: data.rfind(b"\n") + 1]


def _before(file: File, offset: int, reach: int) -> tuple[int, bytes]:
    """Return how far the content reaches, up to `offset`, and the `reach` bytes before that."""
    if file.path is not None and not is_compressed(file.head()[:6]):
        with file.open() as stream:
            stream.seek(offset - reach)
            tail = stream.read(reach)
            return min(offset, file.path.stat().st_size), tail
    size, tail = 0, b""
    for piece in _pieces(file):
        wanted = piece[: offset - size]
        size += len(wanted)
        tail = (tail + wanted)[-reach:] if reach else b""
        if size == offset:
            break
    return size, tail


def _records(file: File) -> int:
    count, last = 0, b"\n"
    for piece in _pieces(file):
        count += piece.count(b"\n")
        last = piece[-1:]
    return count + (last != b"\n")
