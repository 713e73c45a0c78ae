"""What a dialect reads of a log before its meaning is known: one row a record, strings as slices of one buffer."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

SLICES = ("address", "account", "session", "request", "target", "host", "referrer", "agent", "patient")
"""Slices of the buffer (offset, length; length 0 = absent), raw bytes as the log wrote them.

`target` is the request's path and query, or an absolute URL as proxies write it. `patient` is filled only by
dialects that name the patient themselves; otherwise the profile finds it in `target`.
"""

RECORD = np.dtype(
    [
        ("position", "<i8"),  # byte offset of the record in its (decompressed) source
        ("at", "<i8"),  # microseconds since 1970-01-01 UTC
        ("zone", "<i4"),  # seconds east of UTC
        ("status", "<i4"),  # HTTP status; 0 = unknown
        ("method", "u1"),  # index in METHODS
        ("action", "u1"),  # an Action where the dialect knows it; else UNROUTED: the profile decides by target
        ("outcome", "u1"),  # an Outcome where the dialect knows it; else UNROUTED: from the status
        ("flags", "u1"),  # bits of Escape
        ("fields", "<u4"),
        ("listed", "<i4"),
        *[entry for name in SLICES for entry in ((name, "<u4"), (f"{name}_len", "<u4"))],
    ]
)

METHODS = ("", "GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "CONNECT", "TRACE", "PROPFIND", "REPORT")
UNROUTED = 255


@dataclass(frozen=True)
class Rejected:
    """A record that could not be read: where, why, and its shape (letters → a, digits → 9), never its text."""

    position: int
    reason: str
    shape: str


@dataclass
class Parsed:
    """One block, read. `records` = len(rows that are distinct records) + sum(ignored) + len(rejected).

    `buffer` is padded with 64 zero bytes past its end, so that 8-byte loads never leave it.
    A record that yields several rows (a list of patients) repeats its `position`. `unfinished` bytes before the block's
    end belong to a record over many lines that has not ended: whoever is stopped here reads on before them.
    """

    buffer: NDArray[np.uint8]
    rows: NDArray[Any]
    records: int
    ignored: dict[str, int] = field(default_factory=dict)
    rejected: list[Rejected] = field(default_factory=list)
    unfinished: int = 0
