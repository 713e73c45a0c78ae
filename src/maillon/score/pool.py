"""Account-days that are over, gathered by day and stratum; any order of adding gives the same pool."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from maillon.facts.account import KINDS, NEVER, SERIES
from maillon.facts.pool import BINS, BINS_AN_OCTAVE, LARGEST, POOL_DAY, POOL_DAYS, POOL_SLOTS, STRATA
from maillon.score.volume import UNIT


@dataclass(frozen=True)
class Window:
    """The pool of some days, added up. Scores are in 1/1024."""

    count: NDArray[np.int64]  # (strata,)
    aside: NDArray[np.int64]
    sums: NDArray[np.float64]  # (series,)
    beyond: NDArray[np.int64]  # (kinds, 3), alarmed account-days left out
    beyond_all: NDArray[np.int64]  # (kinds, 3)
    histogram: NDArray[np.int64]  # (strata, kinds, bins)
    largest: NDArray[np.int32]  # (strata, kinds, LARGEST), descending, -1 = none


def empty_pool() -> NDArray[Any]:
    """Return a pool without account-days."""
    pool = np.zeros(POOL_SLOTS, POOL_DAY)
    pool["day"] = NEVER
    pool["largest"] = -1
    return pool


def bin_of(scores: NDArray[Any]) -> NDArray[np.int64]:
    """Return the histogram's bin of scores in 1/1024."""
    octaves = np.log2(1.0 + scores / UNIT)
    bins: NDArray[np.int64] = np.floor(BINS_AN_OCTAVE * octaves).astype(np.int64)
    return np.minimum(bins, BINS - 1)


def upper_edge(bins: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the score (in units, not in 1/1024) under which all of these bins lie."""
    return np.asarray(np.exp2((bins + 1) / BINS_AN_OCTAVE) - 1.0)


def add(pool: NDArray[Any], closed: NDArray[Any]) -> None:
    """Add account-days (rows of CLOSED). A day older than those of the pool is left out."""
    for day in np.unique(closed["day"]):
        entry = pool[day % POOL_SLOTS]
        if entry["day"] > day:
            continue
        if entry["day"] < day:
            _clear(pool, day)
        _add_day(entry, closed[closed["day"] == day])


def pour(pool: NDArray[Any], other: NDArray[Any]) -> None:
    """Add the account-days of another pool: the same as adding those that it was made of."""
    for more in other[other["day"] > NEVER]:
        entry = pool[more["day"] % POOL_SLOTS]
        if entry["day"] > more["day"]:
            continue
        if entry["day"] < more["day"]:
            _clear(pool, more["day"])
        for column in ("count", "aside", "beyond", "beyond_all", "sums", "histogram"):
            entry[column] += more[column]
        both = np.concatenate([entry["largest"], more["largest"]], axis=2)
        entry["largest"] = -np.sort(-both, axis=2)[:, :, :LARGEST]


def _clear(pool: NDArray[Any], day: int) -> None:
    fresh = np.zeros(1, POOL_DAY)
    fresh["day"] = day
    fresh["largest"] = -1
    pool[day % POOL_SLOTS] = fresh[0]


def _add_day(entry: np.void, closed: NDArray[Any]) -> None:
    entry["aside"] += np.bincount(closed["stratum"][closed["alarmed"] == 1], minlength=len(STRATA))
    kept = closed[closed["alarmed"] == 0]
    for audited in range(3):
        entry["beyond"][:, audited] += (kept["beyond"] > audited).sum(axis=0)
        entry["beyond_all"][:, audited] += (closed["beyond"] > audited).sum(axis=0)
    entry["count"] += np.bincount(kept["stratum"], minlength=len(STRATA))
    # Sums in whole 1/1024: adding whole numbers gives the same in any order.
    entry["sums"] += np.floor(kept["values"].astype(np.float64) * UNIT + 0.5).sum(axis=0)
    bins = bin_of(kept["scores"])
    for kind in range(KINDS):
        np.add.at(entry["histogram"][:, kind], (kept["stratum"], bins[:, kind]), 1)
    for stratum in np.unique(kept["stratum"]):
        scores = kept["scores"][kept["stratum"] == stratum].T
        both = np.concatenate([entry["largest"][stratum], scores], axis=1)
        entry["largest"][stratum] = -np.sort(-both, axis=1)[:, :LARGEST]


def window(pool: NDArray[Any], until_day: int) -> Window:
    """Return the account-days of the thirty days that end with `until_day`."""
    days = pool[(pool["day"] <= until_day) & (pool["day"] > until_day - POOL_DAYS)]
    largest = np.moveaxis(days["largest"], 0, 2).reshape(len(STRATA), KINDS, -1)
    padded = np.concatenate([largest, np.full((len(STRATA), KINDS, LARGEST), -1, np.int32)], axis=2)
    return Window(
        count=days["count"].sum(axis=0),
        aside=days["aside"].sum(axis=0),
        beyond=days["beyond"].sum(axis=0).reshape(KINDS, 3),
        beyond_all=days["beyond_all"].sum(axis=0).reshape(KINDS, 3),
        sums=days["sums"].sum(axis=0).reshape(SERIES) / UNIT,
        histogram=days["histogram"].sum(axis=0, dtype=np.int64),
        largest=-np.sort(-padded, axis=2)[:, :, :LARGEST],
    )
