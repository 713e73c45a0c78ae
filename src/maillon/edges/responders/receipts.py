"""How steps outside become one receipt: all done, nothing done, or half done and told so."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import msgspec

from maillon.facts.errors import MaillonError, ResponderError
from maillon.facts.order import Order, Receipt

Step = Callable[[], str]
"""Does one thing and tells what it changed; an empty text where it only looked something up."""


def carry_out(order: Order, responder: str, now: int, steps: Iterable[Step], taken: Mapping[str, object]) -> Receipt:
    """Take the steps one after the other until one fails, and tell what came of it.

    `taken` is what the steps note down for `undo` as they go: it is read after the last one, so that half of the
    work can be taken back too.
    """
    told: list[str] = []
    outcome = "done"
    try:
        for step in steps:
            if sentence := step():
                told.append(sentence)  # noqa: PERF401 - one by one: an error must leave what was told before
    except MaillonError as error:
        outcome = error.outcome if isinstance(error, ResponderError) else "refused"
        outcome = "partial" if told else outcome
        told.append(f"then: {error}" if told else str(error))
    undo = msgspec.json.encode(taken).decode() if taken else ""
    return Receipt(order.id, order.account_hash, responder, now, outcome, "; ".join(told) or "nothing to do", undo)


def taken_from(receipt: Receipt) -> dict[str, object]:
    """Return what a receipt noted down for `undo`; nothing where it noted nothing that can be read."""
    try:
        return msgspec.json.decode(receipt.undo, type=dict[str, object]) if receipt.undo else {}
    except msgspec.DecodeError:
        return {}
