"""SCIM 2.0 (RFC 7644): suspend an account by making it inactive."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from urllib.parse import quote, urlencode

from msgspec import Meta

from maillon.edges.responders.declaration import Connection, Responder
from maillon.edges.responders.http import Reply, ask_json
from maillon.edges.responders.receipts import carry_out, taken_from
from maillon.edges.responders.secret import Secret, read_secret
from maillon.facts.errors import ResponderError
from maillon.facts.order import Order, Receipt

NAME = "scim"
_KIND = "application/scim+json"
_PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"


class Settings(Connection, frozen=True, kw_only=True):
    """What `[responders.scim]` may say."""

    url: Annotated[str, Meta(description="base address of the SCIM service, e.g. `https://id.example.org/scim/v2`")]
    token: Annotated[Secret, Meta(description="bearer token, `file:PATH` or `env:NAME`")]
    account: Annotated[
        Literal["userName", "externalId", "id"], Meta(description="what the account of the logs is in SCIM")
    ] = "userName"


def respond(order: Order, settings: Settings, now: int) -> Receipt:
    """Make the account inactive (section 3.5.2)."""
    taken: dict[str, object] = {}

    def deactivate() -> str:
        user = _find(settings, order.account)
        if not _active(user):
            return "the account was inactive already: a release will leave it so"
        _set_active(settings, str(user["id"]), active=False)
        taken["user"] = user["id"]
        return "the account is inactive"

    return carry_out(order, NAME, now, (deactivate,) if order.action in DECLARATION.takes else (), taken)


def undo(order: Order, receipt: Receipt, settings: Settings, now: int = 0) -> Receipt:
    """Make the account active again, where the receipt says that it was."""
    user = taken_from(receipt).get("user")

    def activate() -> str:
        _set_active(settings, str(user), active=True)
        return "the account is active again"

    return carry_out(order, NAME, now or order.at, (activate,) if user else (), {})


def check(settings: Settings) -> list[str]:
    """Try the token. Raises ResponderError, UsageError."""
    reply = _ask(settings, "GET", "/Users?count=1")
    return [f"{reply.source} lets Maillon read its users; whether it may change them shows at the first order"]


def _find(settings: Settings, account: str) -> dict[str, Any]:
    if settings.account == "id":
        return dict(_ask(settings, "GET", f"/Users/{quote(account, safe='')}").json())
    quoted = account.replace("\\", "\\\\").replace('"', '\\"')
    query = urlencode({"filter": f'{settings.account} eq "{quoted}"', "count": "2"})
    reply = _ask(settings, "GET", f"/Users?{query}")
    found = reply.json().get("Resources") or []
    if len(found) != 1:
        raise ResponderError(f"{reply.source} has {len(found)} users of this {settings.account}", "refused")
    return dict(found[0])


def _active(user: dict[str, Any]) -> bool:
    """Read `active`: absent means active, and some services send it as text."""
    return str(user.get("active", True)).casefold() != "false"


def _set_active(settings: Settings, user: str, *, active: bool) -> None:
    change = {"schemas": [_PATCH], "Operations": [{"op": "replace", "path": "active", "value": active}]}
    _ask(settings, "PATCH", f"/Users/{quote(user, safe='')}", change)


def _ask(settings: Settings, method: str, place: str, value: object = None) -> Reply:
    url = settings.url.rstrip("/") + place
    return ask_json(settings, method, url, token=read_secret(settings.token), value=value, kind=_KIND)


DECLARATION = Responder(
    name=NAME,
    does="suspends accounts at a directory or service that speaks SCIM 2.0 (RFC 7644)",
    takes={"suspend": "sets `active` to false; whether sessions end too is the service's own rule"},
    undoes="sets `active` to true where it was so before",
    settings=Settings,
    respond=respond,
    undo=undo,
    check=check,
    rights=("read users", "change `active` of users"),
)
