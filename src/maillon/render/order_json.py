"""An order as JSON, for programs of the operator's own."""

from __future__ import annotations

from maillon.facts.order import Order
from maillon.render.clock import rfc3339


def order_json(order: Order, releases: str = "") -> dict[str, object]:
    """Return the order as values for JSON. `releases` is the order that it takes back.

    It names the account and no patient. Times are RFC 3339, in UTC.
    """
    value: dict[str, object] = {
        "v": 1,
        "kind": "order",
        "id": order.id,
        "at": rfc3339(order.at, 0),
        "account": order.account,
        "action": order.action,
        "until": rfc3339(order.until, 0) if order.until else None,
        "incident": order.incident,
        "decision": order.decision,
        "who": order.who,
        "why": order.why,
        "alarm": order.alarm,
        "reasons": [{"code": one.code, "fr": one.fr, "en": one.en} for one in order.reasons],
        "remains": {"fr": order.remains.fr, "en": order.remains.en},
    }
    if releases:
        value["releases"] = releases
    return value
