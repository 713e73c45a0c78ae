"""What waits to be scored: batches in admitted order, put together where nothing is to be corrected between them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from maillon.facts.event import EVENT


@dataclass
class Batch:
    """What waits to be scored, in admitted order: what is settled of requests scored before, then events."""

    rows: NDArray[Any] = field(default_factory=lambda: np.empty(0, EVENT))
    tentative: NDArray[np.bool_] = field(default_factory=lambda: np.empty(0, bool))
    confirms: list[tuple[int, int]] = field(default_factory=list)  # (account, request)
    corrects: list[NDArray[Any]] = field(default_factory=list)  # one event each


def gathered(queue: Iterable[Batch]) -> Iterable[Batch]:
    """Put the events of neighbours together, as long as nothing is to be corrected between them."""
    held: list[Batch] = []
    for batch in queue:
        if held and (batch.corrects or batch.confirms):
            yield _together(held)
            held = []
        held.append(batch)
    if held:
        yield _together(held)


def _together(held: list[Batch]) -> Batch:
    if len(held) == 1:
        return held[0]
    first = held[0]
    rows, tentative = (np.concatenate([getattr(one, name) for one in held]) for name in ("rows", "tentative"))
    return Batch(rows, tentative, first.confirms, first.corrects)
