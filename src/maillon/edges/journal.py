"""The journal: what the guard admitted, in the order in which it did, so that it can be done again exactly.

DIR/journal/NUMBER.log, each a run of frames: length and CRC-32 of the body (little-endian), then the body. A frame is
handed to the system before anything rests on it, so that the death of the process loses nothing; `sync` makes it
outlive a loss of power. What a death tore at the end of the last segment is left out.
"""

from __future__ import annotations

import os
import struct
import threading
import time
import zlib
from collections.abc import Iterator
from pathlib import Path

from maillon.edges.durable import make_folder, sync_folder
from maillon.facts.errors import StateError

SEGMENTS = "*.log"
_HEAD = struct.Struct("<II")
_LONGEST = 1 << 28


class Journal:
    """An open journal. `mark` names the place after the last frame written."""

    def __init__(self, folder: Path) -> None:
        """Open the journal of a state directory, at a new segment. Raises StateError."""
        self.folder = folder / "journal"
        try:
            make_folder(self.folder)
            self.segment = max(self.segments(), default=0) + 1
            self._open()
            sync_folder(self.folder)
        except OSError as error:
            raise StateError(f"the journal {self.folder} cannot be used: {error.strerror}") from None
        self._held: list[bytes] = []
        self._ended: list[int] = []  # files of segments that are not saved yet
        self._dirty = False
        self._saving = threading.Lock()

    def segments(self) -> list[int]:
        """Return the numbers of all segments, in order."""
        return sorted(int(path.stem) for path in self.folder.glob(SEGMENTS) if path.stem.isdigit())

    def add(self, body: bytes) -> None:
        """Take one frame; `flush` hands it over."""
        self._held += [_HEAD.pack(len(body), zlib.crc32(body)), body]

    def flush(self) -> None:
        """Hand all frames to the system. Raises StateError where it does not take them."""
        if not self._held:
            return
        data, self._held = b"".join(self._held), []
        try:
            view = memoryview(data)
            while view:
                view = view[os.write(self._file, view) :]
        except OSError as error:
            raise StateError(f"the journal {self.folder} cannot be written: {error.strerror}") from None
        self._dirty = True

    def sync(self) -> None:
        """Wait until everything handed over is on the disk. Raises StateError. May run in other threads."""
        with self._saving:
            if not self._dirty:
                return
            self._dirty = False
            try:
                while self._ended:
                    os.fdatasync(self._ended[0])
                    os.close(self._ended.pop(0))
                    sync_folder(self.folder)
                os.fdatasync(self._file)
            except OSError as error:
                raise StateError(f"the journal {self.folder} cannot be written: {error.strerror}") from None

    def turn(self) -> int:
        """Begin a new segment and return its number: a snapshot taken now holds everything before it.

        It does not wait for the disk; `sync` does, for the segment that ends here too.
        """
        self.flush()
        self._ended.append(self._file)
        self.segment += 1
        self._open()
        self._dirty = True
        return self.segment

    def since(self, segment: int) -> Iterator[bytes]:
        """Yield the bodies of all frames of the segments from `segment` on that were there when it was opened."""
        for number in self.segments():
            if segment <= number < self.segment:
                yield from frames(self._path(number).read_bytes())

    def drop(self, before: int, older_than_s: float) -> int:
        """Remove segments before number `before` that nobody wrote for so long; return how many."""
        dropped = 0
        for number in self.segments():
            path = self._path(number)
            if number < before and time.time() - path.stat().st_mtime > older_than_s:
                path.unlink()
                dropped += 1
        return dropped

    def close(self) -> None:
        """Hand over and save what is left."""
        self.flush()
        self.sync()
        os.close(self._file)

    def _path(self, number: int) -> Path:
        return self.folder / f"{number:010d}.log"

    def _open(self) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND
        self._file = os.open(self._path(self.segment), flags, 0o600)


def frames(data: bytes) -> Iterator[bytes]:
    """Yield the bodies of whole frames, up to the first that is torn."""
    place = 0
    while place + _HEAD.size <= len(data):
        length, check = _HEAD.unpack_from(data, place)
        body = data[place + _HEAD.size : place + _HEAD.size + length]
        if length > _LONGEST or len(body) < length or zlib.crc32(body) != check:
            return
        yield body
        place += _HEAD.size + length
