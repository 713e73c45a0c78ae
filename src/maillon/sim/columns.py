"""Accesses as columns of indices: what the parts of a region hand to each other before hashes are made."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


@dataclass(frozen=True)
class Columns:
    """One row an access."""

    at: NDArray[np.int64]  # microseconds since 1970 UTC
    sitting: NDArray[np.int32]
    patient: NDArray[np.int32]  # -1 = none
    page: NDArray[np.uint8]  # index in PAGES
    status: NDArray[np.uint16]  # of HTTP; 401 for a failed log-in
    listed: NDArray[np.uint16]  # patients listed besides `patient`

    def __len__(self) -> int:
        return len(self.at)

    def take(self, rows: NDArray[np.int64] | NDArray[np.bool_]) -> Columns:
        """Return some of the rows."""
        return Columns(**{each.name: getattr(self, each.name)[rows] for each in fields(self)})


def columns(
    at: NDArray[np.int64],
    sitting: NDArray[np.integer],
    page: NDArray[np.integer] | int,
    patient: NDArray[np.integer] | int = -1,
    status: NDArray[np.integer] | int = 200,
    listed: NDArray[np.integer] | int = 0,
) -> Columns:
    """Build columns; a single value stands for all rows."""
    size = len(at)
    return Columns(
        at=at.astype(np.int64),
        sitting=sitting.astype(np.int32),
        patient=np.broadcast_to(patient, size).astype(np.int32),
        page=np.broadcast_to(page, size).astype(np.uint8),
        status=np.broadcast_to(status, size).astype(np.uint16),
        listed=np.broadcast_to(listed, size).astype(np.uint16),
    )


def joined(parts: Sequence[Columns]) -> Columns:
    """Return the rows of all parts, one part after the other. Parts are let go of one column at a time."""
    names = [each.name for each in fields(Columns)]
    return Columns(**{name: np.concatenate([getattr(part, name) for part in parts]) for name in names})
