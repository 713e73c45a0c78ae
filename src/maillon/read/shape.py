"""The shape of a line that could not be read: enough to see what is wrong with it, nothing of what it says."""

from __future__ import annotations

LONGEST = 120

_SHAPES = bytes(
    ord("a") if chr(b).isalpha() and b < 128 else ord("9") if 48 <= b <= 57 else b if 32 <= b < 127 else ord("?")
    for b in range(256)
)


def shape(line: bytes) -> str:
    """Return `line` with letters as `a`, digits as `9`, ASCII punctuation and space kept, all else as `?`.

    At most 120 characters. The line's end is left out.
    """
    return line[:LONGEST].rstrip(b"\r\n").translate(_SHAPES).decode("ascii")
