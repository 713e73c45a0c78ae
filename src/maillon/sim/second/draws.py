"""Randomness by name, and hashes that stand for stored choices: what is drawn twice from the same parts is the same."""

from __future__ import annotations

import zlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

Column = NDArray[Any]

_STEP = np.uint64(0x9E3779B97F4A7C15)
_FIRST = np.uint64(0xBF58476D1CE4E5B9)
_SECOND = np.uint64(0x94D049BB133111EB)


def stream(seed: int, *names: object) -> np.random.Generator:
    """Return the source of randomness of one purpose: adding a purpose leaves the others as they were."""
    return np.random.default_rng([seed, *(zlib.crc32(str(name).encode()) for name in names)])


def mix(*parts: object) -> Column:
    """Return one well-mixed 64-bit number for each combination of the parts (numbers or arrays, broadcast)."""
    state = np.full(1, _STEP)
    for part in parts:
        values = np.atleast_1d(np.asarray(part)).astype(np.uint64)
        state = (state ^ values) + _STEP
        state = (state ^ (state >> np.uint64(30))) * _FIRST
        state = (state ^ (state >> np.uint64(27))) * _SECOND
        state ^= state >> np.uint64(31)
    return state


def share(*parts: object) -> Column:
    """Return a number in [0, 1) for each combination of the parts, always the same."""
    part: Column = (mix(*parts) >> np.uint64(11)).astype(np.float64) / 2.0**53
    return part


def keyed(kind: str, *parts: object) -> Column:
    """Return the hash that stands for a name of this kind; never 0, which means absent."""
    return np.maximum(mix(zlib.crc32(kind.encode()), *parts), np.uint64(1))


def zipf(rng: np.random.Generator, size: Column) -> Column:
    """Draw places in lists of the given sizes: the first place is the likeliest, place s about 1 in s + 1."""
    drawn = np.exp(rng.random(len(size)) * np.log(size + 1.0)).astype(np.int64) - 1
    return np.clip(drawn, 0, size - 1)


def lognormal(rng: np.random.Generator, median: Column | float, spread: Column | float, size: int) -> Column:
    """Draw around a median; `spread` is the standard deviation of the logarithm."""
    return np.asarray(median) * np.exp(rng.normal(0.0, spread, size))


def within(lengths: Column) -> Column:
    """Return 0, 1, 2... restarting for each group of the given lengths."""
    ends = np.cumsum(lengths)
    places: Column = np.arange(int(lengths.sum())) - np.repeat(ends - lengths, lengths)
    return places


def log_between(rng: np.random.Generator, low: float, high: float) -> float:
    """Draw one number between two bounds, as likely in each doubling."""
    return float(low * (high / low) ** rng.random())
