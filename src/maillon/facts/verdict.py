"""What a person said of a decision, an incident or an account: its owner's own work, or a theft."""

from __future__ import annotations

from dataclasses import dataclass

WORDS = ("legitimate", "theft")


@dataclass(frozen=True)
class Held:
    """One kind of evidence from one origin that a verdict speaks of. `network` and `device` 0 = any."""

    account_hash: int
    kind: str
    network: int
    device: int


@dataclass(frozen=True)
class Verdict:
    """A person's word. `decisions` and `holds` are what it speaks of, resolved when it was given.

    `legitimate` lifts the orders of its decisions and holds back new ones of the same kind and origin until `until`;
    `theft` confirms them: they no longer lapse. Above a number of patients `legitimate` needs two persons: a `second`,
    or another verdict `of` the same by somebody else.
    """

    id: str
    at: int  # event time at which it was admitted
    of: str  # the incident, decision or account, as the person named it
    word: str  # one of WORDS
    who: str
    why: str
    until: int
    second: str = ""
    said: int = 0  # when the person said it, by the clock
    patients: int = 0  # how many it speaks of, at most, when it was given
    accounts: tuple[int, ...] = ()
    decisions: tuple[str, ...] = ()  # empty = every order about its accounts
    holds: tuple[Held, ...] = ()
