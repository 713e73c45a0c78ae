"""From scores to rows of evidence: which rung is crossed, how rare that is, and what else was true."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from maillon.facts.account import KINDS, NEW
from maillon.facts.evidence import Kind, Sign
from maillon.facts.pool import LEVEL_STEP, LEVELS
from maillon.jit import njit
from maillon.score.volume import UNIT, deviance, quantised
from maillon.score.weight import LISTED_A_PAGE, accounts_on
from maillon.score.whole import whole

SPREADS = (2.0, 4.0, 2.0, 2.0)
BURST_ALLOWANCE = 1.0
"""On top of the floor of the baseline: a burst is expected to reach b̄ + 1.5."""

SETTLED_SHARE = 0.5
"""Who moves brings an ordinary day along; who reads much today, at home and elsewhere, reads more elsewhere too."""

_DAY = int(Kind.DAY)
_BURST = int(Kind.BURST)
_ORIGIN = int(Kind.ORIGIN)
_LISTED = int(Kind.LISTED)
_SHORT = int(Sign.SHORT_HISTORY)
_DORMANT = int(Sign.DORMANT)
_MISSES = int(Sign.MISSES)
_NO_CARE = int(Sign.NO_CARE)
_ODD = int(Sign.ODD_HOURS)
_FAST = int(Sign.FAST)

SHORT_DAYS = 10
DORMANT_DAYS = 30


@njit
def log10_p(levels: NDArray[Any], score: float) -> float:
    """Return the decimal logarithm of how rare `score` is, from scores tabulated at every quarter of a decade."""
    if score <= levels[0]:
        return 0.0
    level = 1
    while level < LEVELS - 1 and levels[level] < score:
        level += 1
    span = levels[level] - levels[level - 1]
    part = (score - levels[level - 1]) / span if span > 0.0 else 1.0
    return -LEVEL_STEP * (level - 1 + part)


@njit
def _signs(record: np.void) -> int:
    """Return the bits of Sign that hold for the open day so far."""
    signs = whole(record["signs"])
    new = record["today"][NEW]
    if 2 * record["odd"] >= new and record["odd"] > 0:
        signs |= _ODD
    if record["fast"] >= 5 and 4 * record["fast"] >= new:
        signs |= _FAST
    if record["active_days"] < SHORT_DAYS:
        signs |= _SHORT
    if record["idle_days"] >= DORMANT_DAYS:
        signs |= _DORMANT
    if record["misses"] >= 10 and 5 * whole(record["misses"]) >= record["patients"]:
        signs |= _MISSES
    if record["care"] == 0 and new >= 5:
        signs |= _NO_CARE
    return signs


@njit
def _write(row: np.void, record: np.void, sealed: np.void, kind: int, rung: int, at: int, zone: int) -> None:
    """Fill one row of EVIDENCE from the counters of the open day."""
    stratum = whole(record["stratum"])
    young = kind == _ORIGIN
    network = record["young_network"] if young else record["new_network"]
    device = record["young_device"] if young else record["new_device"]
    score = record["scores"][kind] / UNIT
    row["at"] = at
    row["zone"] = zone
    row["day"] = record["day"]
    row["account"] = record["account"]
    row["session"] = record["young_session"] if young else record["new_session"]
    row["network"] = network
    row["device"] = device
    row["rung"] = rung
    row["kind"] = kind
    row["calibration"] = sealed["borrowed"][stratum, kind, rung - 1]
    row["stratum"] = stratum
    row["signs"] = _signs(record)
    row["score"] = score
    row["threshold"] = sealed["thresholds"][stratum, kind, rung - 1] / UNIT
    row["log10_p"] = log10_p(sealed["levels"][stratum, kind], score)
    row["since"] = record["young_since"] if young else record["since"]
    row["patients_new"] = record["young_patients"] if young else whole(record["today"][NEW])
    row["patients"] = record["patients"]
    row["usual"] = record["expected"][kind] * LISTED_A_PAGE if kind == _LISTED else record["expected"][NEW]
    row["weight"] = record["today"][kind]
    row["in_row"] = 0
    row["fast"] = record["fast"]
    row["odd"] = record["odd"]
    row["misses"] = record["misses"]
    row["listed"] = record["listed"]
    row["care"] = record["care"]
    row["active_days"] = record["active_days"]
    row["idle_days"] = record["idle_days"]
    row["network_accounts"] = accounts_on(sealed["networks"], sealed["networks_accounts"], network)
    row["device_accounts"] = accounts_on(sealed["devices"], sealed["devices_accounts"], device)


@njit
def judge(record: np.void, sealed: np.void, at: int, zone: int, out: NDArray[Any], written: int) -> int:
    """Raise the day's scores; write a row for each kind that crosses a rung it had not reached. Return the new count.

    `out` needs room for as many rows as there are kinds.
    """
    stratum = whole(record["stratum"])
    for kind in range(KINDS):
        expected = record["expected"][kind]
        if kind == _BURST:
            expected += BURST_ALLOWANCE
        elif kind == _ORIGIN:
            expected += record["expected"][_DAY] + SETTLED_SHARE * record["settled"]
        score = quantised(deviance(record["today"][kind], expected, SPREADS[kind]))
        if score <= record["scores"][kind]:
            continue
        record["scores"][kind] = score
        rung = whole(record["rungs"][kind])
        reached = rung
        while reached < 3 and score >= sealed["thresholds"][stratum, kind, reached]:
            reached += 1
        if reached > rung:
            record["rungs"][kind] = reached
            _write(out[written], record, sealed, kind, reached, at, zone)
            written += 1
    return written
