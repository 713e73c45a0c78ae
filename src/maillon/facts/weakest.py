"""What an account's theft would cost, how likely it is, and the cheapest mend."""

from __future__ import annotations

from dataclasses import dataclass

MENDS = ("close", "reset", "bind", "export_off", "client", "strong", "own_accounts")
"""What can be done about an account, the cheapest first: close it, reset its password on a clean device, accept a
program from its own addresses only, take exports away, renew its client, ask for a strong log-in, give each person
behind it an account of their own."""


@dataclass(frozen=True)
class Trait:
    """What the logs, the directory and the ledger tell of one account."""

    account: str
    account_hash: int
    facility: str = ""
    role: str = ""
    home: int = 0  # community of its home network, 0 = none
    patients: int = 0  # distinct patients it read
    exports: int = 0  # exports it made
    export_rows: int = 0  # rows of its largest export
    first: int = 0  # first and last access, µs
    last: int = 0
    active_days: int = 0
    strong: bool | None = None  # its last known log-in was a strong one; None = no log tells
    leak: float = 1.0  # how much likelier leaks make its theft (ahead/prior.py), 1 = none names it
    dormant: bool = False
    shared: bool = False
    old_client: bool = False
    program: bool = False  # it behaves like a program, or the directory says so


@dataclass(frozen=True)
class Loss:
    """Identities that one theft costs, until each rung stops it; means over thieves."""

    reach: int = 0  # patients within reach
    free: float = 0.0  # if nothing stopped the thief
    contained: float = 0.0  # until containment
    asked: float = 0.0  # until a stronger log-in is asked for


@dataclass(frozen=True)
class Weak:
    """One account in the ranking. `risk` = identities until containment × `likely`."""

    trait: Trait
    loss: Loss
    likely: float  # how much likelier a theft is than an ordinary account's
    reasons: tuple[str, ...]  # codes: "leaked" and those of LIKELY in ahead/weakest.py
    risk: float
    mend: str  # one of MENDS
    after: float  # the risk that remains after it


@dataclass(frozen=True)
class Weakest:
    """The ranking, the weakest first, and its curve."""

    ranked: tuple[Weak, ...]
    curve: tuple[tuple[int, float], ...]  # accounts mended → risk that remains, identities
    at: int  # the moment of event time up to which the logs tell, µs
    zone: int
