"""What a person orders by hand."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class HandOrder:
    """What a person asks about one account.

    `step_up` asks for a stronger log-in, `contain` ends sessions and blocks, `suspend` closes the account at the
    identity provider, `release` undoes.
    """

    id: str
    at: int  # event time at which it was admitted
    account: str
    account_hash: int
    action: str  # "step_up" | "contain" | "suspend" | "release"
    who: str
    why: str
    second: str = ""
    until: int = 0  # 0 = until a release
    said: int = 0  # when the person said it, by the clock
