"""The pool: how high scores rose on account-days that are over. Pools of shards add up in any order."""

from __future__ import annotations

import numpy as np

from maillon.facts.account import KINDS, SERIES

STRATA = ("tenure<5", "tenure 5-9", "tenure 10-20", "tenure>20", "dormant", "service")
"""How long an account is known, in active days; whether it slept; whether it behaves like a program."""

NEWCOMER, DORMANT, SERVICE = 0, 4, 5
POOL_DAYS = 30
POOL_SLOTS = POOL_DAYS + 4
"""Days of the window, and those still open behind it."""

BINS = 256
BINS_AN_OCTAVE = 16
"""A score S falls into bin ⌊16·log2(1 + S)⌋, so that 256 bins reach 65,000."""

LARGEST = 400
"""How many of the largest scores are kept exactly: the tail is fitted above them."""

CLOSED = np.dtype(
    [
        ("day", "<i4"),
        ("stratum", "u1"),
        ("alarmed", "u1"),  # step-up or more was crossed: it leaves the tail's fit
        ("scores", "<i4", KINDS),  # in 1/1024
        ("beyond", "u1", KINDS),  # how many of AUDITED its p-value went under
        ("values", "<f4", SERIES),  # what the day teaches (capped)
    ]
)
"""One account-day that is over."""

POOL_DAY = np.dtype(
    [
        ("day", "<i4"),
        ("count", "<i8", len(STRATA)),  # account-days in the histograms
        ("aside", "<i8", len(STRATA)),  # account-days that left the fit
        ("beyond", "<i8", (KINDS, 3)),  # account-days with a p-value under each of AUDITED, alarmed ones left out
        ("beyond_all", "<i8", (KINDS, 3)),  # alarmed ones included
        ("sums", "<f8", SERIES),
        ("histogram", "<u4", (len(STRATA), KINDS, BINS)),
        ("largest", "<i4", (len(STRATA), KINDS, LARGEST)),  # descending, -1 = none
    ]
)

AUDITED = (12, 16, 20)
"""Levels (p = 10^-3, 10^-4, 10^-5) at which what was promised is held against what happened."""

LEVELS = 37
LEVEL_STEP = 0.25
"""Scores are tabulated at p = 10^0, 10^-0.25, … 10^-9."""

POPULAR = 1024

SEALED = np.dtype(
    [
        ("day", "<i4"),  # the local day that it governs
        ("thresholds", "<i4", (len(STRATA), KINDS, 3)),  # in 1/1024, by rung: step-up, pace, contain
        ("borrowed", "u1", (len(STRATA), KINDS, 3)),
        ("levels", "<f8", (len(STRATA), KINDS, LEVELS)),
        ("begun", "<i4"),  # first local day of the log
        ("audit", "<f8", KINDS),  # by how much this kind's budget was divided, 1 = kept
        ("role", "<f8", SERIES),  # means of a day over all accounts
        ("networks", "<u8", POPULAR),  # ascending, unused ones at the end hold the largest number
        ("networks_accounts", "<i4", POPULAR),
        ("devices", "<u8", POPULAR),
        ("devices_accounts", "<i4", POPULAR),
    ]
)
"""What a day's seal gives to the fold."""
