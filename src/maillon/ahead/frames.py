"""Pieces of a stream made into blocks of whole lines in UTF-8: no line, however long, is ever held whole."""

from __future__ import annotations

import codecs
from collections.abc import Iterator

BLOCK = 4 << 20
_RULES = (b"\n\n", b"\r\n\r\n", b"\n====", b"\n----", b"\n****")


class Frames:
    """The blocks of one stream. `dropped` counts lines longer than a block, which are passed over."""

    def __init__(self, *, records: bool = False, block: int = BLOCK) -> None:
        """With `records` a block ends where a record of several lines ends, as far as one does within the block."""
        self.dropped = 0
        self.encoding = ""
        self._records = records
        self._block = block
        self._held = bytearray()
        self._skipping = False
        self._decoder: codecs.IncrementalDecoder | None = None

    def feed(self, piece: bytes) -> Iterator[bytes]:
        """Take a piece; yield the blocks that it completes, each ending with LF."""
        if not self.encoding:
            self.encoding = encoding_of(piece[:4096])
            if self.encoding != "utf-8":
                self._decoder = codecs.getincrementaldecoder(self.encoding)("replace")
        if self._decoder:
            piece = self._decoder.decode(piece).encode("utf-8", "replace")
        if self._skipping:
            end = piece.find(b"\n")
            if end < 0:
                return
            piece, self._skipping = piece[end + 1 :], False
        self._held += piece
        while len(self._held) >= self._block:
            end = self._end()
            if end:
                yield bytes(self._held[:end])
                del self._held[:end]
            else:
                self.dropped += 1
                self._skip()

    def end(self) -> bytes:
        """Return what is left, with an LF behind it; empty where nothing is."""
        rest = bytes(self._held)
        self._held.clear()
        return rest if not rest or rest.endswith(b"\n") else rest + b"\n"

    def _end(self) -> int:
        """Return where the block to give ends: after its last record, or its last line; 0 = it has no whole line."""
        if self._records and (found := max(self._held.rfind(rule, self._block // 2) for rule in _RULES)) > 0:
            return found + 1
        return self._held.rfind(b"\n") + 1

    def _skip(self) -> None:
        """Drop a line that has no end within a block; what follows its end is kept."""
        self._held.clear()
        self._skipping = True


def encoding_of(sample: bytes) -> str:
    """Return how a text is written: by its mark, or by where its NULs stand; "utf-8" stands for all of single bytes."""
    if sample.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        return "utf-32"
    if sample.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    half = len(sample) // 2
    if half >= 8:
        if odd > 0.6 * half and even < 0.05 * half:
            return "utf-16-le"
        if even > 0.6 * half and odd < 0.05 * half:
            return "utf-16-be"
    return "utf-8"


def is_text(sample: bytes) -> bool:
    """Tell whether a sample is text: few controls, once its encoding is known."""
    if not sample:
        return True
    encoding = encoding_of(sample)
    text = sample.decode(encoding if encoding != "utf-8" else "latin-1", "replace")
    controls = sum(1 for c in text if c < " " and c not in "\t\r\n\f\0\x1b")
    return controls <= len(text) // 50 and text.count("\0") <= len(text) // 20
