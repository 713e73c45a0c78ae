"""A carer's emergency passage, what was opened through it, and what a person said of it afterwards."""

from __future__ import annotations

from dataclasses import dataclass

REASONS = {
    "emergency": ("Urgence vitale", "Vital emergency"),
    "present": ("Le patient est devant moi", "The patient is in front of me"),
    "on_call": ("Garde, astreinte ou remplacement", "On call, or standing in for a colleague"),
    "no_factor": ("Je ne peux pas me connecter autrement", "I cannot log in in a stronger way"),
}
"""The reasons that a carer may state. A code and no free text: people in a hurry write patients' names."""


@dataclass(frozen=True)
class BreakGlass:
    """One passage. `patients` and `searches` are its limits; lists and exports never pass."""

    id: str
    at: int
    account: str
    account_hash: int
    reason: str  # one of REASONS
    until: int
    patients: int
    searches: int
    session: int = 0
    person: str = ""  # who allowed a second one of the day; "" = nobody had to
    why: str = ""  # that person's words


@dataclass(frozen=True)
class Opened:
    """A request let through, or refused, under an order `pace` or a break-glass: what a carer was given counts."""

    account_hash: int
    at: int
    under: str  # id of the order or of the break-glass
    patient: int  # 0 = a page that names none
    action: int  # an Action
    refused: bool = False


@dataclass(frozen=True)
class Review:
    """What a person said of a break-glass."""

    id: str
    at: int
    of: str  # id of the break-glass
    account_hash: int
    word: str  # "justified" | "abuse"
    who: str
    why: str
    said: int = 0  # when the person said it, by the clock


@dataclass(frozen=True)
class SteppedUp:
    """A log-in in a stronger way, as the identity provider told it. `session` 0 = not told: it speaks for them all."""

    account_hash: int
    at: int
    acr: str
    session: int = 0
