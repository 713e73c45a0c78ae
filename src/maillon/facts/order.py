"""What is asked of the outside: an order for responders, and the receipt that tells what became of it.

An order is a value: it is idempotent by its `id`, it lapses, and it can be undone by a later order `release`.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from maillon.facts.decision import Reason

ORDERS = ("observe", "step_up", "pace", "end_sessions", "suspend", "release")
"""What can be ordered, by degrees; `release` takes back all that was ordered about an account up to its moment."""

OUTCOMES = ("done", "refused", "timeout", "partial", "dry_run")


@dataclass(frozen=True)
class Text:
    """One sentence in both languages."""

    fr: str = ""
    en: str = ""


@dataclass(frozen=True)
class Order:
    """One order about one account. `id` is a hash of what it orders, so that doing it twice is doing it once."""

    id: str
    decision: str  # the decision, or the order by hand, that it comes from
    at: int  # microseconds since 1970 UTC
    account: str  # the name that the operator reads
    account_hash: int
    session: int  # the session that crossed the rung; 0 = not known: every session
    action: str  # one of ORDERS
    until: int = 0  # it lapses then, in microseconds; 0 = only a release ends it
    responder: str = ""  # the one that it is for; "" = all
    reasons: tuple[Reason, ...] = ()
    who: str = "maillon"  # a person's name, or "maillon" where scoring decided
    why: str = ""  # a person's words
    remains: Text = field(default_factory=Text)  # the passage that remains to a suspended carer
    incident: str = ""
    alarm: str = ""  # "cap_group" | "cap_whole" | "emergency": less was ordered than scoring asked; tell people loudly
    since: int = 0  # when the suspicion began: credentials enrolled from then on are not trusted; 0 = not known
    address: str = ""  # the one address or network that only the suspicion used, where it is known to be so


@dataclass(frozen=True)
class Receipt:
    """What one responder says of one order. `undo` is what it needs to take it back."""

    order: str
    account_hash: int
    responder: str
    at: int
    outcome: str  # one of OUTCOMES
    detail: str = ""
    undo: str = ""
