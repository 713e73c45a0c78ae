"""The account record: all that is remembered of one account, in one fixed number of bytes.

What is bounded answers on the safe side when it is full: a forgotten patient is *new*, a forgotten origin *young*, a
half-weight that finds no room counts at once.
"""

from __future__ import annotations

import numpy as np

from maillon.facts.evidence import Kind

KINDS = len(Kind)

NEW = KINDS
"""Index of the plain count of new patients, after the kinds, wherever a value per kind is kept or learnt."""

SERIES = KINDS + 1

SETS = 128
WAYS = 8
"""Patients already seen: 128 sets of 8 fingerprints, the least recently seen leaves its set.

A fingerprint has 15 bits (a sixteenth tells whether the patient was ever read from an old origin), so a patient never
seen passes for known with probability 8/32767 = 2.4e-4 at most, and nobody can choose which: patients come as keyed
hashes.
"""

ORIGINS = 16
PARKED = 16
RECENT = 12
"""Closed days that wait for the ten-day lag: at most ten of them have room to wait."""

NEVER = -(1 << 30)
"""A day before all days."""

ACCOUNT = np.dtype(
    [
        ("account", "<u8"),
        # the open day
        ("day", "<i4"),  # local day, days since 1970-01-01; NEVER = none yet
        ("open", "u1"),
        ("stratum", "u1"),
        ("signs", "<u2"),  # bits of Sign that the day's new patients showed
        ("today", "<f8", SERIES),  # what each kind counts, and new patients
        ("expected", "<f8", SERIES),
        ("scores", "<i4", KINDS),  # in 1/1024, running maximum of the day
        ("rungs", "u1", KINDS),
        ("since", "<i8"),  # first new patient of the day
        ("patients", "<i4"),
        ("fast", "<i4"),
        ("odd", "<i4"),
        ("misses", "<i4"),
        ("listed", "<i4"),
        ("care", "<i4"),
        ("young_patients", "<i4"),
        ("settled", "<f8"),  # the day's new patients read from where the account is at home
        ("hours_today", "<i4"),  # bit h = active in local hour h
        ("young", "<f8"),  # what young origins have read and nothing explains; fades from day to day
        # pace
        ("last_at", "<i8"),  # last access to a patient
        ("last_patient", "<u8"),
        ("other_at", "<i8"),  # last access to another patient than `last_patient`
        ("bucket", "<f8"),
        ("bucket_at", "<i8"),
        # whence the last new patient, and the last one from a young origin
        ("new_session", "<u8"),
        ("new_network", "<u8"),
        ("new_device", "<u8"),
        ("young_session", "<u8"),
        ("young_network", "<u8"),
        ("young_device", "<u8"),
        ("young_since", "<i8"),
        # the account's own past
        ("active_days", "<i4"),  # before the open day
        ("idle_days", "<i4"),  # between the open day and the one before
        ("learnt", "<f8", SERIES),  # discounted sums of daily values older than the lag
        ("learnt_days", "<f8"),  # the same discounted count of days
        ("recent_day", "<i4", RECENT),
        ("recent", "<f4", (RECENT, SERIES)),
        ("recent_first", "<i4"),
        ("recent_count", "<i4"),
        ("hours", "u1", 24),  # active days by local hour, halved together when one is full
        ("hours_days", "u1"),
        # halves that wait for a care act
        ("parked_first", "u1"),
        ("parked_count", "u1"),
        ("parked_patient", "<u8", PARKED),
        ("parked_due", "<i8", PARKED),
        ("parked_half", "<f4", PARKED),
        ("parked_young", "<f4", PARKED),
        # networks × clients
        ("origin_count", "u1"),
        ("origin_network", "<u8", ORIGINS),
        ("origin_device", "<u8", ORIGINS),
        ("origin_at", "<i8", ORIGINS),  # first access
        ("origin_day", "<i4", ORIGINS),  # the day from which it ages
        ("origin_proved", "<i4", ORIGINS),  # the day on which it proved to be the account's own; NEVER = not yet
        ("origin_returns", "u1", ORIGINS),  # patients of old whom it came back to
        ("origin_last", "<i4", ORIGINS),
        ("origin_days", "<u2", ORIGINS),  # active days, today's included
        ("origin_founding", "u1", ORIGINS),  # there from the account's first days: never young
        ("seen_today", "u1", SETS),  # how many of a set's first entries were seen today
        ("seen", "<u2", (SETS, WAYS)),
    ]
)
