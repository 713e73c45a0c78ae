"""The bytes of a log whatever its compression, told by its first bytes and never by its name."""

from __future__ import annotations

import gzip
import lzma
import zlib
from collections.abc import Callable, Iterator
from typing import BinaryIO

import zstandard

_PIECE = 1 << 20
_GZIP, _XZ, _ZSTD = b"\x1f\x8b", b"\xfd7zXZ\x00", b"\x28\xb5\x2f\xfd"


class DamagedError(Exception):
    """The compressed stream ends early or is broken; everything before that was given."""


def is_compressed(head: bytes) -> bool:
    """Tell whether a file that begins with `head` is compressed."""
    return head.startswith((_GZIP, _XZ, _ZSTD))


def decompressed(stream: BinaryIO, head: bytes) -> Iterator[bytes]:
    """Yield the content of `stream`, which begins with `head`, in pieces of at most a megabyte.

    Raises DamagedError after the last piece that could be read.
    """
    read = _reader(stream, head)
    try:
        yield from iter(lambda: read(_PIECE), b"")
    except (EOFError, zlib.error, lzma.LZMAError, zstandard.ZstdError, gzip.BadGzipFile) as error:
        raise DamagedError(type(error).__name__) from None


def _reader(stream: BinaryIO, head: bytes) -> Callable[[int], bytes]:
    # read1 hands over what is already decompressed before it meets the damage.
    if head.startswith(_ZSTD):
        return zstandard.ZstdDecompressor(max_window_size=1 << 31).stream_reader(stream, read_across_frames=True).read
    if head.startswith(_GZIP):
        return gzip.GzipFile(fileobj=stream).read1
    if head.startswith(_XZ):
        return lzma.LZMAFile(stream).read1
    return stream.read
