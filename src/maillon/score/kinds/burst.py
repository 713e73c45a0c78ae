"""New patients faster than usual."""

from __future__ import annotations

import numpy as np

from maillon.facts.evidence import Kind
from maillon.jit import njit
from maillon.score.kinds.declaration import Declaration
from maillon.score.volume import deviance, quantised

_KIND = int(Kind.BURST)
SPREAD = 4.0
ALLOWANCE = 1.0
"""On top of the floor of the baseline: a burst is expected to reach b̄ + 1.5."""

DECLARATION = Declaration(
    kind=Kind.BURST,
    looks_at="The highest level of a bucket that new patients fill, by weight, and that leaks one every 20 seconds.",
    score="the deviance of the bucket's maximum against b̄ + 1.5, spread 4",
    source="Leaky bucket (Turner, IEEE Communications 24(10), 1986), judged as a deviance.",
    blind_spots="Whoever paces: one patient every 20 seconds never fills the bucket.",
    example="Read far faster than usual: 65 patients never seen before in 4 minutes.",
    calibration="Own, else borrowed; newcomers are not contained by it.",
)


@njit
def score(record: np.void) -> int:
    """Return the score of the open day so far, in 1/1024."""
    expected = record["expected"][_KIND] + ALLOWANCE
    return quantised(deviance(record["today"][_KIND], expected, SPREAD))
