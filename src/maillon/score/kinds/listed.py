"""Patients shown by pages, searches and exports."""

from __future__ import annotations

import numpy as np

from maillon.facts.evidence import Kind
from maillon.jit import njit
from maillon.score.kinds.declaration import Declaration
from maillon.score.volume import deviance, quantised

_KIND = int(Kind.LISTED)
SPREAD = 2.0

DECLARATION = Declaration(
    kind=Kind.LISTED,
    looks_at="Rows that lists, searches and exports showed on this day, sixteen counting as one patient opened.",
    score="the deviance of the day's sum against the lagged mean, spread 2",
    source="As the day's volume.",
    blind_spots=(
        "How long lists are is a site's own affair: nothing is said before 1/p account-days. Close exports by policy."
    ),
    example="3,200 patients shown today by lists, searches or exports; usually 40 a day.",
    calibration="Own only.",
)


@njit
def score(record: np.void) -> int:
    """Return the score of the open day so far, in 1/1024."""
    return quantised(deviance(record["today"][_KIND], record["expected"][_KIND], SPREAD))
