"""Keycloak: a stronger log-in is demanded, sessions end (offline ones too), accounts are suspended.

An account's group says what Maillon did to it, so that a replay after a crash still knows what to take back and an
administrator sees it in the console. Ending sessions also sets the user's not-before: Keycloak then refuses every
token issued earlier, at introspection and refresh. A realm's not-before is never pushed: it would end the sessions of
every professional.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any

from maillon.edges.responders.declaration import Responder
from maillon.edges.responders.keycloak_admin import Admin, Settings, enter
from maillon.edges.responders.receipts import carry_out, taken_from
from maillon.facts.errors import ResponderError
from maillon.facts.order import Order, Receipt

NAME = "keycloak"
_A_SECOND = 1.05
_RUNGS = ("step_up", "end_sessions", "suspend")


def respond(order: Order, settings: Settings, now: int) -> Receipt:
    """Do what the order says to its account."""
    taken: dict[str, object] = {}
    work = _Work(order, settings, taken)
    steps = {
        "step_up": (work.find, work.demand_step_up),
        "end_sessions": (
            work.find,
            work.end_sessions,
            work.end_offline_sessions,
            work.credentials,
            work.end_what_raced,
        ),
        "suspend": (
            work.find,
            work.disable,
            work.end_sessions,
            work.end_offline_sessions,
            work.credentials,
            work.end_what_raced,
        ),
    }.get(order.action, ())
    return carry_out(order, NAME, now, steps, taken)


def undo(order: Order, receipt: Receipt, settings: Settings, now: int = 0) -> Receipt:
    """Take back what a receipt says was done: the group, the closure, the required actions that Maillon added."""
    taken = taken_from(receipt)
    if not taken.get("user"):
        return carry_out(order, NAME, now or order.at, (), {})

    def take_back() -> str:
        return _take_back(enter(settings), taken)

    return carry_out(order, NAME, now or order.at, (take_back,), {})


def check(settings: Settings) -> list[str]:
    """Try the service account and look for what the orders need. Raises ResponderError, UsageError."""
    admin = enter(settings)
    admin.ask("GET", "/users?max=1")
    told = [f"the service account {settings.client_id} may read the users of realm {settings.realm}"]
    for name in (settings.step_up_group, settings.suspended_group):
        if not admin.group(name):
            raise _no_group(settings, name)
        told.append(f"the group {name} is there")
    return told


class _Work:
    """The steps of one order, which share the user that the first one finds."""

    def __init__(self, order: Order, settings: Settings, taken: dict[str, object]) -> None:
        self.order = order
        self.settings = settings
        self.taken = taken
        self.admin: Admin
        self.user: dict[str, Any]

    def find(self) -> str:
        self.admin = enter(self.settings)
        self.user = self.admin.user(self.order.account)
        self.place = f"/users/{self.user['id']}"
        return ""

    def demand_step_up(self) -> str:
        group = self.admin.group(self.settings.step_up_group)
        if not group:
            raise _no_group(self.settings, self.settings.step_up_group)
        self.admin.ask("PUT", f"{self.place}/groups/{group}", {})
        self.taken.update(user=self.user["id"], group=group)
        return "a stronger log-in is demanded"

    def disable(self) -> str:
        """Close the account, marked as ours first: whoever replays this after a crash must know who closed it."""
        group = self.admin.group(self.settings.suspended_group)
        ours = bool(group) and group in self.admin.groups_of(self.user["id"])
        standing = list(self.user.get("requiredActions") or ())
        added = [one for one in self.settings.required_actions if ours or one not in standing]
        closed = ours or bool(self.user.get("enabled"))
        if group and closed:
            self.admin.ask("PUT", f"{self.place}/groups/{group}", {})
        self.taken.update(user=self.user["id"], group=group, enabled=closed, actions=added)
        merged = list(dict.fromkeys([*standing, *added]))
        self.admin.ask("PUT", self.place, {"enabled": False, "requiredActions": merged})
        if not closed:
            return "the account was closed already, by somebody else: a release will leave it so"
        return "the account is closed" + ("" if group else f" (no group {self.settings.suspended_group} marks it)")

    def end_sessions(self) -> str:
        self.admin.ask("POST", f"{self.place}/logout")
        return "its sessions are ended, older tokens are void"

    def end_what_raced(self) -> str:
        """End sessions once more when the server's second has turned.

        A session that is used while it is ended can outlive it: Keycloak lists it no more and still refreshes it, and
        the not-before, in whole seconds, spares tokens of the same second. A later not-before does not.
        """
        time.sleep(_A_SECOND)
        self.admin.ask("POST", f"{self.place}/logout")
        return ""

    def end_offline_sessions(self) -> str:
        sessions = self.admin.offline_sessions(self.user["id"])
        for session in sessions:
            self.admin.gone(f"/sessions/{session}?isOffline=true")
        return f"{len(sessions)} offline session(s) ended" if sessions else ""

    def credentials(self) -> str:
        """List, and from the rung that the settings name on remove, what was enrolled since the theft began."""
        since = (self.order.since or self.order.at) // 1000
        found = self.admin.ask("GET", f"{self.place}/credentials").json()
        enrolled = [one for one in found if int(one.get("createdDate") or 0) >= since]
        if not enrolled:
            return ""
        told = ", ".join(f"{one['type']} of {_moment(int(one['createdDate']))}" for one in enrolled)
        rung = self.settings.remove_credentials
        if rung == "never" or _RUNGS.index(self.order.action) < _RUNGS.index(rung):
            return f"enrolled since the theft began, to be judged: {told}"
        for one in enrolled:
            self.admin.gone(f"{self.place}/credentials/{one['id']}")
        return f"enrolled since the theft began, removed for good: {told}"


def _take_back(admin: Admin, taken: dict[str, Any]) -> str:
    user, group = str(taken["user"]), str(taken.get("group") or "")
    place = f"/users/{user}"
    if group and group not in admin.groups_of(user):
        return "somebody took it out of Maillon's hands already: left as it is"
    if taken.get("enabled"):
        standing = admin.ask("GET", place).json().get("requiredActions") or ()
        kept = [one for one in standing if one not in taken.get("actions", ())]
        admin.ask("PUT", place, {"enabled": True, "requiredActions": kept})
    if group:
        admin.gone(f"{place}/groups/{group}")
    return "the account is open again" if taken.get("enabled") else "no stronger log-in is demanded any more"


def _no_group(settings: Settings, name: str) -> ResponderError:
    return ResponderError(f"realm {settings.realm} has no group {name}: see docs/step-up.md", "refused")


def _moment(milliseconds: int) -> str:
    return datetime.fromtimestamp(milliseconds / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


DECLARATION = Responder(
    name=NAME,
    does="ends sessions, demands a stronger log-in and suspends accounts at a Keycloak realm (Admin REST API)",
    takes={
        "step_up": "puts the account into the step-up group: its next log-in needs the second factor (docs/step-up.md)",
        "end_sessions": "ends every session, online and offline, and voids older tokens; lists credentials enrolled "
        "since the theft began",
        "suspend": "closes the account, adds the required actions to those that stand, ends every session, removes "
        "credentials enrolled since the theft began",
    },
    undoes="group, closure and the required actions that it added, unless somebody took them back before; ended "
    "sessions and removed credentials do not come back, and a closure by somebody else stays",
    settings=Settings,
    respond=respond,
    undo=undo,
    check=check,
    rights=("realm-management: view-users", "realm-management: manage-users"),
)
