"""RAR archives as a stream of members, by libarchive: solid ones and those of RAR 5 too, encrypted ones not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import BinaryIO

from libarchive import stream_reader
from libarchive.exception import ArchiveError

_BLOCK = 1 << 20

Member = Callable[[str, int, Iterator[bytes]], None]


def rar(file: BinaryIO, member: Member, leave: Callable[[str], None]) -> None:
    """Hand each member (name, moment in µs, pieces) to `member`, in the archive's order; raises what that raises.

    No parser but that of the archive's own version is let at the file.
    """
    kind = "rar5" if file.read(8) == b"Rar!\x1a\x07\x01\x00" else "rar"
    try:
        file.seek(0)
        with stream_reader(file, format_name=kind, filter_name="none", block_size=_BLOCK) as archive:
            for entry in archive:
                if entry.isfile and entry.pathname:
                    member(entry.pathname, int(entry.mtime or 0) * 1_000_000, entry.get_blocks(_BLOCK))
    except ArchiveError as error:
        leave(_ENCRYPTED if "ncrypt" in str(error) else _DAMAGED)
    except (UnicodeDecodeError, ValueError):
        leave(_DAMAGED)


_ENCRYPTED = "an encrypted RAR archive: open it with your own tool and pack it anew as zip or 7z"
_DAMAGED = "a damaged RAR archive, or a part of one: read up to there"
