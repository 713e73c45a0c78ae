"""What a leak adds to an account's own evidence: it counts so many powers of ten more against the rungs, for a time.

By Bayes' rule the odds of a theft are those of before times what the evidence says. The alarm budget takes all accounts
to be as likely to be stolen; a leak names one that is not. What it costs is stated: an honest account with a prior of
d decades meets 10^d as many wrong steps as another (docs/leaks.md gives figures).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from maillon.facts.leak import Prior
from maillon.jit import njit
from maillon.score.calibrate import NEVER_REACHED
from maillon.score.rungs import log10_p
from maillon.score.volume import UNIT

_NEVER = int(NEVER_REACHED)


@njit
def is_standing(record: np.void, at: int) -> bool:
    """Tell whether a prior of the account holds at a moment."""
    standing: bool = record["prior"] > 0.0 and at < record["prior_until"]
    return standing


@njit
def passed_likelier(thresholds: NDArray[Any], levels: NDArray[Any], score: int, rung: int, decades: float) -> int:
    """Return the highest rung that `score` reaches, `rung` or more, where it counts `decades` more than it is rare.

    A rung that nothing may reach stays out of reach.
    """
    rarity = log10_p(levels, score / UNIT) - decades
    while rung < 3 and thresholds[rung] < _NEVER and rarity <= log10_p(levels, thresholds[rung] / UNIT):
        rung += 1
    return rung


def raise_prior(record: np.void, prior: Prior) -> None:
    """Let a prior stand in an account's record, in place of the one before."""
    record["prior"] = prior.decades
    record["prior_until"] = prior.until
    record["prior_why"] = prior.why
