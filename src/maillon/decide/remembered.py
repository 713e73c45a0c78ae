"""What is remembered of one account's orders, and which of them nobody took back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from maillon.decide.verdicts import word
from maillon.facts.break_glass import BreakGlass, Opened, Review, SteppedUp
from maillon.facts.event import Action
from maillon.facts.hand import HandOrder
from maillon.facts.leak import Prior
from maillon.facts.order import Order, Receipt
from maillon.facts.response import ResponsePolicy
from maillon.facts.verdict import Verdict

Fact = Order | Receipt | Verdict | HandOrder | BreakGlass | Opened | Review | SteppedUp | Prior

STEP_UPS = 8
REFUSED = 64
"""What is kept of an account's stronger log-ins (the last), and of what was refused under one passage (the first)."""

LISTS = frozenset((Action.LIST, Action.SEARCH))
"""What shows several patients: it has its own count."""

_Key = tuple[int, int, int]


@dataclass
class Remembered:
    """The facts about one account, each under its name: taking one twice changes nothing."""

    orders: dict[str, Order] = field(default_factory=dict)
    receipts: dict[tuple[str, str], Receipt] = field(default_factory=dict)
    verdicts: dict[str, Verdict] = field(default_factory=dict)
    hands: dict[str, HandOrder] = field(default_factory=dict)
    glasses: dict[str, BreakGlass] = field(default_factory=dict)
    reviews: dict[str, Review] = field(default_factory=dict)
    opened: dict[str, dict[_Key, Opened]] = field(default_factory=dict)  # by what it was let through under
    refused: dict[str, dict[_Key, Opened]] = field(default_factory=dict)
    stepped_up: list[SteppedUp] = field(default_factory=list)
    priors: dict[str, Prior] = field(default_factory=dict)

    def facts(self) -> Iterator[Fact]:
        """Yield everything that is remembered."""
        yield from self.orders.values()
        yield from self.receipts.values()
        yield from self.verdicts.values()
        yield from self.hands.values()
        yield from self.glasses.values()
        yield from self.reviews.values()
        yield from self.stepped_up
        yield from self.priors.values()
        for tables in (self.opened, self.refused):
            for table in tables.values():
                yield from table.values()

    def take(self, fact: Fact) -> None:
        """Take one fact, whatever came before it."""
        match fact:
            case Order():
                self.orders[fact.id] = fact
            case Receipt():
                key = (fact.order, fact.responder)
                self.receipts[key] = max(self.receipts.get(key, fact), fact, key=latest)
            case Verdict():
                self.verdicts[fact.id] = fact
            case HandOrder():
                self.hands[fact.id] = fact
            case BreakGlass():
                self.glasses[fact.id] = fact
            case Review():
                self.reviews[fact.id] = fact
            case Prior():
                self.priors[fact.id] = fact
            case SteppedUp():
                newest = sorted({*self.stepped_up, fact}, key=lambda one: (one.at, one.session, one.acr))
                self.stepped_up = newest[-STEP_UPS:]
            case Opened():
                self._open(fact)

    def still(self, at: int, policy: ResponsePolicy) -> list[Order]:
        """Return the orders up to `at` that nobody took back, the oldest first, lapsed ones too.

        One that people confirmed before it lapsed lapses no more.
        """
        released = max((one.at for one in self.orders.values() if one.action == "release" and one.at <= at), default=-1)
        given = self.verdicts.values()
        found = []
        for order in sorted(self.orders.values(), key=moment):
            if order.action == "release" or not released < order.at <= at:
                continue
            last = word(order, given, at, policy) if given else ""
            if last == "legitimate":
                continue
            confirmed = last == "theft" and word(order, given, min(at, order.until - 1), policy) == "theft"
            found.append(replace(order, until=0) if confirmed else order)
        return found

    def standing(self, at: int, policy: ResponsePolicy) -> list[Order]:
        """Return the orders in force at `at`, the oldest first."""
        return [one for one in self.still(at, policy) if one.until == 0 or at < one.until]

    def _open(self, fact: Opened) -> None:
        table = (self.refused if fact.refused else self.opened).setdefault(fact.under, {})
        named = fact.patient != 0
        # A page that names no patient counts each time it is let through; a patient counts once.
        kind = fact.action if fact.refused else fact.action in LISTS
        key = (fact.patient, int(kind), 0 if named or fact.refused else fact.at)
        table[key] = min(table.get(key, fact), fact, key=opening)
        if fact.refused and len(table) > REFUSED:
            table.pop(max(table, key=lambda one: opening(table[one])))


def moment(one: Order | HandOrder | BreakGlass | Review | Prior) -> tuple[int, str]:
    """Order facts by their moment, those of one instant by their names."""
    return one.at, one.id


def latest(one: Receipt) -> tuple[int, str, str, str]:
    """Order receipts of one order by their moment."""
    return one.at, one.outcome, one.detail, one.undo


def opening(one: Opened) -> tuple[int, int, int]:
    """Order what was opened by its moment."""
    return one.at, one.patient, one.action
