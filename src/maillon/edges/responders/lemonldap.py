"""LemonLDAP::NG: sessions are removed through the sessions module of its Manager."""

from __future__ import annotations

import re
from typing import Annotated
from urllib.parse import quote, urlencode

import urllib3
from msgspec import Meta

from maillon.edges.responders.declaration import Connection, Responder
from maillon.edges.responders.http import Reply, ask
from maillon.edges.responders.receipts import carry_out
from maillon.edges.responders.secret import Secret, read_secret
from maillon.facts.errors import ResponderError
from maillon.facts.order import Order, Receipt

NAME = "lemonldap"
_PATTERN = re.compile(r"\*|^[\w:]+/\d+$")
"""What the Manager reads as a pattern over many accounts instead of a name."""


class Settings(Connection, frozen=True, kw_only=True):
    """What `[responders.lemonldap]` may say."""

    url: Annotated[str, Meta(description="the Manager with its sessions module, e.g. `https://manager.example.org`")]
    user: Annotated[str, Meta(description="name for the web server's basic log-in; empty = none is asked for")] = ""
    password: Annotated[Secret, Meta(description="its password, `file:PATH` or `env:NAME`")] = ""
    key: Annotated[str, Meta(description="session key that holds the account")] = "_whatToTrace"
    kinds: Annotated[tuple[str, ...], Meta(description="kinds of sessions to remove")] = ("global", "offline")


def respond(order: Order, settings: Settings, now: int) -> Receipt:
    """Remove every session of the account."""

    def remove() -> str:
        if _PATTERN.search(order.account):
            raise ResponderError("the account's name would be a pattern there: end its sessions by hand", "refused")
        removed = sum(_remove(settings, kind, order.account) for kind in settings.kinds)
        return f"{removed} session(s) removed"

    return carry_out(order, NAME, now, (remove,) if order.action in DECLARATION.takes else (), {})


def undo(order: Order, receipt: Receipt, settings: Settings, now: int = 0) -> Receipt:  # noqa: ARG001 - one shape for all
    """Nothing to take back: the account may log in anew."""
    return carry_out(order, NAME, now or order.at, (), {})


def check(settings: Settings) -> list[str]:
    """Ask for the sessions of nobody. Raises ResponderError, UsageError."""
    for kind in settings.kinds:
        _sessions(settings, kind, "maillon.nobody")
    return [f"{settings.url} lets Maillon list sessions ({', '.join(settings.kinds)})"]


def _remove(settings: Settings, kind: str, account: str) -> int:
    sessions = _sessions(settings, kind, account)
    for session in sessions:
        _ask(settings, "DELETE", f"/sessions/{kind}/{quote(session, safe='')}")
    return len(sessions)


def _sessions(settings: Settings, kind: str, account: str) -> list[str]:
    reply = _ask(settings, "GET", f"/sessions/{kind}?{urlencode({settings.key: account})}")
    answer = reply.json()
    if not isinstance(answer, dict) or not answer.get("result"):
        raise ResponderError(f"{reply.source} listed no sessions of kind {kind}", "refused")
    return [str(one["session"]) for one in answer.get("values") or []]


def _ask(settings: Settings, method: str, place: str) -> Reply:
    headers = {"Accept": "application/json"}
    if settings.user:
        name = f"{settings.user}:{read_secret(settings.password)}"
        headers |= urllib3.make_headers(basic_auth=name)
    return ask(settings, method, settings.url.rstrip("/") + place, headers=headers)


DECLARATION = Responder(
    name=NAME,
    does="removes sessions at a LemonLDAP::NG portal (sessions module of its Manager)",
    takes=dict.fromkeys(("end_sessions", "suspend"), "removes every session of the account, offline ones too"),
    undoes="nothing: the account may log in anew",
    settings=Settings,
    respond=respond,
    undo=undo,
    check=check,
    rights=("a Manager with `enabledModules = sessions` and nothing else, behind a log-in of its own",),
)
