"""The bytes of a log whatever its compression, told by its first bytes and never by its name."""

from __future__ import annotations

import gzip
import lzma
import zlib
from collections.abc import Iterator
from typing import BinaryIO

import zstandard

_PIECE = 1 << 20
_ZSTD_FEED = 2048  # one zstd block of four bytes may hold 128 kB: what is fed at once bounds what comes out
_GZIP, _XZ, _ZSTD = b"\x1f\x8b", b"\xfd7zXZ\x00", b"\x28\xb5\x2f\xfd"


class DamagedError(Exception):
    """The stream ends early or is broken, as its words say; everything before that was given."""


def is_compressed(head: bytes) -> bool:
    """Tell whether a file that begins with `head` is compressed."""
    return head.startswith((_GZIP, _XZ, _ZSTD))


def decompressed(stream: BinaryIO, head: bytes) -> Iterator[bytes]:
    """Yield the content of `stream`, which begins with `head`, in pieces; several members or frames follow each other.

    Raises DamagedError after the last piece that could be read.
    """
    try:
        yield from filter(None, _pieces(stream, head))
    except EOFError:
        raise DamagedError("it ends early") from None
    except (zlib.error, lzma.LZMAError, zstandard.ZstdError, gzip.BadGzipFile):
        raise DamagedError("its compression is broken") from None
    except OSError as error:
        raise DamagedError(error.strerror or str(error)) from None


def _pieces(stream: BinaryIO, head: bytes) -> Iterator[bytes]:
    if head.startswith(_ZSTD):
        return _zstd(stream)
    read = stream.read
    # read1 hands over what is already decompressed before it meets the damage.
    if head.startswith(_GZIP):
        read = gzip.GzipFile(fileobj=stream).read1
    elif head.startswith(_XZ):
        read = lzma.LZMAFile(stream).read1  # noqa: SIM115 - the stream is closed by who opened it
    return iter(lambda: read(_PIECE), b"")


def _zstd(stream: BinaryIO) -> Iterator[bytes]:
    # Not the library's stream_reader: that one takes a frame that was cut off for a whole one.
    decompressor = zstandard.ZstdDecompressor(max_window_size=1 << 31)
    frame = None
    while data := stream.read(_ZSTD_FEED):
        while data:
            frame = frame or decompressor.decompressobj()
            yield frame.decompress(data)
            data = b""
            if frame.eof:
                data, frame = frame.unused_data, None
    if frame:
        raise EOFError
