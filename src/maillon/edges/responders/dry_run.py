"""The default: nothing is done; the receipt says what would be."""

from __future__ import annotations

import msgspec

from maillon.edges.responders.declaration import Responder
from maillon.facts.order import ORDERS, Order, Receipt
from maillon.render.clock import rfc3339
from maillon.render.safe import safe

NAME = "dry_run"


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """There is nothing to set."""


def respond(order: Order, settings: Settings, now: int) -> Receipt:  # noqa: ARG001 - one shape for all
    """Tell the order."""
    until = f" until {rfc3339(order.until, 0)}" if order.until else ""
    return Receipt(
        order.id, order.account_hash, NAME, now, "dry_run", f"would {order.action} {safe(order.account)}{until}"
    )


def undo(order: Order, receipt: Receipt, settings: Settings, now: int = 0) -> Receipt:  # noqa: ARG001 - one shape for all
    """Tell the release."""
    detail = f"would release {safe(order.account)}"
    return Receipt(order.id, order.account_hash, NAME, now or order.at, "dry_run", detail)


def check(settings: Settings) -> list[str]:  # noqa: ARG001 - one shape for all
    """Nothing can be wrong with doing nothing."""
    return ["nothing is done, everything is told"]


def would(order: Order, responder: Responder, now: int) -> Receipt:
    """Return the receipt of a responder that is configured while nothing is enforced."""
    detail = f"would act on {safe(order.account)}: {responder.takes.get(order.action, responder.undoes)}"
    return Receipt(order.id, order.account_hash, responder.name, now, "dry_run", detail)


DECLARATION = Responder(
    name=NAME,
    does="does nothing and tells what it would do: the default",
    takes=dict.fromkeys(ORDERS[:-1], "tells it in the receipt"),
    undoes="nothing was done",
    settings=Settings,
    respond=respond,
    undo=undo,
    check=check,
)
