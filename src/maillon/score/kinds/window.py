"""Unexplained new patients over some weeks."""

from __future__ import annotations

import numpy as np

from maillon.facts.evidence import Kind
from maillon.jit import njit
from maillon.score.kinds.declaration import Declaration
from maillon.score.volume import deviance, quantised

_KIND = int(Kind.WINDOW)
SPREAD = 8.0

DECLARATION = Declaration(
    kind=Kind.WINDOW,
    looks_at=(
        "New patients whom no colleague read, over about twelve active days (0.92 a day), against what the "
        "same days were expected to bring."
    ),
    score="the deviance of the fading sum against the fading expectation, spread 8",
    source="Exponentially weighted moving sums (Roberts, Technometrics 1(3), 1959).",
    blind_spots="The first weeks of an account; a thief slower than the owner's own turnover.",
    example="310 new patients whom no colleague had opened over the last weeks.",
    calibration="Own from 1/p account-days on; borrowed for step-up.",
)


@njit
def score(record: np.void) -> int:
    """Return the score of the open day so far, in 1/1024."""
    amount = record["today"][_KIND] + record["window"]
    expected = record["expected"][_KIND] + record["window_expected"]
    return quantised(deviance(amount, expected, SPREAD))
