"""The account record: all that is remembered of one account, in one fixed number of bytes.

What is bounded answers on the safe side when it is full: a forgotten patient is *new*, a forgotten origin *young*, a
forgotten session begins again.
"""

from __future__ import annotations

import numpy as np

from maillon.facts.evidence import Kind

KINDS = len(Kind)

NEW, HOME = KINDS, KINDS + 1
"""Indices of the plain counts of new patients, and of those of them whom colleagues read before, after the kinds,
wherever a value per kind is kept or learnt."""

SERIES = KINDS + 2

SETS = 128
WAYS = 8
"""Patients already seen: 128 sets of 8 fingerprints, the least recently seen leaves its set.

A fingerprint has 15 bits (a sixteenth tells whether the patient was ever read from an old origin), so a patient never
seen passes for known with probability 8/32767 = 2.4e-4 at most, and nobody can choose which: patients come as keyed
hashes.
"""

ORIGINS = 16
SESSIONS = 4
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
        ("service", "u1"),  # closed days on which it behaved like a program, from its first on; 255 = it stopped
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
        ("in_row", "<i4"),
        ("listed", "<i4"),
        ("care", "<i4"),
        ("young_patients", "<i4"),
        ("settled", "<f8"),  # the day's new patients read from where the account is at home
        ("login_surprise", "<f4"),  # of the day's log-ins, the greatest, in powers of ten
        ("hours_today", "<i4"),  # bit h = active in local hour h
        # what adds up over days, fading, until something explains it
        ("young", "<f8"),  # read from young origins
        ("replayed", "<f8"),  # read from young origins in sessions that moved there
        ("walked", "<f8"),  # identifiers in order, identifiers that do not exist
        ("window", "<f8"),  # new patients whom no colleague read, before the open day
        ("window_expected", "<f8"),
        # territory
        ("home", "<u2"),  # community of the open day, 0 = none yet
        ("up", "<f8"),  # nats that an unexplained new patient adds to a session's CUSUM, on the open day
        ("down", "<f8"),  # nats that an explained one takes away
        # pace
        ("last_at", "<i8"),  # last access to a patient
        ("last_patient", "<u8"),
        ("other_at", "<i8"),  # last access to another patient than `last_patient`
        ("last_near", "<u8"),  # neighbourhood of the last new identifier
        ("run", "<i4"),  # new identifiers in a row, each near the one before
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
        ("prior", "<f4"),  # decades that its evidence counts more since a leak named it; 0 = none did
        ("prior_until", "<i8"),
        ("prior_why", "u1"),  # one of Why (facts/leak.py)
        ("active_days", "<i4"),  # before the open day
        ("woken", "<i4"),  # the day on which it last woke after a long sleep; 0 = never
        ("idle_days", "<i4"),  # between the open day and the one before
        ("learnt", "<f8", SERIES),  # discounted sums of daily values older than the lag
        ("learnt_days", "<f8"),  # the same discounted count of days
        ("recent_day", "<i4", RECENT),
        ("recent", "<f4", (RECENT, SERIES)),
        ("recent_first", "<i4"),
        ("recent_count", "<i4"),
        ("hours", "u1", 24),  # active days by local hour, halved together when one is full
        ("hours_days", "u1"),
        # sessions, the least recently used makes room
        ("session_key", "<u8", SESSIONS),
        ("session_at", "<i8", SESSIONS),  # last access
        ("session_origin", "u1", SESSIONS),  # place of its last origin
        ("session_moved", "u1", SESSIONS),  # it has changed its origin
        ("session_strange", "<f8", SESSIONS),  # CUSUM, in nats
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
