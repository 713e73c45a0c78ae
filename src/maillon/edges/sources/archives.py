"""Files, folders and archives (zip, 7z, RAR, tar, compressed or not) as a stream of members: nothing is ever unpacked.

Members go to a sink in pieces, so that an archive of 100 GB costs no more memory than a small one; their names are only
words, so that a path which climbs out of its folder leads nowhere. Archives inside archives are opened in memory, where
they are small enough. What cannot be read is counted with its reason.
"""

from __future__ import annotations

import io
import lzma
import os
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any, BinaryIO, Protocol, cast

from maillon.edges.sources.compression import DamagedError, decompressed, is_compressed
from maillon.facts.errors import SourceError, UsageError

PIECE = 1 << 20
RATIO = 250
"""An archive that gives more than so many times its size, beyond SPARE bytes, is a bomb. Text packs 3 to 30 times."""

SPARE = 256 << 20
NESTED = 256 << 20
_DEPTH = 3
_AES = 99  # compression method of a zip member with AES encryption
_HEAD = 512
_INSTALL = "pip install 'maillon[leaks]'"

_Kinds = tuple[type[Exception], ...]
_BROKEN: _Kinds = (zlib.error, lzma.LZMAError, EOFError, RuntimeError, ValueError, IndexError, KeyError)


class Sink(Protocol):
    """Who takes members. `at` is when a member was last changed, µs since 1970 (0 = not told)."""

    def begin(self, member: str, at: int) -> None:
        """A member begins; `member` is its name in the archive, "" for the file itself."""

    def feed(self, piece: bytes) -> None:
        """A piece of it."""

    def end(self) -> None:
        """It is over, or broken off."""


@dataclass
class Passwords:
    """Passwords of archives: those of a file, then what a person is asked for. They show in no message."""

    known: list[str] = field(default_factory=list, repr=False)
    ask: Callable[[str], str] | None = None  # "" = none

    def tries(self, archive: str) -> Iterator[str]:
        """Yield what to try for an archive, the last one that fitted first."""
        yield from list(self.known)
        for _ in range(3 if self.ask else 0):
            assert self.ask
            if not (word := self.ask(archive)):
                return
            self.known.insert(0, word)
            yield word


class BombError(Exception):
    """More comes out of an archive than anything honest holds."""


def files_below(path: Path) -> Iterator[tuple[Path, str]]:
    """Yield a file, or the regular files below a folder, each with its name below it; links are not followed."""
    if not path.is_dir():
        yield path, ""
        return
    for folder, folders, names in os.walk(path):
        folders.sort()
        for name in sorted(names):
            file = Path(folder) / name
            if stat.S_ISREG(file.lstat().st_mode):
                yield file, str(file.relative_to(path))


def read_members(path: Path, name: str, passwords: Passwords, sink: Sink, leave: Callable[[str], None]) -> None:
    """Hand the members of one file to `sink`; `leave` is told why something was left aside. Raises SourceError."""
    try:
        with path.open("rb") as file:
            told = os.fstat(file.fileno())
            size = told.st_size if stat.S_ISREG(told.st_mode) else 1 << 62  # of a pipe nobody knows
            _Door(sink, leave, passwords, size).read(file, name, int(told.st_mtime) * 1_000_000, str(path))
    except OSError as error:
        raise SourceError(f"{path} cannot be read: {error.strerror or type(error).__name__}") from None


