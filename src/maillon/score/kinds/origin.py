"""New patients read from a network and client that the account came to of late."""

from __future__ import annotations

import numpy as np

from maillon.facts.evidence import Kind
from maillon.jit import njit
from maillon.score.kinds.declaration import Declaration
from maillon.score.volume import deviance, quantised

_KIND = int(Kind.ORIGIN)
SPREAD = 2.0
SETTLED_SHARE = 0.5
"""Who moves brings an ordinary day along; who reads much today, at home and elsewhere, reads more elsewhere too."""
_DAY = int(Kind.DAY)

DECLARATION = Declaration(
    kind=Kind.ORIGIN,
    looks_at=(
        "Unexplained new patients (and misses) from an origin younger than ten days, by how rare its network "
        "and client are; they add up over days (0.85 a day) until something explains them: a return to a "
        "patient of old or an act of care explains ten, a patient met again or one whom a colleague read "
        "three. A step in order weighs as three; through an account that has just woken after thirty "
        "days, every unexplained patient weighs half at least."
    ),
    score="the deviance of the highest sum against an ordinary day and half of what was read at home, spread 2",
    source=(
        "Origin = network × client after Freeman et al., NDSS 2016; returns as in population studies of "
        "hospital access (Fabbri and LeFevre, PVLDB 5(1), 2011)."
    ),
    blind_spots="A thief on the owner's own machine or behind the hospital's gateway with its usual client.",
    example="60 patients never seen before, from an unfamiliar connection that appeared 2 hours earlier.",
    calibration="Own, else borrowed for every rung; a program elsewhere is paced at most.",
)


@njit
def score(record: np.void) -> int:
    """Return the score of the open day so far, in 1/1024."""
    ordinary = record["expected"][_DAY] + SETTLED_SHARE * record["settled"]
    return quantised(deviance(record["today"][_KIND], record["expected"][_KIND] + ordinary, SPREAD))
