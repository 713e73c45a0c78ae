"""What the proxy is told of one request."""

from __future__ import annotations

from dataclasses import dataclass, field

from maillon.facts.order import Text

VERDICTS = ("allow", "step_up", "pace", "contain")

CODES = {
    "": "nothing is in force",
    "step_up": "a stronger log-in is asked for",
    "slowed": "one more new patient is open again at `retry_at`; the account's own stay open",
    "exports_closed": "lists that leave as files are closed while the account is slowed",
    "contained": "the account's sessions were ended and it is blocked",
    "session_ended": "this session was ended: a new log-in passes",
    "suspended": "the account is closed at the identity provider; `remains` names the passage that remains",
    "break_glass": "let through by an emergency passage",
    "glass_spent": "the emergency passage has opened as many patients as it may",
    "glass_no_lists": "an emergency passage opens no list and no export",
}


@dataclass(frozen=True)
class Answer:
    """The verdict on one request, and what its page tells.

    `under` is the order or break-glass that the request counts under: whoever acts on the answer hands an `Opened`
    back to `InForce.take`. Where nothing is enforced (a dry run) the verdict is `allow` and `would` tells the rest.
    """

    verdict: str  # one of VERDICTS
    code: str = ""  # one of CODES
    until: int = 0
    retry_at: int = 0
    incident: str = ""
    order: str = ""
    under: str = ""
    may_break_glass: bool = False
    remains: Text = field(default_factory=Text)
    would: str = ""  # the verdict if orders were enforced
    free: bool = False  # nothing at all is in force about the account: a proxy may take it for granted a moment
