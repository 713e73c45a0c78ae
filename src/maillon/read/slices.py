"""RECORD rows and their buffer from Python values: what the dialects of JSON and of text events build on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from maillon.facts.record import RECORD, UNROUTED

PADDING = 64  # 8-byte loads never leave the buffer
_NUMBERS = {"status": 0, "method": 0, "action": UNROUTED, "outcome": UNROUTED, "flags": 0, "fields": 0, "listed": 0}


class Texts:
    """One column of strings, put end to end while they are at hand."""

    def __init__(self, values: Sequence[str] = ()) -> None:
        self._blobs: list[bytes] = []
        self._lengths: list[int] = []
        self.extend(values)

    def extend(self, values: Sequence[str]) -> None:
        """Add `values` ("" = absent), as UTF-8."""
        text = "".join(values)
        blob = text.encode("utf-8", "surrogatepass")
        if not text:
            self._lengths.extend([0] * len(values))
        elif len(blob) == len(text):
            self._lengths.extend(map(len, values))
        else:
            self._lengths.extend(len(value.encode("utf-8", "surrogatepass")) for value in values)
        self._blobs.append(blob)

    def joined(self) -> tuple[bytes, NDArray[np.int64]]:
        """Return the strings end to end, and the length of each in bytes."""
        return b"".join(self._blobs), np.array(self._lengths, np.int64)


def build(
    texts: Mapping[str, Texts], positions: ArrayLike, at: ArrayLike, zone: ArrayLike, **numbers: ArrayLike
) -> tuple[NDArray[np.uint8], NDArray[Any]]:
    """Return the padded buffer and the RECORD rows of as many records as `positions` has.

    `texts` holds columns named in SLICES, one string a row; `numbers` are the other columns of RECORD, by default
    those of a request whose meaning the profile decides.
    """
    rows = np.zeros(len(np.asarray(positions)), RECORD)
    rows["position"], rows["at"], rows["zone"] = positions, at, zone
    for name, default in _NUMBERS.items():
        rows[name] = numbers.get(name, default)
    blobs: list[bytes] = []
    base = 0
    for name, column in texts.items():
        blob, lengths = column.joined()
        if not blob:
            continue
        offsets = base + np.cumsum(lengths) - lengths
        rows[name] = np.where(lengths > 0, offsets, 0)
        rows[name + "_len"] = lengths
        blobs.append(blob)
        base += len(blob)
    return np.frombuffer(b"".join([*blobs, bytes(PADDING)]), np.uint8), rows
