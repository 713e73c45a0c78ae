"""What is in force about every account: a fold of orders, receipts, verdicts and emergency passages.

It keeps the facts themselves and draws every answer from them, so that taking one twice changes nothing and the order
of taking does not matter. Time looks only back: a fact later than the request's moment says nothing of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

import msgspec

from maillon.decide import verdicts
from maillon.decide.judge import ALLOW, Request, judge
from maillon.decide.remembered import Fact, Remembered, latest, moment, opening
from maillon.facts.answer import Answer
from maillon.facts.break_glass import BreakGlass, Opened, Review, SteppedUp
from maillon.facts.hand import HandOrder
from maillon.facts.leak import Prior
from maillon.facts.order import Order, Receipt
from maillon.facts.response import ResponsePolicy
from maillon.facts.verdict import Held, Verdict

KINDS: dict[str, type[Any]] = {
    "order": Order,
    "receipt": Receipt,
    "verdict": Verdict,
    "hand": HandOrder,
    "break_glass": BreakGlass,
    "opened": Opened,
    "review": Review,
    "stepped_up": SteppedUp,
    "prior": Prior,
}
"""The ledger's kinds of entries that this fold takes."""

_DAY_US = 86_400_000_000
_KEPT_US = 30 * _DAY_US
"""A fact is kept this long after it lapsed: sessions that it ended stay dead, and people still ask about it."""


