"""CrowdSec: decisions about an account, and about an address where that is wanted, through the local API."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated
from urllib.parse import urlencode

from msgspec import Meta

from maillon.edges.responders.declaration import Connection, Responder
from maillon.edges.responders.http import Reply, ask_json
from maillon.edges.responders.receipts import carry_out, taken_from
from maillon.edges.responders.secret import Secret, read_secret
from maillon.facts.errors import ResponderError
from maillon.facts.order import Order, Receipt

NAME = "crowdsec"
_YEAR_SECONDS = 365 * 86_400


class Settings(Connection, frozen=True, kw_only=True):
    """What `[responders.crowdsec]` may say."""

    url: Annotated[str, Meta(description="the local API, e.g. `http://127.0.0.1:8080`")]
    machine: Annotated[str, Meta(description="name of the machine, from `cscli machines add`")]
    password: Annotated[Secret, Meta(description="the machine's password, `file:PATH` or `env:NAME`")]
    kind: Annotated[str, Meta(description="type of the decisions, which bouncers act on")] = "ban"
    addresses: Annotated[
        bool, Meta(description="decide about the address too, where the order names one that only the suspicion used")
    ] = False


def respond(order: Order, settings: Settings, now: int) -> Receipt:
    """Add one decision for the account and, where wanted and known, one for the address."""
    taken: dict[str, object] = {}
    targets = [("Username", order.account)]
    if settings.addresses and order.address:
        targets.append(("Range" if "/" in order.address else "Ip", order.address))

    def decide() -> str:
        token = _enter(settings)
        standing = {scope: _standing(settings, token, order, scope, value) for scope, value in targets}
        missing = [one for one in targets if not standing[one[0]]]
        made = _add(settings, token, order, missing, now) if missing else []
        taken["alerts"] = sorted([*made, *(number for numbers in standing.values() for number in numbers)])
        return "decided about " + " and ".join(
            "the account" if one == "Username" else "the address" for one, _ in targets
        )

    return carry_out(order, NAME, now, (decide,) if order.action in DECLARATION.takes else (), taken)


def undo(order: Order, receipt: Receipt, settings: Settings, now: int = 0) -> Receipt:
    """Delete the decisions that the receipt names."""
    alerts = taken_from(receipt).get("alerts")
    numbers = [one for one in alerts if isinstance(one, int)] if isinstance(alerts, list) else []

    def delete() -> str:
        token = _enter(settings)
        for number in numbers:
            for decision in _ask(settings, "GET", f"/v1/alerts/{number}", token).json().get("decisions") or []:
                _gone(settings, token, int(decision["id"]))
        return "its decisions are deleted"

    return carry_out(order, NAME, now or order.at, (delete,) if numbers else (), {})


def check(settings: Settings) -> list[str]:
    """Log in as the machine. Raises ResponderError, UsageError."""
    _enter(settings)
    return [f"the machine {settings.machine} may decide at {settings.url}"]


def _enter(settings: Settings) -> str:
    who = {"machine_id": settings.machine, "password": read_secret(settings.password), "scenarios": []}
    reply = _ask(settings, "POST", "/v1/watchers/login", value=who)
    token = reply.json().get("token")
    if not isinstance(token, str):
        raise ResponderError(f"{reply.source} gave no token", "refused")
    return token


def _standing(settings: Settings, token: str, order: Order, scope: str, value: str) -> list[int]:
    """Return the alerts that this order made before: an order that is repeated decides once."""
    query = urlencode({"scope": scope, "value": value, "scenario": _scenario(order), "has_active_decision": "true"})
    found = _ask(settings, "GET", f"/v1/alerts?{query}", token).json() or []
    return [int(one["id"]) for one in found if one.get("message") == _message(order)]


def _add(settings: Settings, token: str, order: Order, targets: list[tuple[str, str]], now: int) -> list[int]:
    seconds = min(max(order.until - now, 0) // 1_000_000, _YEAR_SECONDS) if order.until else _YEAR_SECONDS
    alerts = [_as_alert(settings, order, scope, value, seconds, now) for scope, value in targets]
    return [int(number) for number in _ask(settings, "POST", "/v1/alerts", token, alerts).json()]


def _as_alert(settings: Settings, order: Order, scope: str, value: str, seconds: int, now: int) -> dict[str, object]:
    at = datetime.fromtimestamp(now / 1_000_000, UTC).isoformat()
    decision = {
        "duration": f"{seconds}s",
        "origin": "maillon",
        "scenario": _scenario(order),
        "scope": scope,
        "type": settings.kind,
        "value": value,
    }
    return {
        "capacity": 0,
        "leakspeed": "0",
        "simulated": False,
        "scenario": _scenario(order),
        "scenario_hash": "",
        "scenario_version": "",
        "message": _message(order),
        "events": [],
        "events_count": 1,
        "start_at": at,
        "stop_at": at,
        "source": {"scope": scope, "value": value},
        "decisions": [decision],
    }


def _scenario(order: Order) -> str:
    return f"maillon/{order.action}"


def _message(order: Order) -> str:
    return f"order {order.id}"


def _gone(settings: Settings, token: str, decision: int) -> None:
    try:
        _ask(settings, "DELETE", f"/v1/decisions/{decision}", token)
    except ResponderError as error:
        if error.status != 404:
            raise


def _ask(settings: Settings, method: str, place: str, token: str = "", value: object = None) -> Reply:
    return ask_json(settings, method, settings.url.rstrip("/") + place, token=token, value=value)


DECLARATION = Responder(
    name=NAME,
    does="hands decisions to CrowdSec, whose bouncers act on them (local API)",
    takes={
        "end_sessions": "decides about the account (scope Username) and, where `addresses` is on, its address",
        "suspend": "the same",
    },
    undoes="deletes the decisions that the order made",
    settings=Settings,
    respond=respond,
    undo=undo,
    check=check,
    rights=("a machine of its own: `cscli machines add`",),
)
