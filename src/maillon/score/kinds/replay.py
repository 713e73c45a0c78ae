"""New patients read from a young origin in a session that began elsewhere."""

from __future__ import annotations

import numpy as np

from maillon.facts.evidence import Kind
from maillon.jit import njit
from maillon.score.kinds.declaration import Declaration
from maillon.score.volume import deviance, quantised

_KIND = int(Kind.REPLAY)
SPREAD = 2.0

DECLARATION = Declaration(
    kind=Kind.REPLAY,
    looks_at=(
        "Unexplained new patients from a young origin in a session that was used from another origin before; "
        "explained and fading as a young origin's."
    ),
    score="the deviance of the highest sum against the account's lagged mean, spread 2",
    source="Session replay as infostealers make it possible: cookies work from anywhere.",
    blind_spots="Logs without a session; telephones that change networks under one session are in the baseline.",
    example=(
        "One session used from two places: 16 patients never seen before from a connection that appeared 20 "
        "minutes earlier."
    ),
    calibration="Own, else borrowed for every rung; a program elsewhere is paced at most.",
)


@njit
def score(record: np.void) -> int:
    """Return the score of the open day so far, in 1/1024."""
    return quantised(deviance(record["today"][_KIND], record["expected"][_KIND], SPREAD))
