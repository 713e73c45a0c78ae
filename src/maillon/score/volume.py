"""How much more than expected: the gamma-Poisson likelihood ratio at its best alternative."""

from __future__ import annotations

import math

from maillon.jit import njit

UNIT = 1024
"""Scores are whole multiples of 1/1024, so that every runner compares, pools and prints the same."""


@njit
def deviance(amount: float, expected: float, spread: float) -> float:
    """Return `W ln(W/m) - (W+r) ln((W+r)/(m+r))` if W > m, else 0. `spread` is r, in patients; expected > 0."""
    if amount <= expected:
        return 0.0
    above = amount + spread
    return amount * math.log(amount / expected) - above * math.log(above / (expected + spread))


@njit
def quantised(score: float) -> int:
    """Return the score in 1/1024, to the nearest."""
    return math.floor(score * UNIT + 0.5)
