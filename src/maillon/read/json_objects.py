"""Lines of JSON objects, decoded: fast where a run of lines is in order, line by line where one is not."""

from __future__ import annotations

import re
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

RUN = 256  # lines decoded at once: few enough for their objects to stay in the processor's cache
LONGEST_PREFIX = 256  # what a container runtime or syslog writes before the object

_FEED, _OPEN, _CLOSE = b"\n{}"
_OBJECT = msgspec.json.Decoder(dict[str, Any])
_ANY = msgspec.json.Decoder()
_PREFIX = re.compile(rb"^[^{\n]{1,%d}(?=\{)" % LONGEST_PREFIX, re.MULTILINE)
_UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
_HEX = re.compile(rb"(\\\\)|\\x([0-9A-Fa-f]{2})")
_HALF_PAIR = re.compile(rb"\\u[dD][89a-fA-F][0-9a-fA-F]{2}")
_CONTROL_AS_SPACE = bytes(32).replace(b"\0", b" ") + bytes(range(32, 256))


def objects(block: bytes, starts: NDArray[Any], first: int, last: int) -> list[dict[str, Any] | None]:
    """Return the objects of lines `first` to `last` (excluded) of `block`, None for a line that is none.

    `starts` is `line_starts(block)`. Text before the object (up to 256 bytes without a brace) is passed over.
    """
    run = block[starts[first] : starts[last]]
    if not run.startswith(b"{"):
        run = _PREFIX.sub(b"", run)
    if _each_is_braced(run, last - first):
        try:
            decoded = _OBJECT.decode_lines(run)
        except _UNREADABLE:
            decoded = []
        if len(decoded) == last - first:
            return list(decoded)
    return [object_of(block[starts[line] : starts[line + 1]]) for line in range(first, last)]


def _each_is_braced(run: bytes, lines: int) -> bool:
    """Tell whether each line begins with { and ends with }.

    Such lines can only be cut between two objects, so as many objects as lines means one object a line.
    """
    view = np.frombuffer(run, np.uint8)
    ends = np.flatnonzero(view == _FEED)
    if not run.endswith(b"\n"):
        ends = np.append(ends, len(run))
    begins = np.append(0, ends[:-1] + 1)
    return len(ends) == lines and bool(np.all(view[begins] == _OPEN) and np.all(view[ends - 1] == _CLOSE))


def object_of(line: bytes) -> dict[str, Any] | None:
    """Return the object of one line, or None."""
    if _OPEN not in line:  # many lines of other logs come here while a format is told
        return None
    value = value_of(line if line.startswith(b"{") else _PREFIX.sub(b"", line, count=1))
    return value if isinstance(value, dict) else None


def value_of(text: bytes) -> object:
    r"""Return the JSON value of `text`, or None. What servers are known to get wrong is mended first.

    Mended: bytes that are not UTF-8, raw control characters, nginx's `\xHH` (its default escape), half of a
    surrogate pair.
    """
    try:
        return _ANY.decode(text)
    except _UNREADABLE:
        pass
    mended = _HEX.sub(_byte, text.translate(_CONTROL_AS_SPACE))
    mended = _HALF_PAIR.sub(rb"\\ufffd", mended).decode("utf-8", "replace").encode()
    try:
        return _ANY.decode(mended)
    except _UNREADABLE:
        return None


def _byte(found: re.Match[bytes]) -> bytes:
    if found[1]:
        return found[1]
    byte = int(found[2], 16)
    return b"\\u%04x" % byte if byte < 128 else bytes([byte])