class InForce:
    """Everything in force. Its memory is plain JSON."""

    def __init__(self, policy: ResponsePolicy, memory: dict[str, Any] | None = None) -> None:
        self.policy = policy
        self._accounts: dict[int, Remembered] = {}
        for kind, plain in (memory or {}).items():
            for one in plain:
                self.take(msgspec.convert(one, KINDS[kind]))

    def memory(self) -> dict[str, Any]:
        """Return what must survive a restart, always written the same way."""
        found: dict[str, dict[bytes, Any]] = {kind: {} for kind in KINDS}
        for account in self._accounts.values():
            for fact in account.facts():
                plain = msgspec.to_builtins(fact)
                found[kind_of(fact)][msgspec.json.encode(plain, order="sorted")] = plain
        return {kind: [plain for _, plain in sorted(facts.items())] for kind, facts in found.items()}

    def take(self, fact: Fact) -> None:
        """Take one fact. One that was taken already changes nothing."""
        acr = self.policy.step_up_acr
        if isinstance(fact, SteppedUp) and acr and fact.acr not in acr:
            return
        for account in fact.accounts if isinstance(fact, Verdict) else (fact.account_hash,):
            self._accounts.setdefault(account, Remembered()).take(fact)

    def stepped_up(self, account_hash: int, at: int, acr: str, session: int = 0) -> None:
        """Take a log-in; it satisfies the step-ups older than it where `acr` is one that the policy names."""
        self.take(SteppedUp(account_hash, at, acr, session))

    def answer(
        self,
        account_hash: int,
        patient_hash: int,
        action: int,
        at: int,
        known: bool,
        *,
        session: int = 0,
        session_since: int = 0,
    ) -> Answer:
        """Return the verdict on one request. It changes nothing: hand what `opened_by` returns of it to `take`.

        `patient_hash` 0 = the request names no patient; `known` = the account's own patient; `session_since` = when
        the session began (0 = not told).
        """
        account = self._accounts.get(account_hash)
        if account is None:
            return ALLOW
        verdict = judge(account, Request(patient_hash, action, at, known, session, session_since), self.policy)
        if self.policy.enforce or verdict.verdict == "allow":
            return verdict
        return replace(verdict, verdict="allow", would=verdict.verdict)

    def standing(self, account_hash: int, at: int) -> list[Order]:
        """Return the orders in force about one account at a moment, the oldest first."""
        account = self._accounts.get(account_hash)
        return account.standing(at, self.policy) if account else []

    def free(self, account_hash: int, at: int) -> bool:
        """Tell whether nothing at all is in force about an account: whatever it asks is allowed.

        Not so where an order has lapsed, but sessions that it ended stay dead.
        """
        account = self._accounts.get(account_hash)
        return account is None or not account.still(at, self.policy)

    def everywhere(self, at: int) -> list[Order]:
        """Return all orders in force at a moment, the oldest first."""
        found = (one for account in self._accounts.values() for one in account.standing(at, self.policy))
        return sorted(found, key=moment)

    def orders(self, account_hash: int | None = None) -> list[Order]:
        """Return every order that is remembered of one account, or of all, the oldest first."""
        return sorted((one for account in self._chosen(account_hash) for one in account.orders.values()), key=moment)

    def hands(self, account_hash: int) -> list[HandOrder]:
        """Return what people ordered by hand about an account, the oldest first."""
        return sorted((one for account in self._chosen(account_hash) for one in account.hands.values()), key=moment)

    def glasses(self, account_hash: int | None = None) -> list[BreakGlass]:
        """Return the emergency passages of one account, or of all, the oldest first."""
        return sorted((one for account in self._chosen(account_hash) for one in account.glasses.values()), key=moment)

    def opened(self, glass: BreakGlass) -> list[Opened]:
        """Return what was let through under a passage: the first request of each patient, and each search."""
        return sorted(self._of(glass).opened.get(glass.id, {}).values(), key=opening)

    def refused(self, glass: BreakGlass) -> list[Opened]:
        """Return what was tried under a passage beyond its limits (the first 64)."""
        return sorted(self._of(glass).refused.get(glass.id, {}).values(), key=opening)

    def reviews(self, glass: BreakGlass) -> list[Review]:
        """Return what people said of a passage, the oldest first."""
        return sorted((one for one in self._of(glass).reviews.values() if one.of == glass.id), key=moment)

    def facts(self) -> Iterator[Fact]:
        """Yield everything that is remembered; a verdict about several accounts comes once for each."""
        for account in self._accounts.values():
            yield from account.facts()

    def verdicts(self) -> list[Verdict]:
        """Return what people said, the oldest word first."""
        found = {one.id: one for account in self._accounts.values() for one in account.verdicts.values()}
        return sorted(found.values(), key=lambda one: (one.at, one.id))

    def priors(self) -> list[Prior]:
        """Return what leaks told of accounts, the oldest first: of one account the last word counts."""
        found = (one for account in self._accounts.values() for one in account.priors.values())
        return sorted(found, key=moment)

    def held(self, evidence: Held, at: int) -> bool:
        """Tell whether a verdict `legitimate` holds back what such evidence would call for at `at`."""
        account = self._accounts.get(evidence.account_hash)
        return account is not None and verdicts.held(evidence, at, account.verdicts.values(), self.policy)

    def agreed(self, verdict: Verdict) -> bool:
        """Tell whether a verdict `legitimate`, taken already, counts: then it teaches, and the ladder begins anew."""
        others = [one for hash_ in verdict.accounts for one in self._accounts[hash_].verdicts.values()]
        return verdicts.agreed(verdict, others, self.policy)

    def unanswered(self, responder: str, at: int) -> list[Order]:
        """Return what `responder` has still to do: orders for it that stand, and releases, that it has not yet done."""
        due = []
        for account in self._accounts.values():
            releases = [one for one in account.orders.values() if one.action == "release" and one.at <= at]
            for order in [*account.standing(at, self.policy), *releases]:
                receipt = account.receipts.get((order.id, responder))
                finished = receipt is not None and receipt.outcome in ("done", "dry_run")
                if order.responder in ("", responder) and not finished:
                    due.append(order)
        return sorted(due, key=moment)

    def undo(self, account_hash: int | None, responder: str, at: int) -> list[Receipt]:
        """Return the receipts with an undo token that `responder` gave for orders that are over at `at`.

        Orders are over when they lapse, and when a release or a verdict lifts them. Of one account, or of all.
        """
        over = []
        for account in self._chosen(account_hash):
            given = [one for one in account.receipts.values() if one.undo and one.outcome != "dry_run"]
            alive = {one.id for one in account.standing(at, self.policy)} if given else set()
            over += [one for one in given if one.responder == responder and one.order not in alive and one.at <= at]
        return sorted(over, key=latest)

    def forget(self, at: int) -> None:
        """Let go of what lapsed more than thirty days before `at`: no answer at `at` or later rests on it."""
        for hash_, account in list(self._accounts.items()):
            alive = [one for one in account.still(at, self.policy) if one.until == 0 or at < one.until + _KEPT_US]
            kept = Remembered()
            for fact in account.facts():
                if alive or not _old(fact, at):
                    kept.take(fact)
            if any(True for _ in kept.facts()):
                self._accounts[hash_] = kept
            else:
                del self._accounts[hash_]

    def _of(self, glass: BreakGlass) -> Remembered:
        return self._accounts.get(glass.account_hash, Remembered())

    def _chosen(self, account_hash: int | None) -> Iterable[Remembered]:
        if account_hash is None:
            return self._accounts.values()
        account = self._accounts.get(account_hash)
        return [account] if account else []


def kind_of(fact: Fact) -> str:
    """Return the kind of ledger entry that a fact is."""
    return next(kind for kind, type_ in KINDS.items() if isinstance(fact, type_))


def opened_by(answer: Answer, account_hash: int, patient_hash: int, action: int, at: int) -> Opened | None:
    """Return what a request leaves behind for `InForce.take`; None where it counts under nothing."""
    if not answer.under:
        return None
    return Opened(account_hash, at, answer.under, patient_hash, action, (answer.would or answer.verdict) != "allow")


def _old(fact: Fact, at: int) -> bool:
    """Tell whether a fact of an account without any order alive is older than anybody asks about."""
    if isinstance(fact, SteppedUp):
        return fact.at < at - _DAY_US
    return (fact.until if isinstance(fact, Verdict | Prior) else fact.at) < at - _KEPT_US
