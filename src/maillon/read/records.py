"""Records of one block gathered one by one: for dialects whose logs are small beside an access log."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from maillon.facts.event import Action, Outcome
from maillon.facts.record import SLICES, Parsed, Rejected
from maillon.read.local_time import settle
from maillon.read.shape import shape
from maillon.read.slices import Texts, build


@dataclass(frozen=True)
class Row:
    """One row to be: an instant as `instant` gives it, texts by names of SLICES."""

    instant: tuple[int, int]
    action: Action | int  # UNROUTED where the profile decides by the target
    outcome: Outcome | int
    texts: Mapping[str, str]
    fields: int = 0
    listed: int = 0
    status: int = 0
    method: int = 0


@dataclass
class Records:
    """What was read of a block so far. Each line goes to exactly one of `rows`, `ignore` and `reject`."""

    _rows: list[tuple[int, Row]] = field(default_factory=list)
    _lines: int = 0
    _ignored: Counter[str] = field(default_factory=Counter)
    _rejected: list[Rejected] = field(default_factory=list)

    def take(self, position: int, rows: list[Row]) -> None:
        """Count a line that holds `rows`, at least one."""
        self._lines += 1
        self._rows += [(position, row) for row in rows]

    def ignore(self, kind: str) -> None:
        """Count a line that is no record, by kind."""
        self._lines += 1
        self._ignored[kind] += 1

    def reject(self, position: int, reason: str, line: bytes) -> None:
        """Count a line that cannot be read: its shape is kept."""
        self._lines += 1
        self._rejected.append(Rejected(position, reason, shape(line)))

    def parsed(self, zone_name: str, state: dict[str, Any]) -> Parsed:
        """Return the block; times without a zone are put in `zone_name` (`state`: see local_time.settle)."""
        rows = [row for _, row in self._rows]
        at, zone = (np.array([row.instant[part] for row in rows], np.int64) for part in (0, 1))
        settle(at, zone, zone_name, state)
        buffer, table = build(
            {name: Texts([row.texts.get(name, "") for row in rows]) for name in SLICES},
            [position for position, _ in self._rows],
            at,
            zone,
            action=[row.action for row in rows],
            outcome=[row.outcome for row in rows],
            fields=[row.fields for row in rows],
            listed=[row.listed for row in rows],
            status=[row.status for row in rows],
            method=[row.method for row in rows],
        )
        return Parsed(buffer, table, self._lines, dict(self._ignored), self._rejected)
