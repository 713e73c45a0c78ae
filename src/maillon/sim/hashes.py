"""Hashes of a simulated region: splitmix64 of an index, salted by kind, so that no table of strings is needed.

splitmix64 is Steele, Lea and Flood's mixer (OOPSLA 2014). It is one to one, so two indices never share a hash.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from maillon.facts.event import NEIGHBOURS

if TYPE_CHECKING:
    from numpy.typing import NDArray

KINDS = ("service", "account", "session", "address", "network", "device", "patient", "route", "near")

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MIX1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX2 = np.uint64(0x94D049BB133111EB)


def splitmix64(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Mix an array of 64-bit values."""
    mixed = values + _GOLDEN
    mixed = (mixed ^ (mixed >> np.uint64(30))) * _MIX1
    mixed = (mixed ^ (mixed >> np.uint64(27))) * _MIX2
    mixed ^= mixed >> np.uint64(31)
    return mixed


def hashed(kind: str, indices: NDArray[np.integer]) -> NDArray[np.uint64]:
    """Return the hashes of an array of indices (below 2**48) of one kind; a negative index is absent, hence 0."""
    salt = np.uint64((KINDS.index(kind) + 1) << 48)
    mixed = splitmix64(indices.astype(np.uint64) | salt)
    mixed[indices < 0] = 0
    return mixed


def neighbourhoods(numbers: NDArray[np.int64]) -> NDArray[np.uint64]:
    """Return EVENT's `near` of identifiers that are numbers; a negative one has none."""
    upper = hashed("near", numbers // NEIGHBOURS) & np.uint64(0xFFFFFFFF00000000)
    lower = hashed("near", (numbers + NEIGHBOURS // 2) // NEIGHBOURS) & np.uint64(0xFFFFFFFF)
    near: NDArray[np.uint64] = upper | lower
    near[numbers < 0] = 0
    return near
