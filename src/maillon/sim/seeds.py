"""Seeds kept apart: what is tuned on one region is never reported on the same."""

from __future__ import annotations

FIRST_TUNING = 10_000
FIRST_REPORTING = 20_000
_KEPT = 10_000  # of each; seeds below the first tuning seed are for demonstrations and tests


def tuning_seeds(count: int) -> range:
    """Return seeds to choose constants and make reference pools with."""
    return _first(count, FIRST_TUNING)


def reporting_seeds(count: int) -> range:
    """Return seeds whose figures may be reported: none of them is a tuning seed."""
    return _first(count, FIRST_REPORTING)


def _first(count: int, first: int) -> range:
    if not 0 <= count <= _KEPT:
        raise ValueError(f"at most {_KEPT} seeds are kept for each purpose, not {count}")
    return range(first, first + count)
