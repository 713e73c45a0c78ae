"""What a Keycloak event means, whichever way it was logged: its action, its account, its session.

Facts: Keycloak's EventType and AdminEvent; `details.code_id` of a browser log-in is the id of the session it opens.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from maillon.facts.event import Action, Outcome
from maillon.read.instant import instant
from maillon.read.records import Row

ACTIONS = {
    **dict.fromkeys(("LOGIN", "AUTHREQID_TO_TOKEN"), Action.LOGIN),  # the latter is CIBA's only sign of a log-in
    **dict.fromkeys(("LOGOUT", "USER_SESSION_DELETED"), Action.LOGOUT),
    # Not SEND_RESET_PASSWORD nor VERIFY_EMAIL: anybody may ask for these, and they change nothing.
    **dict.fromkeys(
        (
            *("UPDATE_CREDENTIAL", "REMOVE_CREDENTIAL", "UPDATE_PASSWORD", "RESET_PASSWORD", "UPDATE_TOTP"),
            *("REMOVE_TOTP", "UPDATE_EMAIL", "UPDATE_PROFILE", "FEDERATED_IDENTITY_LINK", "DELETE_ACCOUNT"),
            *("REMOVE_FEDERATED_IDENTITY", "FEDERATED_IDENTITY_OVERRIDE_LINK", "IDENTITY_PROVIDER_LINK_ACCOUNT"),
        ),
        Action.TAMPER,
    ),
}
"""Every other type is Action.OTHER: it still says which account a session belongs to."""

_CREDENTIAL_PATH = re.compile(
    r"users/([^/]{1,64})/(?:reset-password|execute-actions-email|reset-password-email|disable-credential-types"
    r"|credentials/.*)"
)
_MOST_USERS = 1 << 18  # names remembered at most, the oldest forgotten first

ADMIN = "admin event"


def read(event: Mapping[str, Any], users: dict[str, str]) -> Row | str:
    """Return the row of an event, or why there is none: ADMIN (to be ignored), else the reason to reject it.

    `users` is the memory of names by user id. A user keeps the name of their first log-in that succeeded: later ones
    may be typed in capitals or as an e-mail address, and would pass for another account.
    """
    if "operationType" in event:
        return _admin(event, users)
    kind = text(event.get("type"))
    if not kind or "realmId" not in event:
        return "not an event"
    when = instant(event.get("time"))
    if when is None:
        return "time" if event.get("time") else "no time"
    details = event.get("details")
    details = details if isinstance(details, Mapping) else {}
    failed = kind.endswith("_ERROR") or bool(text(event.get("error")))
    user, name = text(event.get("userId")), text(details.get("username"))
    if user and name and not failed and user not in users:
        users[user] = name
        if len(users) > _MOST_USERS:
            users.pop(next(iter(users)))
    texts = {
        "account": users.get(user, "") or name or user,
        "session": text(event.get("sessionId")) or text(details.get("code_id")),
        "address": text(event.get("ipAddress")),
        "request": text(event.get("id")),
    }
    action = ACTIONS.get(kind.removesuffix("_ERROR"), Action.OTHER)
    return Row(when, action, Outcome.REFUSED if failed else Outcome.OK, texts)


def _admin(event: Mapping[str, Any], users: Mapping[str, str]) -> Row | str:
    """An administrator who resets somebody's credentials changes that account; address and session are not its own."""
    found = _CREDENTIAL_PATH.fullmatch(text(event.get("resourcePath")))
    if found is None or text(event.get("error")):
        return ADMIN
    when = instant(event.get("time"))
    if when is None:
        return "time" if event.get("time") else "no time"
    return Row(when, Action.TAMPER, Outcome.OK, {"account": users.get(found[1], found[1])})


def text(value: object) -> str:
    """Return a value of an event as text; "null" is how Keycloak's log line writes an absent one."""
    if isinstance(value, str):
        return "" if value == "null" else value
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else ""
