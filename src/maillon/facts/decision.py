"""What should be done about an account, by degrees, with its reasons."""

from __future__ import annotations

from dataclasses import dataclass, field

ACTIONS = ("observe", "step_up", "pace", "contain")


@dataclass(frozen=True)
class Reason:
    """One reason: a stable code, its numbers, and the sentence in both languages."""

    code: str
    numbers: dict[str, float]
    fr: str
    en: str


@dataclass(frozen=True)
class Decision:
    """One step on the ladder. `id` is a hash of account, local day, action and time: replays give the same."""

    id: str
    at: int  # microseconds since 1970 UTC
    zone: int
    service: str
    account: str  # the name that the operator reads
    account_hash: int
    action: str  # one of ACTIONS
    kind: str
    calibration: str  # "own" | "borrowed"
    reasons: tuple[Reason, ...]
    network: int
    device: int
    session: int
    since: int
    short_history: bool = False
    incident: str = ""
    score: float = 0.0
    log10_p: float = 0.0
    keys: tuple[int, ...] = field(default=())  # rare infrastructure that may join it to other accounts
    role: str = ""  # of the account, where a directory tells it
    facility: str = ""
    address: str = ""  # the network, where only suspected accounts ever came from it and anybody could block it
