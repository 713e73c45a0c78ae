"""Who calls: a proxy over an authenticated hop, or somebody with a token and a role. Closed unless proved."""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from hashlib import sha256

from maillon.edges.http import Request
from maillon.facts.serving import Caller
from maillon.read.forwarded import without_port
from maillon.web.limits import Buckets

_RANK = {"viewer": 1, "analyst": 2, "officer": 3}


class Callers:
    """The holders of tokens."""

    def __init__(self, callers: Sequence[Caller], *, local: bool) -> None:
        """`local`: the listener can only be reached from this machine."""
        self._callers = tuple(callers)
        self._local = local
        self._proxies_have_tokens = any(one.role == "proxy" for one in callers)
        self._failed = Buckets(0.2, 10)
        self.rate = Buckets(20.0, 100)

    def is_proxy(self, request: Request) -> bool:
        """Tell whether a proxy may be believed: it showed its certificate, or its token, or is on this machine."""
        if request.certified:
            return True
        if self._proxies_have_tokens:
            caller = self._holder(request.headers.get("x-maillon-token", ""))
            return caller is not None and caller.role == "proxy"
        return self._local

    def person(self, request: Request, now: float) -> Caller | None:
        """Return who calls the API; None where the token is missing, wrong, or too many wrong ones came from there."""
        scheme, _, bearer = request.headers.get("authorization", "").partition(" ")
        token = request.headers.get("x-maillon-token") or (bearer if scheme.lower() == "bearer" else "")
        caller = self._holder(token)
        if caller is None:
            self._failed.take(without_port(request.peer), now)
            return None
        return caller if caller.role in _RANK and not self._failed.empty(without_port(request.peer), now) else None

    def _holder(self, token: str) -> Caller | None:
        """Return whose token it is; each is compared in constant time, whichever fits."""
        digest = sha256(token.encode()).digest()
        found = None
        for caller in self._callers:
            if hmac.compare_digest(digest, caller.digest):
                found = caller
        return found


def may(caller: Caller, role: str) -> bool:
    """Tell whether a caller has a role, or a higher one."""
    return _RANK.get(caller.role, 0) >= _RANK[role]
