"""7z archives as a stream of members, by py7zr: what it decompresses is taken at once, and nothing touches the disk."""

from __future__ import annotations

import lzma
import zlib
from collections.abc import Callable, Iterator
from queue import Queue
from threading import Thread
from typing import Any, BinaryIO

import py7zr
from py7zr.exceptions import ArchiveError
from py7zr.io import Py7zIO, WriterFactory

_BROKEN = (
    ArchiveError,
    lzma.LZMAError,
    zlib.error,
    EOFError,
    ValueError,
    KeyError,
    IndexError,
    TypeError,
    OverflowError,
)
_PIECES = 8  # decompressed and not yet taken
_CHECK = 1 << 26  # a larger member is no test of a password

Member = Callable[[str, int, Iterator[bytes]], None]


def seven_zip(file: BinaryIO, passwords: Iterator[str], member: Member, leave: Callable[[str], None]) -> None:
    """Hand each member (name, moment in µs, pieces) to `member`, in the archive's order; raises what that raises."""
    password = _fitting(file, passwords)
    if password is None:
        leave("an encrypted archive that no password opens: name a file with --archive-password-file")
        return
    try:
        file.seek(0)
        with py7zr.SevenZipFile(file, password=password or None) as archive:
            moments = {one.filename: _moment(one.creationtime) for one in archive.list() if one.is_file}
            _drained(archive, moments, member)
    except _BROKEN:
        leave("a damaged 7z archive, or one with unsafe names: read up to there")


def _fitting(file: BinaryIO, passwords: Iterator[str]) -> str | None:
    """Return the password that opens the archive: "" where it needs none, None where there is none that does."""
    try:
        file.seek(0)
        with py7zr.SevenZipFile(file) as archive:
            if not archive.password_protected:
                return ""
    except py7zr.exceptions.PasswordRequired:
        pass
    except _BROKEN:
        return ""  # damaged: reading it will tell
    return next((one for one in passwords if _opens(file, one)), None)


def _opens(file: BinaryIO, password: str) -> bool:
    try:
        file.seek(0)
        with py7zr.SevenZipFile(file, password=password) as archive:
            small = [one.filename for one in archive.list() if one.is_file and 0 < one.uncompressed < _CHECK]
            if small:
                archive.extract(targets=small[:1], factory=_Nowhere())
    except (*_BROKEN, py7zr.exceptions.PasswordRequired):
        return False
    return True


def _drained(archive: Any, moments: dict[str, int], member: Member) -> None:  # noqa: ANN401 - the library is untyped
    """Extract in a thread, which stops and waits whenever what it gave is not yet taken."""
    queue: Queue[tuple[str, Any]] = Queue(_PIECES)
    stopped: list[bool] = []

    def work() -> None:
        try:
            archive.extractall(factory=_Taken(queue, stopped))
        except BaseException as error:  # noqa: BLE001 - raised again where the members are taken
            queue.put(("error", error))
        else:
            queue.put(("over", None))

    thread = Thread(target=work, daemon=True)
    thread.start()
    try:
        while True:
            what, value = queue.get()
            if what == "error":
                raise value
            if what == "over":
                return
            if what == "member":
                member(value, moments.get(value, 0), _pieces(queue))
    finally:
        stopped.append(True)
        while thread.is_alive():
            while not queue.empty():
                queue.get()
            thread.join(0.01)


def _pieces(queue: Queue[tuple[str, Any]]) -> Iterator[bytes]:
    while True:
        what, value = queue.get()
        if what == "end":
            return
        if what == "error":
            raise value
        yield value


class _StoppedError(ValueError):
    """Nobody takes what is extracted any longer."""


class _Taken(WriterFactory):
    def __init__(self, queue: Queue[tuple[str, Any]], stopped: list[bool]) -> None:
        self._queue = queue
        self._stopped = stopped

    def create(self, filename: str) -> Py7zIO:
        self._queue.put(("member", filename))
        return _Out(self._queue, self._stopped)


class _Out(Py7zIO):
    def __init__(self, queue: Queue[tuple[str, Any]], stopped: list[bool]) -> None:
        self._queue = queue
        self._stopped = stopped
        self._size = 0

    def write(self, s: bytes | bytearray) -> int:
        if self._stopped:
            raise _StoppedError
        self._size += len(s)
        if s:
            self._queue.put(("piece", bytes(s)))
        return len(s)

    def close(self) -> None:
        self._queue.put(("end", None))

    def read(self, size: int | None = None) -> bytes:  # noqa: ARG002 - nothing is read back
        return b""

    def seek(self, offset: int, whence: int = 0) -> int:  # noqa: ARG002
        return 0

    def flush(self) -> None:
        pass

    def size(self) -> int:
        return self._size


class _Nowhere(WriterFactory):
    def create(self, filename: str) -> Py7zIO:  # noqa: ARG002
        return _Out(Queue(), [])


def _moment(when: Any) -> int:  # noqa: ANN401 - a datetime, or none
    return int(when.timestamp()) * 1_000_000 if when else 0
