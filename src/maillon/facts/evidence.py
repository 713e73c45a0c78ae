"""What scoring found: a row of counters, written only where an account crosses a rung of the ladder."""

from __future__ import annotations

from enum import IntEnum, IntFlag

import numpy as np


class Rung(IntEnum):
    """One degree of the ladder, by how rare the evidence is against the alarm budget."""

    OBSERVE = 0
    STEP_UP = 1
    PACE = 2
    CONTAIN = 3


class Kind(IntEnum):
    """A kind of evidence. Each has a p-value of its own and its share of the alarm budget."""

    DAY = 0  # new patients of a day against the account's own past and its peers
    BURST = 1  # new patients faster than usual
    ORIGIN = 2  # new patients read from a young network or client
    LISTED = 3  # patients listed by pages, searches and exports
    STRANGE = 4  # new patients of a session whom no colleague ever read, given how many are usual
    WINDOW = 5  # such patients over some weeks
    WALK = 6  # identifiers in order, identifiers that do not exist
    REPLAY = 7  # new patients read from a young origin in a session that belongs elsewhere


class Calibration(IntEnum):
    """Where the threshold comes from: the site's own history, or the reference pool that ships with Maillon."""

    OWN = 0
    BORROWED = 1


class Sign(IntFlag):
    """What else was true when the rung was crossed; each is a reason with a sentence of its own."""

    NEW_NETWORK = 1
    NEW_DEVICE = 2
    ODD_HOURS = 4
    SEQUENCE = 8  # identifiers in order or with a constant stride
    FAST = 16  # gaps under four seconds
    SHORT_HISTORY = 32  # fewer than ten days of the account's own past
    DORMANT = 64  # it wakes after thirty days or more
    MISSES = 128  # many identifiers that do not exist
    NO_CARE = 256  # new patients without any care act
    NO_COLLEAGUE = 512  # hardly any new patient was ever read by a colleague
    LOGIN = 1024  # a log-in of the day was much likelier to be anybody's than the account's


EVIDENCE = np.dtype(
    [
        ("at", "<i8"),  # of the event that crossed the rung
        ("zone", "<i4"),
        ("day", "<i4"),  # local day, days since 1970-01-01
        ("account", "<u8"),
        ("session", "<u8"),
        ("network", "<u8"),
        ("device", "<u8"),
        ("rung", "u1"),
        ("rung_alone", "u1"),  # what it would be without a prior
        ("prior", "<f4"),  # decades that a leak makes the evidence count more, 0 = none
        ("prior_why", "u1"),
        ("kind", "u1"),
        ("calibration", "u1"),
        ("stratum", "u1"),
        ("home", "<u2"),  # community of the account, 0 = none yet
        ("signs", "<u4"),
        ("score", "<f8"),
        ("threshold", "<f8"),
        ("log10_p", "<f8"),
        ("since", "<i8"),  # first new patient of this day (DAY, BURST) or first access from this origin (ORIGIN)
        # Never seen before by this account, this day (ORIGIN, REPLAY: from young origins, over the days that add up).
        ("patients_new", "<i4"),
        ("patients", "<i4"),  # distinct patients of the day, counted as reads of patients
        ("usual", "<f8"),  # what the baseline expects of a day, in patients never seen before
        ("weight", "<f8"),  # the day's weighted sum
        ("unexplained", "<i4"),  # of them, those whom no colleague read before
        ("in_row", "<i4"),  # accesses that continue an identifier order, this day
        ("fast", "<i4"),  # accesses under four seconds after the one before, this day
        ("odd", "<i4"),  # accesses outside the account's usual hours, this day
        ("misses", "<i4"),
        ("listed", "<i4"),
        ("login_surprise", "<f8"),  # likelihood ratio of the day's least likely log-in, in powers of ten
        ("care", "<i4"),  # care acts and updates of the day
        ("active_days", "<i4"),  # of the account, before this day
        ("idle_days", "<i4"),  # since its last active day
        ("network_accounts", "<i4"),  # accounts that the last seal knew on this network
        ("device_accounts", "<i4"),
    ]
)
