"""Accesses that name no account get one from the log-ins: by session, else by address, client and time.

Real portals behind OIDC or SAML often log `-` for the user, while the identity provider logs who opened which
session. Each account found this way is labelled (Flag.ACCOUNT_FROM_LOGIN, ACCOUNT_FROM_ADDRESS).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from maillon.facts.event import Action, Flag, Outcome

_HOLDS_US = 10 * 3600 * 1_000_000  # a log-in speaks for its address this long: a working day with its breaks
_MOST = 1 << 18  # sessions and addresses remembered at most, the oldest forgotten first


class LoginJoin:
    """Remembers who logged in with which session and from which address. Its memory is plain JSON."""

    def __init__(self, memory: dict[str, Any] | None = None) -> None:
        memory = memory or {}
        self.sessions: dict[int, int] = {int(k): v for k, v in memory.get("sessions", {}).items()}
        self.addresses: dict[int, tuple[int, int, int]] = {
            int(k): (v[0], v[1], v[2]) for k, v in memory.get("addresses", {}).items()
        }

    def memory(self) -> dict[str, Any]:
        """Return what must survive a restart."""
        return {
            "sessions": {str(k): v for k, v in self.sessions.items()},
            "addresses": {str(k): list(v) for k, v in self.addresses.items()},
        }

    def attribute(self, events: NDArray[Any]) -> int:
        """Fill in accounts of `events` (in admitted order, changed in place); return how many were filled."""
        weak = (events["account"] == 0) | ((events["flags"] & Flag.ACCOUNT_FROM_SESSION) != 0)
        binds = (events["account"] != 0) & ~weak & (events["outcome"] == Outcome.OK) & (events["session"] != 0)
        logins = (events["action"] == Action.LOGIN) & (events["account"] != 0) & (events["outcome"] == Outcome.OK)
        if not weak.any():
            self._remember(events[logins])
            return 0
        filled = 0
        for index in np.flatnonzero(weak | logins | (binds & (events["action"] == Action.OTHER))):
            event = events[index]
            if not weak[index]:
                self._remember(events[index : index + 1])
            elif self._fill(event):
                filled += 1
        return filled

    def _remember(self, logins: NDArray[Any]) -> None:
        for event in logins:
            account, at = int(event["account"]), int(event["at"])
            if event["session"]:
                self._keep(self.sessions, int(event["session"]), account)
            if event["action"] == Action.LOGIN and event["address"]:
                address = int(event["address"])
                before = self.addresses.get(address)
                # Two people behind one address within a working day: the address speaks for neither.
                shared = before is not None and before[0] != account and at - before[1] < _HOLDS_US
                self._keep(self.addresses, address, (0 if shared else account, at, int(event["device"])))

    @staticmethod
    def _keep(memory: dict[int, Any], key: int, value: Any) -> None:  # noqa: ANN401 - two kinds of values
        memory.pop(key, None)
        memory[key] = value
        if len(memory) > _MOST:
            memory.pop(next(iter(memory)))

    def _fill(self, event: Any) -> bool:  # noqa: ANN401 - a row of EVENT
        account = self.sessions.get(int(event["session"]), 0) if event["session"] else 0
        flag = Flag.ACCOUNT_FROM_LOGIN
        if not account and int(event["address"]) in self.addresses:
            who, since, device = self.addresses[int(event["address"])]
            same_client = not device or not event["device"] or device == int(event["device"])
            if who and same_client and 0 <= int(event["at"]) - since < _HOLDS_US:
                account, flag = who, Flag.ACCOUNT_FROM_ADDRESS
        if not account:
            return False
        event["account"] = account
        event["flags"] = (int(event["flags"]) & ~int(Flag.ACCOUNT_FROM_SESSION)) | int(flag)
        return True
