"""What stolen credentials tell of accounts: no password and no cookie, only that there was one, of whom and where."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum

NATURES = ("stealer", "ulp", "combolist")
"""From the log of a thief's program on somebody's device; a line `url:login:password`; a line `login:password`."""


@dataclass(frozen=True)
class Leak:
    """One account in one leak, and no secret of it. Moments are µs since 1970 UTC.

    `digest` is keyed: the same account, host and password in another list give the same one, and without the key
    nothing of them can be tried.
    """

    digest: str
    account: str  # "" = an infected device with sessions of the service, whose person is not known
    account_hash: int  # as events carry it; 0 = not known
    source: str  # the file, and the member of the archive after "!"
    nature: str  # one of NATURES
    matched: str  # "email" | "rpps" | "login" | "device"
    seen: int  # of the infection where the thief's program wrote it, else of the file
    dated: str  # what `seen` is: "infection" | "file"
    own_service: bool  # the password, or a cookie, is one of the service itself
    host: str  # the service's host; "" where it is somebody else's
    family: str = ""  # of the stealer, where its banner or its layout tells
    cookies: int = 0  # of the service, on the same device
    certain: bool = True  # false: the line can be cut in several ways, and this one names the account
    pwned: int = -1  # how often a range service has met the password; -1 = not asked


@dataclass
class LeakCounts:
    """What was read, and what was left aside: nothing vanishes."""

    files: int = 0
    members: int = 0
    lines: int = 0
    candidates: int = 0  # lines that could name an account or the service
    unknown: int = 0  # credentials of the service under a login that the accounts do not hold
    repeated: int = 0  # hits told before
    devices: int = 0  # folders of a stealer
    aside: dict[str, int] = field(default_factory=dict)  # reason -> how many

    def leave(self, reason: str, count: int = 1) -> None:
        """Count what was left aside."""
        if count:
            self.aside[reason] = self.aside.get(reason, 0) + count


@dataclass(frozen=True)
class LeakAccount:
    """One account as leaks may name it: lower-case e-mail addresses, RPPS numbers and logins."""

    account: str
    emails: tuple[str, ...] = ()
    rpps: tuple[str, ...] = ()
    logins: tuple[str, ...] = ()


class Why(IntEnum):
    """What a leak gave away, the gravest first; explain/priors.py has the words."""

    STEALER = 1  # an infected device: an access to the service
    DEVICE = 2  # an infected device: passwords of the person
    PASSWORD = 3  # a password of the service
    REUSE = 4  # a password of the person, taken elsewhere


@dataclass(frozen=True)
class Prior:
    """How much likelier a theft of one account is than before, and why. Told to a state, its scoring learns it.

    `decades` is by how many powers of ten less rare the account's evidence may be for the same step; 0 ends a prior.
    A later one of the same account stands in place of the one before.
    """

    account: str
    account_hash: int
    factor: float
    until: int  # µs; it holds until then
    why: int  # one of Why
    decades: float = 0.0
    id: str = ""
    at: int = 0  # event time at which it was admitted
    said: int = 0  # when it was told, by the clock
