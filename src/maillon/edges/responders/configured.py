"""Which responders the operator set up, and what each may do: the tables `[responders.NAME]` of maillon.toml."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import msgspec

from maillon.edges.responders import RESPONDERS, dry_run
from maillon.edges.responders.declaration import Responder
from maillon.facts.errors import UsageError
from maillon.facts.order import Order, Receipt


@dataclass(frozen=True)
class Configured:
    """A responder with its settings."""

    responder: Responder
    settings: msgspec.Struct


def configured(tables: Mapping[str, object], where: str) -> list[Configured]:
    """Return what the tables under `responders` set up; the dry run where there are none.

    Raises UsageError with every mistake at once. It never repeats a value: somebody may have written a secret.
    """
    known = {one.name: one for one in RESPONDERS}
    found, mistakes = [], []
    for name, table in tables.items():
        if name not in known:
            mistakes.append(f"[responders.{name}]: no such responder; there are {', '.join(known)}")
            continue
        try:
            found.append(Configured(known[name], msgspec.convert(table, known[name].settings)))
        except msgspec.ValidationError as error:
            mistakes.append(f"[responders.{name}]: {_plain(str(error))}")
    if mistakes:
        listed = "\n".join(f"  {one}" for one in mistakes)
        raise UsageError(f"{where}: {len(mistakes)} mistake(s) in the responders:\n{listed}")
    return found or [Configured(dry_run.DECLARATION, dry_run.Settings())]


def hand_over(order: Order, to: Sequence[Configured], now: int, *, enforce: bool) -> list[Receipt]:
    """Hand an order to every responder that takes its action, or to the one that it names; return their receipts."""
    chosen = [one for one in to if order.action in one.responder.takes and order.responder in ("", one.responder.name)]
    if not enforce:
        return [dry_run.would(order, one.responder, now) for one in chosen]
    return [one.responder.respond(order, one.settings, now) for one in chosen]


def take_back(
    order: Order, receipts: Sequence[Receipt], to: Sequence[Configured], now: int, *, enforce: bool
) -> list[Receipt]:
    """Undo, for an order `release`, what earlier receipts tell, the last first; return the receipts of that.

    A receipt whose responder is no longer configured is refused, so that somebody sees what still stands.
    """
    by_name = {one.responder.name: one for one in to}
    found = []
    for receipt in reversed(receipts):
        if receipt.outcome == "dry_run":
            continue
        one = by_name.get(receipt.responder)
        if one is None:
            detail = f"the responder {receipt.responder} is not configured any more: take back by hand what it did"
            found.append(Receipt(order.id, order.account_hash, receipt.responder, now, "refused", detail))
        elif enforce:
            found.append(one.responder.undo(order, receipt, one.settings, now))
        else:
            found.append(dry_run.would(order, one.responder, now))
    return found


def _plain(mistake: str) -> str:
    """Return msgspec's sentence in the words of a TOML file, saying how secrets are named."""
    said = mistake.replace("Object missing required field", "lacks").replace("Object contains unknown field", "has no")
    if "matching regex" in said:
        place = said.rpartition("`$.")[2].rstrip("`")
        return f"{place}: a secret is named, never written here: `file:/PATH` or `env:NAME`"
    return (
        re.sub(r"Invalid enum value .*? - at", "this is none of the values of", said)
        .replace("- at `$.", "at `")
        .replace("`$.", "`")
    )