@dataclass
class _Door:
    """The way in of one file: what comes out of it is counted together, however deep it lies."""

    sink: Sink
    leave: Callable[[str], None]
    passwords: Passwords
    size: int
    out: int = 0
    depth: int = 0

    def read(self, file: BinaryIO, name: str, at: int, shown: str) -> None:
        head = file.read(_HEAD)
        kind = _kind(head)
        try:
            if kind in {"zip", "7z", "rar"}:
                if not file.seekable():
                    raise SourceError(f"{shown}: a {kind} archive cannot be read from a pipe: name a file")
                file.seek(0)
                {"zip": self._zip, "7z": self._seven, "rar": self._rar}[kind](file, name, shown)
            else:
                self._stream(_joined(head, file), head, name, at)
        except BombError:
            self.leave("an archive that gives more than 250 times its size: refused from there on")
        except DamagedError:
            self.leave("a file whose compression is broken or ends early: read up to there")
        except tarfile.TarError:
            self.leave("a damaged tar archive: read up to there")
        except MemoryError:
            self.leave("an archive that asks for more memory than there is: refused")

    def _stream(self, pieces: Iterator[bytes], head: bytes, name: str, at: int) -> None:
        if is_compressed(head):
            inner = decompressed(cast("BinaryIO", _Pieces(pieces)), head)
            pieces = self._counted(inner)
            first = next(pieces, b"")
            while len(first) < _HEAD and (more := next(pieces, b"")):
                first += more
            pieces = _with(first, pieces)
            head = first[:_HEAD]
        if _kind(head) == "tar":
            self._tar(_Pieces(pieces), name)
        elif _kind(head) in {"zip", "7z", "rar"}:
            self._nested(b"".join(pieces), name, at)
        else:
            self._member(name, at, pieces)

    def _counted(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        for piece in pieces:
            self.out += len(piece)
            if self.out > SPARE + RATIO * self.size:
                raise BombError
            yield piece

    def _member(self, name: str, at: int, pieces: Iterator[bytes]) -> None:
        """Hand one member over; one that is itself an archive is opened."""
        first = next(pieces, b"")
        if self.depth and (_kind(first[:_HEAD]) or is_compressed(first)):
            self._nested_pieces(_with(first, pieces), name, at)
            return
        self.sink.begin(name, at)
        try:
            for piece in _with(first, pieces):
                self.sink.feed(piece)
        finally:
            self.sink.end()

    def _nested_pieces(self, pieces: Iterator[bytes], name: str, at: int) -> None:
        held = bytearray()
        for piece in pieces:
            held += piece
            if len(held) > NESTED:
                self.leave("an archive of more than 256 MB inside another: take it out and name it")
                return
        self._nested(bytes(held), name, at)

    def _nested(self, data: bytes, name: str, at: int) -> None:
        if self.depth >= _DEPTH:
            self.leave("an archive more than three archives deep: refused")
            return
        self.depth += 1
        try:
            self.read(io.BytesIO(data), name, at, name)
        finally:
            self.depth -= 1

    def _inside(self, name: str, member: str) -> str:
        """Return a member's name below that of its archive. Steps up and roots are only letters here."""
        clean = "/".join(one for one in member.replace("\\", "/").split("/") if one not in {"", ".", ".."})
        if clean != member.replace("\\", "/"):
            self.leave("a member whose path climbs out of its folder: read, its name cut")
        return f"{name}/{clean}" if name else clean

    # Each kind of archive

    def _tar(self, stream: io.RawIOBase, name: str) -> None:
        self.depth += 1
        try:
            with tarfile.open(fileobj=stream, mode="r|") as archive:
                for info in archive:
                    if info.isdir():
                        continue
                    file = archive.extractfile(info) if info.isreg() else None
                    if file is None:
                        self.leave("a link or device in a tar archive: passed over")
                        continue
                    pieces = iter(lambda one=file: one.read(PIECE), b"")  # type: ignore[misc]
                    self._member(self._inside(name, info.name), int(info.mtime) * 1_000_000, self._counted(pieces))
        finally:
            self.depth -= 1

    def _zip(self, file: BinaryIO, name: str, shown: str) -> None:
        library = _zip_library()
        broken: _Kinds = (*_BROKEN, library.BadZipFile)
        try:
            with _opened(library, file) as archive:
                self.depth += 1
                try:
                    for info in archive.infolist():
                        if not info.is_dir():
                            self._zip_member(archive, info, name, shown, broken)
                finally:
                    self.depth -= 1
        except broken:
            self.leave("a damaged zip archive: read up to there")

    def _zip_member(self, archive: Any, info: Any, name: str, shown: str, broken: _Kinds) -> None:  # noqa: ANN401
        password = b""
        if info.flag_bits & 1:
            if info.compress_type == _AES and type(archive) is zipfile.ZipFile:
                raise UsageError(f"{shown} is encrypted with AES; reading it needs a library: {_INSTALL}")
            found = next(
                (one for one in self.passwords.tries(shown) if _opens(archive, info, one.encode(), broken)), None
            )
            if found is None:
                self.leave("an encrypted member that no password opens: name a file with --archive-password-file")
                return
            password = found.encode()
            self.passwords.known.insert(0, self.passwords.known.pop(self.passwords.known.index(found)))
        try:
            with archive.open(info, pwd=password or None) as stream:
                pieces = self._counted(iter(lambda: stream.read(PIECE), b""))
                self._member(self._inside(name, info.filename), _moment(info.date_time), pieces)
        except broken:
            self.leave("a damaged member of a zip archive: read up to there")

    def _seven(self, file: BinaryIO, name: str, shown: str) -> None:
        try:
            from maillon.edges.sources.seven_zip import seven_zip
        except ModuleNotFoundError:
            raise UsageError(f"{shown} is a 7z archive; reading it needs a library: {_INSTALL}") from None

        def member(inner: str, at: int, pieces: Iterator[bytes]) -> None:
            self._member(self._inside(name, inner), at, self._counted(pieces))

        self.depth += 1
        try:
            seven_zip(file, self.passwords.tries(shown), member, self.leave)
        finally:
            self.depth -= 1

    def _rar(self, file: BinaryIO, name: str, shown: str) -> None:
        try:
            from maillon.edges.sources.rar import rar
        except (ImportError, OSError, AttributeError, TypeError):  # Python's part, or the system's libarchive
            raise UsageError(
                f"{shown} is a RAR archive; reading it needs libarchive (Debian: apt install libarchive13) and "
                f"{_INSTALL}; or pack it anew as zip, 7z or tar"
            ) from None

        def member(inner: str, at: int, pieces: Iterator[bytes]) -> None:
            self._member(self._inside(name, inner), at, self._counted(pieces))

        self.depth += 1
        try:
            rar(file, member, self.leave)
        finally:
            self.depth -= 1


def _kind(head: bytes) -> str:
    """Return what a file is by its first bytes: "zip", "7z", "rar", "tar" or ""."""
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return "zip"
    if head.startswith(b"7z\xbc\xaf\x27\x1c"):
        return "7z"
    if head.startswith(b"Rar!\x1a\x07"):
        return "rar"
    return "tar" if head[257:262] == b"ustar" else ""


def _zip_library() -> Any:  # noqa: ANN401 - a module
    """Return the library that reads zip: the one that knows AES where it is installed; each has its own errors."""
    try:
        return import_module("pyzipper")
    except ModuleNotFoundError:
        return zipfile


def _opened(library: Any, file: BinaryIO) -> Any:  # noqa: ANN401 - of two libraries
    return (zipfile.ZipFile if library is zipfile else library.AESZipFile)(file)


def _opens(archive: Any, info: Any, password: bytes, broken: _Kinds) -> bool:  # noqa: ANN401 - of two libraries
    """Tell whether a password opens a member: its beginning is read, nothing is handed on."""
    try:
        with archive.open(info, pwd=password) as stream:
            stream.read(1 << 16)
    except broken:
        return False
    return True


def _moment(when: tuple[int, ...]) -> int:
    """Return the moment of a zip member, which has no zone, as if it were UTC; 0 for one that no calendar has."""
    try:
        return int(datetime(*when[:6], tzinfo=UTC).timestamp()) * 1_000_000  # type: ignore[arg-type, misc]
    except ValueError:
        return 0


def _joined(head: bytes, file: BinaryIO) -> Iterator[bytes]:
    return _with(head, iter(lambda: file.read(PIECE), b""))


def _with(first: bytes, pieces: Iterator[bytes]) -> Iterator[bytes]:
    if first:
        yield first
    yield from pieces


class _Pieces(io.RawIOBase):
    """An iterator of pieces as a file that can only be read on."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._held = b""

    def readable(self) -> bool:
        """It is."""
        return True

    def read(self, size: int = -1) -> bytes:
        """Return up to `size` bytes, fewer only at the end."""
        held = bytearray(self._held)
        while size < 0 or len(held) < size:
            piece = next(self._pieces, b"")
            if not piece:
                break
            held += piece
        cut = len(held) if size < 0 else size
        self._held = bytes(held[cut:])
        return bytes(held[:cut])
