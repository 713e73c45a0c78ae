"""One access as columns of numbers: who, when, from where, did what, to which patient, seeing which fields.

Strings never travel with events. Names are 64-bit keyed hashes (0 = absent); a table beside the events gives back
the names that an operator may read (accounts, networks, clients, routes), never a patient's.
"""

from __future__ import annotations

from enum import IntEnum, IntFlag

import numpy as np


class Action(IntEnum):
    """What was done, whatever the service calls it."""

    OTHER = 0  # a request that says nothing of a patient: a page, a menu, an unknown route
    READ = 1  # one patient's record or identity was shown
    LIST = 2  # a page that lists patients
    SEARCH = 3  # a search that may list patients
    EXPORT = 4  # a file that holds patients
    UPDATE = 5  # the record was changed
    CARE = 6  # a care act: an orientation sent, a message, a prescription
    LOGIN = 7
    LOGOUT = 8
    TAMPER = 9  # the account's own credentials or address were changed
    BREAK_GLASS = 10


class Outcome(IntEnum):
    """How it ended."""

    OK = 0
    REDIRECT = 1
    REFUSED = 2  # 401, 403, a failed log-in
    MISSING = 3  # 404, 410: a guess that missed
    FAILED = 4  # any other 4xx or 5xx


class Flag(IntFlag):
    """What to know of an event besides its values."""

    ACCOUNT_FROM_SESSION = 1  # the log names no account: the session stands for it
    ACCOUNT_FROM_LOGIN = 2  # the account comes from a log-in joined by session
    ACCOUNT_FROM_ADDRESS = 4  # the account comes from a log-in joined by address, client and time
    LATE = 8  # older than the watermark when it was admitted
    LISTED_UNKNOWN = 16  # the answer listed patients whom the log does not name; `listed` is an upper bound


class Field(IntFlag):
    """Identity fields that an answer shows. Names in profiles are these, in lower case."""

    FAMILY_NAME = 1
    GIVEN_NAME = 2
    BIRTH_DATE = 4
    AGE = 8
    SEX = 16
    PHONE = 32
    EMAIL = 64
    ADDRESS = 128
    NIR = 256
    INS = 512
    BIRTH_PLACE = 1024
    CONTACT_PERSON = 2048
    PHOTO = 4096
    MEDICAL = 8192


EVENT = np.dtype(
    [
        ("at", "<i8"),  # microseconds since 1970-01-01 UTC
        ("zone", "<i4"),  # seconds east of UTC, as the source wrote it: the scoring day is local
        ("action", "u1"),
        ("outcome", "u1"),
        ("flags", "<u2"),
        ("fields", "<u4"),  # bits of Field
        ("listed", "<i4"),  # patients listed by the answer besides `patient`; 0 = none
        ("service", "<u8"),
        ("account", "<u8"),
        ("session", "<u8"),
        ("address", "<u8"),  # one client address
        ("network", "<u8"),  # its network: /24, /48, or the autonomous system where a table is given
        ("device", "<u8"),  # the client program, without its version digits
        ("patient", "<u8"),
        ("near", "<u8"),  # where its identifier is a number: two keyed hashes of the neighbourhood; 0 = no number
        ("route", "<u8"),
        ("request", "<u8"),  # the request id, where the source has one
    ]
)

NEIGHBOURS = 64
"""Numbers of a neighbourhood. The upper half of `near` hashes n // 64, the lower half (n + 32) // 64: two numbers at
most 32 apart always share a half, and nothing tells which of two is the greater, nor how far others are."""
