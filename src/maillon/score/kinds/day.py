"""New patients of a day against the account's own past."""

from __future__ import annotations

import numpy as np

from maillon.facts.evidence import Kind
from maillon.jit import njit
from maillon.score.kinds.declaration import Declaration
from maillon.score.volume import deviance, quantised

_KIND = int(Kind.DAY)
SPREAD = 2.0

DECLARATION = Declaration(
    kind=Kind.DAY,
    looks_at="Patients never seen before by this account on this local day; one whom a colleague read counts 0.3.",
    score="W ln(W/m) − (W+2) ln((W+2)/(m+2)), m the account's lagged mean shrunk to all accounts'",
    source=(
        "Gamma-Poisson likelihood ratio at its best alternative; baselines after Gelman et al., Bayesian Data"
        " Analysis, ch. 2."
    ),
    blind_spots=(
        "Theft within the owner's own volume. Lawful bulk days (audits, coding, waiting lists) look the same:"
        " on a borrowed tail this kind never contains."
    ),
    example="84 patients never seen before in 40 minutes, usually 6 a day.",
    calibration="Own from 1/p account-days on; borrowed for step-up and pace.",
)


@njit
def score(record: np.void) -> int:
    """Return the score of the open day so far, in 1/1024."""
    return quantised(deviance(record["today"][_KIND], record["expected"][_KIND], SPREAD))
