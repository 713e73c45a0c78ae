"""Sessions: which ones an account has open, where each one is used, and how strange what it reads is.

Composition: CUSUM `C ← max(0, C + ℓ)` per session over new patients; `ℓ = ln((1−s)/(1−q))` for one whom no colleague
ever read, `ln(s/q)` for one whom a colleague did, where q is this account's usual share of the latter and s what a
thief would meet by chance (Page, Biometrika 41, 1954). A thief beside the owner has a session of their own.
"""

from __future__ import annotations

import math

import numpy as np

from maillon.facts.account import HOME, NEW, SESSIONS
from maillon.jit import njit
from maillon.score.baseline import FLOOR
from maillon.score.whole import whole

BY_CHANCE = 0.04
SHRUNK = 0.7
"""On a lawful day of much reading the share explained by colleagues is lower than usual."""

AT_LEAST = 0.1
"""An account whose new patients colleagues hardly ever know shows nothing by reading others."""


@njit
def set_rates(record: np.void) -> None:
    """Set what a new patient adds to a session's CUSUM on the open day, and what an explained one takes away."""
    new, home = record["expected"][NEW] - FLOOR, record["expected"][HOME] - FLOOR
    share = SHRUNK * min(home / new, 0.9) if new > 0.0 else 0.0
    if share < AT_LEAST:
        record["up"] = 0.0
        record["down"] = 0.0
    else:
        record["up"] = math.log((1.0 - BY_CHANCE) / (1.0 - share))
        record["down"] = math.log(share / BY_CHANCE)


@njit
def attend(record: np.void, session: np.uint64, origin: int, at: int) -> int:
    """Return the place of a session, noting whence it is used now. One that the log does not name is its origin."""
    key = session if session != np.uint64(0) else np.uint64(origin + 1)
    place = 0
    for slot in range(SESSIONS):
        if record["session_key"][slot] == key:
            place = slot
            break
        if record["session_at"][slot] < record["session_at"][place]:
            place = slot
    if record["session_key"][place] != key:
        record["session_key"][place] = key
        record["session_moved"][place] = 0
        record["session_strange"][place] = 0.0
    elif whole(record["session_origin"][place]) != origin:
        record["session_moved"][place] = 1
    record["session_origin"][place] = origin
    record["session_at"][place] = at
    return place


@njit
def compose(record: np.void, place: int, explained: bool) -> float:
    """Let a new patient move the session's CUSUM; return it."""
    moved = record["session_strange"][place] + (-record["down"] if explained else record["up"])
    record["session_strange"][place] = max(0.0, moved)
    return float(record["session_strange"][place])
