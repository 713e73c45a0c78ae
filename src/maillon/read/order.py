"""The admitted sequence: events of several sources in the order (moment, source, position), within a window.

A line older than its own source's newest line by more than the window is *late*. Its place is then the edge of the
window, so that the order depends on what the sources hold and never on how they were cut into blocks.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from maillon.facts.event import EVENT, Flag

WINDOW_US = 60_000_000
"""How far out of order a line may come and still be put in its place."""

PENDING = np.dtype([("key", "<i8"), ("source", "<i4"), ("position", "<i8"), ("event", EVENT)])
"""How events that wait for their place are written into a snapshot."""

_NEVER = np.iinfo(np.int64).min
_ENDED = np.iinfo(np.int64).max


class Order:
    """Puts the events of several sources in admitted order. `newest` and `watermark` survive a restart."""

    def __init__(self, sources: int) -> None:
        self.newest = [_NEVER] * sources
        self.starts = [_NEVER] * sources
        self.ended = [False] * sources
        self.watermark = _NEVER
        self._waiting: list[_Waiting] = []

    def push(self, source: int, events: NDArray[Any], positions: NDArray[np.int64]) -> int:
        """Take the next events of one source; return how many of them were late."""
        if not len(events):
            return 0
        at = events["at"]
        newest = np.maximum(np.maximum.accumulate(at), self.newest[source])
        self.newest[source] = int(newest[-1])
        edge = np.where(newest > _NEVER + WINDOW_US, newest - WINDOW_US, _NEVER)
        key = np.maximum(at, edge)
        late = (at < edge) | (key < self.watermark)
        if late.any():
            events = events.copy()
            events["flags"][late] |= int(Flag.LATE)
            key = np.maximum(key, self.watermark)
        self._waiting.append(_Waiting(key, np.full(len(key), source, np.int32), positions, events))
        return int(late.sum())

    def behind(self) -> int:
        """Return the source whose next block is wanted first, or -1 when all have ended."""
        open_sources = [s for s, ended in enumerate(self.ended) if not ended]
        return min(open_sources, key=lambda s: max(self.newest[s], self.starts[s]), default=-1)

    def admit(self) -> NDArray[Any]:
        """Return the events whose place is certain, in order."""
        safe = min((self._frontier(s) for s, ended in enumerate(self.ended) if not ended), default=_ENDED)
        # What one source gave in order stays a view of its block; only what several gave, or in disorder, is sorted.
        waiting = self._waiting[0] if len(self._waiting) == 1 else _joined(self._waiting)
        if not waiting.in_order():
            waiting = waiting.at(np.lexsort((waiting.position, waiting.source, waiting.key)))
        cut = int(np.searchsorted(waiting.key, safe))
        self._waiting = [waiting.at(slice(cut, None))] if cut < len(waiting.key) else []
        if cut:
            self.watermark = max(self.watermark, int(waiting.key[cut - 1]))
        return waiting.events[:cut]

    def _frontier(self, source: int) -> int:
        if self.newest[source] == _NEVER:
            return self.starts[source]
        return self.newest[source] - WINDOW_US

    def pending(self) -> bytes:
        """Return what waits for its place, as bytes of a snapshot."""
        waiting = _joined(self._waiting)
        rows = np.empty(len(waiting.key), PENDING)
        rows["key"], rows["source"] = waiting.key, waiting.source
        rows["position"], rows["event"] = waiting.position, waiting.events
        return rows.tobytes()

    def restore(self, pending: bytes, watermark: int, index: list[int]) -> None:
        """Take back what `pending` gave; `index` says what each source's index of then is now."""
        rows = np.frombuffer(pending, PENDING)
        source = np.asarray([*index, 0], np.int32)[rows["source"]]
        self._waiting = [_Waiting(rows["key"].copy(), source, rows["position"].copy(), rows["event"].copy())]
        self.watermark = watermark


@dataclass(frozen=True)
class _Waiting:
    """Events that wait for their place: where each belongs, and what it is."""

    key: NDArray[np.int64]
    source: NDArray[np.int32]
    position: NDArray[np.int64]
    events: NDArray[Any]

    def in_order(self) -> bool:
        return bool(np.all(self.key[1:] >= self.key[:-1]) and np.all(self.source == self.source[:1]))

    def at(self, places: slice | NDArray[np.int64]) -> _Waiting:
        return _Waiting(self.key[places], self.source[places], self.position[places], self.events[places])


def _joined(parts: list[_Waiting]) -> _Waiting:
    if not parts:
        return _Waiting(np.empty(0, np.int64), np.empty(0, np.int32), np.empty(0, np.int64), np.empty(0, EVENT))
    return _Waiting(
        np.concatenate([part.key for part in parts]),
        np.concatenate([part.source for part in parts]),
        np.concatenate([part.position for part in parts]),
        np.concatenate([part.events for part in parts]),
    )
