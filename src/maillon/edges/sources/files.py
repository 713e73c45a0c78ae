"""Log files: what the command line names, rotated sets as one source, blocks of whole lines."""

from __future__ import annotations

import glob
import io
import os
import re
import stat
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, cast

from maillon.edges.sources.compression import DamagedError, decompressed, is_compressed
from maillon.facts.errors import SourceError, UsageError

BLOCK_BYTES = 8 << 20
_SNIFF_BYTES = 1 << 20

_PACKED = re.compile(r"\.(gz|xz|zst|zstd)$")
_ROTATED = re.compile(r"[._-](\d{1,4}|\d{4}-?\d{2}-?\d{2}([-_T.]?\d{2,6})?)(?=(\.log|\.json|\.txt)?$)")
_ENDING = re.compile(r"\.(log|json|txt|jsonl|ndjson)$")


@dataclass
class File:
    """One file of a source, or standard input (`path` is None)."""

    path: Path | None
    _first: bytes | None = field(default=None, repr=False)  # of standard input: read once, given again

    @property
    def name(self) -> str:
        """What a person calls it."""
        return "standard input" if self.path is None else str(self.path)

    def open(self) -> BinaryIO:
        """Open it at its first byte. Raises SourceError with the reason. Standard input can be read to its end once."""
        if self.path is None:
            return cast("BinaryIO", io.BufferedReader(_Again(self.head()), BLOCK_BYTES))
        try:
            return self.path.open("rb")
        except OSError as error:
            raise SourceError(f"{self.path} cannot be read: {error.strerror}") from None

    def head(self) -> bytes:
        """Return its first raw bytes, about a megabyte."""
        if self.path is None:
            if self._first is None:
                self._first = sys.stdin.buffer.read(_SNIFF_BYTES)
            return self._first
        with self.open() as stream:
            return stream.read(_SNIFF_BYTES)


class _Again(io.RawIOBase):
    """Standard input, with what was already read of it in front."""

    def __init__(self, first: bytes) -> None:
        self._first = io.BytesIO(first)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
        data = self._first.read(len(buffer)) or sys.stdin.buffer.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)


@dataclass(frozen=True)
class Source:
    """One log: the files of a rotated set, in no particular order."""

    name: str
    files: tuple[File, ...]


@dataclass(frozen=True)
class Skip:
    """A line longer than a block, passed over up to its LF."""

    position: int
    length: int


@dataclass(frozen=True)
class Block:
    """Whole lines of one file. `position` is the offset of `data` in the decompressed stream.

    `partial`: the last line has no LF, which only happens at the end of a file. `damage` says why a compressed file
    could not be read further.
    """

    data: bytes
    position: int
    skipped: tuple[Skip, ...] = ()
    partial: bool = False
    damage: str = ""


def expand(arguments: Sequence[str]) -> list[Source]:
    """Return the sources that the arguments name: files, globs, directories, `-`. Sorted by name.

    Raises UsageError with every argument that names nothing readable.
    """
    files: dict[Path, None] = {}
    mistakes = []
    for argument in arguments:
        if argument == "-":
            continue
        found = [path for one in _matches(argument) for path in _files_below(one)]
        if not found:
            mistakes.append(_why_nothing(argument))
        files.update(dict.fromkeys(found))
    if mistakes:
        raise UsageError("; ".join(mistakes))
    sets: dict[tuple[Path, str], list[File]] = {}
    for path in files:
        sets.setdefault((path.parent, stem(path.name)), []).append(File(path))
    shared = [name for _, name in sets]
    sources = [
        Source(name if shared.count(name) == 1 else f"{folder.name}/{name}", tuple(members))
        for (folder, name), members in sets.items()
    ]
    if "-" in arguments:
        sources.append(Source("stdin", (File(None),)))
    return sorted(sources, key=lambda source: source.name)


def stem(name: str) -> str:
    """Return what the files of a rotated set have in common: access.log.2.gz, access-20260301.log → access."""
    name = _PACKED.sub("", name)
    while (shorter := _ROTATED.sub("", name)) not in {name, ""}:
        name = shorter
    return _ENDING.sub("", name) or name


def open_blocks(file: File, offset: int = 0, size: int = BLOCK_BYTES) -> Iterator[Block]:
    """Yield the lines of `file` from `offset` (in the decompressed stream) on, in blocks of at most `size` bytes."""
    head = file.head()[:6]
    with file.open() as stream:
        seekable = file.path is not None and not is_compressed(head)
        if seekable:
            stream.seek(offset)
        yield from _lines(_from(decompressed(stream, head), 0 if seekable else offset), offset, size)


def _from(pieces: Iterator[bytes], offset: int) -> Iterator[bytes]:
    for piece in pieces:
        if offset >= len(piece):
            offset -= len(piece)
        else:
            yield piece[offset:]
            offset = 0


def _lines(pieces: Iterator[bytes], position: int, size: int) -> Iterator[Block]:
    held: list[bytes] = []
    length, long_line, damage = 0, 0, ""
    skipped: list[Skip] = []
    while True:
        try:
            piece = next(pieces, b"")
        except DamagedError as error:
            piece, damage = b"", str(error)
        if not piece:
            break
        if long_line:
            end = piece.find(b"\n") + 1
            long_line += end or len(piece)
            if not end:
                continue
            skipped.append(Skip(position, long_line))
            position, long_line, piece = position + long_line, 0, piece[end:]
        held.append(piece)
        length += len(piece)
        if length < size:
            continue
        data = b"".join(held)
        end = data.rfind(b"\n") + 1
        if not end:
            long_line, held, length = length, [], 0
            continue
        yield Block(data[:end], position, tuple(skipped))
        skipped, position = [], position + end
        held, length = [data[end:]], length - end
    data = b"".join(held)
    if long_line:
        skipped.append(Skip(position, long_line))
    if data or skipped or damage:
        yield Block(data, position, tuple(skipped), bool(data) and not data.endswith(b"\n"), damage)


def sample(file: File, size: int) -> bytes:
    """Return whole lines from the beginning of `file`, about `size` bytes of them, without reading further."""
    head = file.head()
    data = b""
    with io.BytesIO(head) as raw, raw if file.path is None else file.open() as stream:
        try:
            for piece in decompressed(stream, head):
                data += piece
                if len(data) >= size:
                    break
        except DamagedError:
            pass  # told when the file is read in earnest
    if len(data) <= size and file.path is not None:
        return data
    return data[: data.rfind(b"\n", 0, size) + 1] or data[:size]


def _matches(argument: str) -> list[Path]:
    if Path(argument).exists():
        return [Path(argument)]
    return [Path(match) for match in sorted(glob.iglob(argument, recursive=True))]  # noqa: PTH207 - a pattern, not a path


def _files_below(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path] if _is_regular(path) else []
    found = []
    for folder, names, files in os.walk(path):
        names[:] = sorted(name for name in names if not name.startswith("."))
        found += [Path(folder) / name for name in sorted(files) if not name.startswith(".")]
    return [one for one in found if _is_regular(one)]


def _is_regular(path: Path) -> bool:
    try:
        mode = path.stat().st_mode
    except OSError:
        return False
    return stat.S_ISREG(mode)


def _why_nothing(argument: str) -> str:
    path = Path(argument)
    if path.is_dir():
        return f"{argument}: no log in this directory"
    if glob.has_magic(argument):
        return f"{argument}: no file matches"
    return f"{argument}: no such file" if not path.exists() else f"{argument}: not a file that can be read"
