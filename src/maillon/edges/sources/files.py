"""Log files: what the command line names, rotated sets as one source, blocks of whole lines."""

from __future__ import annotations

import glob
import io
import os
import re
import stat
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import BinaryIO, cast

from maillon.edges.sources.compression import DamagedError, decompressed, is_compressed
from maillon.facts.errors import SourceError, UsageError

BLOCK_BYTES = 8 << 20
_SNIFF_BYTES = 1 << 20
_MAGIC_BYTES = 6

_PACKED = re.compile(r"\.(gz|xz|zst|zstd)$")
_ENDING = re.compile(r"\.(log|json|txt|jsonl|ndjson)$")
# A date, an epoch, or `.1` that is not part of an address. Not `-1`: web-1.log and web-2.log are two machines that log
# at the same time, not one log after the other.
_ROTATED = re.compile(
    r"([._-](\d{4}-?\d{2}-?\d{2}([-_T.]?\d{2,10})?|\d{10})|(?<!\.\d)(?<!\.\d\d)(?<!\.\d\d\d)\.\d{1,4})"
    r"(?=(\.(log|json|txt|jsonl|ndjson))?$)"
)


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

    def head(self, size: int = _SNIFF_BYTES) -> bytes:
        """Return its first `size` raw bytes, at most a megabyte."""
        if self.path is None:
            if self._first is None:
                self._first = sys.stdin.buffer.read(_SNIFF_BYTES)
            return self._first[:size]
        with self.open() as stream:
            return stream.read(size)

    def pieces(self, offset: int = 0) -> Iterator[bytes]:
        """Yield its decompressed content from `offset` on. Raises DamagedError after what could be read."""
        head = self.head(_MAGIC_BYTES)
        with self.open() as stream:
            if self.is_plain():
                stream.seek(offset)
                offset = 0
            for piece in decompressed(stream, head):
                if offset < len(piece):
                    yield piece[offset:]
                offset = max(0, offset - len(piece))

    def is_plain(self) -> bool:
        """Tell whether it is an ordinary uncompressed file: any place of it can be read, and it may still grow."""
        return self.path is not None and not is_compressed(self.head(_MAGIC_BYTES))


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

    `partial`: `data` is one last line without LF, at the end of the file. `may_grow`: the rest of that line may come
    later, as the file is neither compressed nor a stream. `damage` says why it could not be read further.
    """

    data: bytes
    position: int
    skipped: tuple[Skip, ...] = ()
    partial: bool = False
    may_grow: bool = False
    damage: str = ""


def expand(arguments: Sequence[str]) -> list[Source]:
    """Return the sources that the arguments name: files, globs, directories, `-`. Sorted by name.

    Raises UsageError with every argument that names nothing readable.
    """
    files: dict[Path, None] = {}
    mistakes: list[str] = []
    for argument in arguments:
        if argument == "-":
            continue
        below = [path for one in _matches(argument) for path in _files_below(one, mistakes)]
        mistakes += [f"{path} cannot be read: its rights forbid it" for path in below if not os.access(path, os.R_OK)]
        if not below:
            mistakes.append(_why_nothing(argument))
        files.update(dict.fromkeys(below))
    if mistakes:
        raise UsageError("; ".join(dict.fromkeys(mistakes)))
    sets: dict[tuple[Path, str], list[File]] = {}
    for path in files:
        sets.setdefault((path.parent, stem(path.name)), []).append(File(path))
    sources = [Source(name, tuple(sets[key])) for key, name in _names(list(sets)).items()]
    if "-" in arguments:
        sources.append(Source("stdin", (File(None),)))
    return sorted(sources, key=lambda source: source.name)


def _names(sets: Sequence[tuple[Path, str]]) -> dict[tuple[Path, str], str]:
    """Name each set by its stem, with as many folders before it as tell it from the others."""
    names: dict[tuple[Path, str], str] = {}
    depth = 0
    while len(names) < len(sets):
        labels = {key: Path(*key[0].parts[-depth:] if depth else (), key[1]).as_posix() for key in sets}
        shared = Counter(labels.values())
        names |= {key: label for key, label in labels.items() if key not in names and shared[label] == 1}
        depth += 1
    return names


def stem(name: str) -> str:
    """Return what the files of a rotated set have in common: access.log.2.gz, access-20260301.log → access."""
    name = _PACKED.sub("", name)
    while (shorter := _ROTATED.sub("", name)) != name and any(map(str.isalpha, _ENDING.sub("", shorter))):
        name = shorter
    return _ENDING.sub("", name) or name


def open_blocks(file: File, offset: int = 0, size: int = BLOCK_BYTES) -> Iterator[Block]:
    """Yield the lines of `file` from `offset` (in the decompressed stream) on, in blocks of at most `size` bytes."""
    for block in _lines(file.pieces(offset), offset, size):
        yield replace(block, may_grow=True) if block.partial and file.is_plain() else block


def _lines(pieces: Iterator[bytes], position: int, size: int) -> Iterator[Block]:
    held: list[bytes] = []
    length, passed, damage = 0, 0, ""  # bytes held; bytes passed over of a line that is too long
    skipped: list[Skip] = []
    while True:
        try:
            piece = next(pieces, b"")
        except DamagedError as error:
            piece, damage = b"", str(error)
        if not piece:
            break
        if passed:
            end = piece.find(b"\n") + 1
            passed += end or len(piece)
            if not end:
                continue
            skipped.append(Skip(position, passed))
            position, passed, piece = position + passed, 0, piece[end:]
        if length + len(piece) >= size and (end := piece.rfind(b"\n", 0, size - length) + 1):
            # One copy, as nearly always a block ends in the piece that fills it.
            yield Block(b"".join([*held, memoryview(piece)[:end]]), position, tuple(skipped))
            skipped, position = [], position + length + end
            held, length, piece = [], 0, piece[end:]
        held.append(piece)
        length += len(piece)
        if length < size:
            continue
        data, start = b"".join(held), 0
        while length - start >= size:
            end = data.rfind(b"\n", start, start + size) + 1
            if end:
                yield Block(data[start:end], position, tuple(skipped))
                skipped = []
            elif end := data.find(b"\n", start + size) + 1:
                skipped.append(Skip(position, end - start))
            else:
                passed = length - start
                break
            position, start = position + end - start, end
        held = [] if passed else [data[start:]]
        length = sum(map(len, held))
    yield from _last(b"".join(held), position, [*skipped, Skip(position, passed)] if passed else skipped, damage)


def _last(data: bytes, position: int, skipped: Sequence[Skip], damage: str) -> Iterator[Block]:
    """Give what remains at the end of a file: whole lines, then a last one without LF by itself."""
    end = data.rfind(b"\n") + 1
    partial = end < len(data)
    if end or (not partial and (skipped or damage)):
        yield Block(data[:end], position, tuple(skipped), damage="" if partial else damage)
        skipped = ()
    if partial:
        yield Block(data[end:], position + end, tuple(skipped), partial=True, damage=damage)


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
    if os.access(argument, os.F_OK):
        return [Path(argument)]
    # Each place once: `**` follows links to folders, in circles too.
    matches = sorted(glob.iglob(argument, recursive=True), key=len)  # noqa: PTH207 - a pattern, not a path
    return [Path(match) for match in {os.path.realpath(match): match for match in reversed(matches)}.values()]


def _files_below(path: Path, mistakes: list[str]) -> list[Path]:
    if not path.is_dir():
        return [path] if _is_regular(path) else []
    found = []
    for folder, names, files in os.walk(
        path, onerror=lambda error: mistakes.append(f"{error.filename} cannot be read: {error.strerror}")
    ):
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
    if glob.has_magic(argument):
        return f"{argument}: no file matches"
    try:
        mode = os.stat(argument).st_mode  # noqa: PTH116 - Path("") would be the current directory
    except OSError as error:
        return f"{argument}: {error.strerror}"
    if stat.S_ISDIR(mode):
        return f"{argument}: no log in this directory"
    return f"{argument}: not an ordinary file; pipe its content to `maillon scan -`"
