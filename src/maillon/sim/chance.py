"""Randomness from one seed, a separate stream for each part: a part added or changed leaves the others as they are."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.random import Generator


class Part(IntEnum):
    """The parts that draw. Numbers are kept for good: they are what keeps a region the same from its seed."""

    PEOPLE = 1
    PATIENTS = 2
    DUTY = 3
    PLACES = 4
    WORK = 5
    ACTS = 6
    LOGINS = 7
    VICTIMS = 8
    THEFT = 9
    DECOR = 10


def generator(seed: int, part: Part, *which: int) -> Generator:
    """Return the stream of one part (`which` tells its instances apart, as thieves) of the region of `seed`."""
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed, spawn_key=(int(part), *which))))
