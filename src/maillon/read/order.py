"""The admitted sequence: events of several sources in the order (moment, source, position), within a window.

A line older than its own source's newest line by more than the window is *late*. Its place is then the edge of the
window, so that the order depends on what the sources hold and never on how they were cut into blocks.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from maillon.facts.event import EVENT, Flag

WINDOW_US = 60_000_000
"""How far out of order a line may come and still be put in its place."""

PENDING = np.dtype([("key", "<i8"), ("source", "<i4"), ("position", "<i8"), ("event", EVENT)])
_NEVER = np.iinfo(np.int64).min
_ENDED = np.iinfo(np.int64).max


class Order:
    """Puts the events of several sources in admitted order. `newest` and `watermark` survive a restart."""

    def __init__(self, sources: int) -> None:
        self.newest = [_NEVER] * sources
        self.starts = [_NEVER] * sources
        self.ended = [False] * sources
        self.watermark = _NEVER
        self._pending: NDArray[Any] = np.empty(0, PENDING)

    def push(self, source: int, events: NDArray[Any], positions: NDArray[np.int64]) -> int:
        """Take the next events of one source; return how many of them were late."""
        if not len(events):
            return 0
        at = events["at"]
        newest = np.maximum(np.maximum.accumulate(at), self.newest[source])
        self.newest[source] = int(newest[-1])
        edge = np.where(newest > _NEVER + WINDOW_US, newest - WINDOW_US, _NEVER)
        rows = np.empty(len(events), PENDING)
        rows["key"] = np.maximum(at, edge)
        rows["source"] = source
        rows["position"] = positions
        rows["event"] = events
        late = (at < edge) | (rows["key"] < self.watermark)
        if late.any():
            rows["event"]["flags"][late] |= int(Flag.LATE)
            rows["key"] = np.maximum(rows["key"], self.watermark)
        self._pending = rows if not len(self._pending) else np.concatenate((self._pending, rows))
        return int(late.sum())

    def behind(self) -> int:
        """Return the source whose next block is wanted first, or -1 when all have ended."""
        open_sources = [s for s, ended in enumerate(self.ended) if not ended]
        return min(open_sources, key=lambda s: max(self.newest[s], self.starts[s]), default=-1)

    def admit(self) -> NDArray[Any]:
        """Return the events whose place is certain, in order."""
        safe = min((self._frontier(s) for s, ended in enumerate(self.ended) if not ended), default=_ENDED)
        ready = self._pending["key"] < safe
        if not ready.any():
            return np.empty(0, EVENT)
        rows, self._pending = self._pending[ready], self._pending[~ready]
        key = rows["key"]
        if len(self.newest) > 1 or np.any(key[1:] < key[:-1]):
            rows = rows[np.lexsort((rows["position"], rows["source"], key))]
        self.watermark = max(self.watermark, int(rows["key"][-1]))
        return np.ascontiguousarray(rows["event"])

    def _frontier(self, source: int) -> int:
        if self.newest[source] == _NEVER:
            return self.starts[source]
        return self.newest[source] - WINDOW_US

    def pending(self) -> bytes:
        """Return what waits for its place, as bytes of a snapshot."""
        return self._pending.tobytes()

    def restore(self, pending: bytes, watermark: int, index: list[int]) -> None:
        """Take back what `pending` gave; `index` says what each source's index of then is now."""
        self._pending = np.frombuffer(pending, PENDING).copy()
        self._pending["source"] = np.asarray([*index, 0], np.int32)[self._pending["source"]]
        self.watermark = watermark
