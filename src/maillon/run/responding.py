"""Orders go out to responders, receipts come back: in a thread of its own, again until each is done.

What is in force at the guard's own door needs none of this; a slow identity provider delays nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial

from maillon.decide.in_force import InForce
from maillon.edges.responders.configured import Configured, hand_over, take_back
from maillon.facts.order import Order, Receipt

_AGAIN_S = (5.0, 30.0, 120.0, 600.0)
"""How long to wait after each attempt that was not done; the last goes on until the order is over."""


class Responding:
    """Hands orders over. `give` and `look_again` belong to the guard's thread, and so does `receipt`."""

    def __init__(
        self,
        responders: Sequence[Configured],
        in_force: InForce,
        receipt: Callable[[Receipt], None],
        in_guard: Callable[[Callable[[], None]], None],
        now: Callable[[], int],
    ) -> None:
        """`in_guard` runs something in the guard's thread; `receipt` is called there."""
        self._responders = list(responders)
        self._in_force = in_force
        self._receipt = receipt
        self._in_guard = in_guard
        self._now = now
        self._tried: dict[tuple[str, str], tuple[int, int]] = {}  # (order, responder) → attempts, when the next is due
        self._pool = ThreadPoolExecutor(2, "responders")

    @property
    def responders(self) -> list[Configured]:
        """Return to whom orders go."""
        return self._responders

    def configure(self, responders: Sequence[Configured]) -> None:
        """Hand over to these from now on."""
        self._responders = list(responders)

    def give(self, orders: Sequence[Order]) -> None:
        """Hand over new orders."""
        for order in orders:
            for one in self._responders:
                self._give(order, one)

    def look_again(self) -> None:
        """Hand over what is not done yet, and take back what has lapsed."""
        now = self._now()
        for one in self._responders:
            for order in self._in_force.unanswered(one.responder.name, now):
                self._give(order, one)
        for order in self._in_force.orders():
            if order.until and order.until <= now and order.action != "release":
                self._lapse(order)

    def close(self) -> None:
        """Wait for what is under way."""
        self._pool.shutdown(cancel_futures=True)

    def _give(self, order: Order, to: Configured) -> None:
        if order.responder not in ("", to.responder.name) or not self._due(order, to):
            return
        enforce = self._in_force.policy.enforce
        if order.action == "release":
            receipts = self._done(order, to)
            act = partial(take_back, order, receipts, [to], self._now(), enforce=enforce)
            nothing = Receipt(order.id, order.account_hash, to.responder.name, self._now(), "done", "nothing to do")
            self._pool.submit(self._send, act if receipts else lambda: [nothing])
        elif order.action in to.responder.takes:
            self._pool.submit(self._send, partial(hand_over, order, [to], self._now(), enforce=enforce))

    def _done(self, release: Order, to: Configured) -> list[Receipt]:
        """Return what a responder did for the orders that a release takes back, the oldest first."""
        account = release.account_hash
        over = {one.id for one in self._in_force.orders(account) if one.at < release.at and one.action != "release"}
        receipts = [one for one in self._in_force.facts() if isinstance(one, Receipt) and one.account_hash == account]
        mine = [one for one in receipts if one.order in over and one.responder == to.responder.name]
        return sorted((one for one in mine if one.outcome in ("done", "partial")), key=lambda one: (one.at, one.order))

    def _lapse(self, order: Order) -> None:
        """Undo what responders did for an order that nobody released, and that has come to its end."""
        later = self._in_force.orders(order.account_hash)
        if any(one.action == "release" and one.at >= order.at for one in later):
            return
        over = replace(order, action="release")
        for to in self._responders:
            undone = self._in_force.undo(order.account_hash, to.responder.name, self._now())
            receipts = [one for one in undone if one.order == order.id]
            if receipts and self._due(over, to):
                enforce = self._in_force.policy.enforce
                self._pool.submit(self._send, partial(take_back, over, receipts, [to], self._now(), enforce=enforce))

    def _due(self, order: Order, to: Configured) -> bool:
        key, now = (f"{order.id}:{order.action}", to.responder.name), self._now()
        attempts, due = self._tried.get(key, (0, 0))
        if now < due:
            return False
        wait = _AGAIN_S[min(attempts, len(_AGAIN_S) - 1)]
        self._tried[key] = (attempts + 1, now + int(wait * 1_000_000))
        return True

    def _send(self, act: Callable[[], list[Receipt]]) -> None:
        for receipt in act():
            self._in_guard(partial(self._receipt, receipt))
