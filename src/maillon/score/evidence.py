"""From scores to rows of evidence: which rung is crossed, how rare that is, and what else was true."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from maillon.facts.account import HOME, NEW
from maillon.facts.evidence import Kind, Sign
from maillon.jit import njit
from maillon.score.kinds import burst, day, listed, origin, replay, strange, walk, window
from maillon.score.login import TOLD_FROM
from maillon.score.prior import is_standing, passed_likelier
from maillon.score.rungs import log10_p, passed
from maillon.score.volume import UNIT
from maillon.score.weight import LISTED_A_PAGE, accounts_on
from maillon.score.whole import whole

_DAY = int(Kind.DAY)
_BURST = int(Kind.BURST)
_ORIGIN = int(Kind.ORIGIN)
_LISTED = int(Kind.LISTED)
_STRANGE = int(Kind.STRANGE)
_WALK = int(Kind.WALK)
_WINDOW = int(Kind.WINDOW)
_REPLAY = int(Kind.REPLAY)
_SHORT = int(Sign.SHORT_HISTORY)
_DORMANT = int(Sign.DORMANT)
_MISSES = int(Sign.MISSES)
_NO_CARE = int(Sign.NO_CARE)
_ODD = int(Sign.ODD_HOURS)
_FAST = int(Sign.FAST)
_SEQUENCE = int(Sign.SEQUENCE)
_LOGIN = int(Sign.LOGIN)
_NO_COLLEAGUE = int(Sign.NO_COLLEAGUE)

SHORT_DAYS = 10
DORMANT_DAYS = 30


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
    if record["in_row"] >= 10 and 4 * record["in_row"] >= new:
        signs |= _SEQUENCE
    if record["up"] > 0.0 and new >= 10 and 10 * record["today"][HOME] <= new:
        signs |= _NO_COLLEAGUE
    if record["login_surprise"] >= TOLD_FROM:
        signs |= _LOGIN
    return signs


@njit
def _write(
    row: np.void, record: np.void, sealed: np.void, kind: int, rung: int, alone: int, at: int, zone: int
) -> None:
    """Fill one row of EVIDENCE from the counters of the open day."""
    stratum = whole(record["stratum"])
    young = kind == _ORIGIN or kind == _REPLAY  # noqa: PLR1714 - compiled code is slow to build tuples
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
    row["rung_alone"] = alone
    row["prior"] = 0.0
    row["prior_why"] = 0
    if is_standing(record, at):
        row["prior"] = record["prior"]
        row["prior_why"] = record["prior_why"]
    row["kind"] = kind
    row["calibration"] = sealed["borrowed"][stratum, kind, rung - 1]
    row["stratum"] = stratum
    row["home"] = record["home"]
    row["signs"] = _signs(record)
    row["score"] = score
    row["threshold"] = sealed["thresholds"][stratum, kind, rung - 1] / UNIT
    row["log10_p"] = log10_p(sealed["levels"][stratum, kind], score)
    row["since"] = record["young_since"] if young else record["since"]
    row["patients_new"] = record["young_patients"] if young else whole(record["today"][NEW])
    row["patients"] = record["patients"]
    row["usual"] = record["expected"][kind] * LISTED_A_PAGE if kind == _LISTED else record["expected"][NEW]
    row["weight"] = record["today"][kind] + (record["window"] if kind == _WINDOW else 0.0)
    row["unexplained"] = whole(record["today"][_WINDOW])
    row["in_row"] = record["in_row"]
    row["fast"] = record["fast"]
    row["odd"] = record["odd"]
    row["misses"] = record["misses"]
    row["listed"] = record["listed"]
    row["login_surprise"] = record["login_surprise"]
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
    written = _raise(record, sealed, _DAY, day.score(record), at, zone, out, written)
    written = _raise(record, sealed, _BURST, burst.score(record), at, zone, out, written)
    written = _raise(record, sealed, _ORIGIN, origin.score(record), at, zone, out, written)
    written = _raise(record, sealed, _LISTED, listed.score(record), at, zone, out, written)
    written = _raise(record, sealed, _STRANGE, strange.score(record), at, zone, out, written)
    written = _raise(record, sealed, _WINDOW, window.score(record), at, zone, out, written)
    written = _raise(record, sealed, _WALK, walk.score(record), at, zone, out, written)
    return _raise(record, sealed, _REPLAY, replay.score(record), at, zone, out, written)


@njit
def _raise(
    record: np.void, sealed: np.void, kind: int, score: int, at: int, zone: int, out: NDArray[Any], written: int
) -> int:
    """Raise one score; where that crosses a rung, write a row. Return how many rows are filled."""
    before = record["scores"][kind]
    if score <= before:
        return written
    record["scores"][kind] = score
    thresholds = sealed["thresholds"][whole(record["stratum"]), kind]
    rung = whole(record["rungs"][kind])
    reached = passed(thresholds, score, rung)
    alone = reached
    crossed = reached > rung
    if record["prior"] > 0.0:
        alone = passed(thresholds, score, 0)
        if is_standing(record, at):
            levels = sealed["levels"][whole(record["stratum"]), kind]
            reached = passed_likelier(thresholds, levels, score, reached, record["prior"])
        crossed = reached > rung or alone > passed(thresholds, before, 0)
    if not crossed:
        return written
    record["rungs"][kind] = reached
    _write(out[written], record, sealed, kind, reached, alone, at, zone)
    return written + 1
