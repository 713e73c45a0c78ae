"""The self-audit: how often p-values went under 10⁻³, 10⁻⁴ and 10⁻⁵ in the last thirty days, against what was promised.

Where a site's own tail is heavier than calibration said, the kind's budget is divided by the ratio. It is measured
between 10⁻³ and 10⁻⁴: under that, thieves would count, and an audit that thieves fill would protect them.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from maillon.facts.evidence import Kind
from maillon.facts.pool import AUDITED, LEVEL_STEP
from maillon.score.pool import Window

PROMISED = tuple(10.0 ** (-LEVEL_STEP * level) for level in AUDITED)

ENOUGH = 10.0
"""Promised account-days from which on the count says something."""

SURE = 2.0
"""Standard deviations by which the count must exceed the promise before the budget is lowered."""


def lowered(pooled: Window) -> NDArray[np.float64]:
    """Return by how much each kind's budget is divided (kinds,); 1 where the promise was kept, or nothing tells."""
    days = float(pooled.count.sum())
    promised = days * (PROMISED[0] - PROMISED[1])
    seen = pooled.beyond[:, 0] - pooled.beyond[:, 1]
    exceeded = (promised >= ENOUGH) & (seen > promised + SURE * np.sqrt(promised))
    return np.where(exceeded, seen / max(promised, 1.0), 1.0)


def report(pooled: Window) -> dict[str, dict[str, list[float]]]:
    """Return what the operator is shown: by kind, at each audited p, account-days promised, seen, and seen in all.

    "seen" leaves alarmed account-days out, "all" counts them.
    """
    days = float((pooled.count + pooled.aside).sum())
    return {
        kind.name.lower(): {
            "p": list(PROMISED),
            "promised": [days * p for p in PROMISED],
            "seen": [float(count) for count in pooled.beyond[kind]],
            "all": [float(count) for count in pooled.beyond_all[kind]],
        }
        for kind in Kind
    }
