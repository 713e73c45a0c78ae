"""What a drill found: a theft that was planted in a copy of a log, and when each rung would have stopped it."""

from __future__ import annotations

from dataclasses import dataclass

from maillon.facts.decision import Decision


@dataclass(frozen=True)
class Stop:
    """One rung's first step against the thief, and what had been seen by then."""

    rung: str  # an action of the ladder, or a graver one in its place
    decision: Decision
    patients: int  # whose records the thief had opened, the access that led to the decision included
    listed: int  # rows of lists, searches and exports besides: an upper bound of patients


@dataclass(frozen=True)
class Stolen:
    """One account in the hands of the planted thief. Moments are microseconds since 1970 UTC."""

    account: str
    since: int
    until: int
    zone: int
    patients: int  # read in all, if nobody had stopped it
    listed: int
    before: int  # decisions about the account before the theft
    stops: tuple[Stop, ...]  # one for each rung that was reached, lowest first


@dataclass(frozen=True)
class Drill:
    """One attack, played once."""

    attack: str
    does: tuple[str, str]  # French, English
    seed: int
    stolen: tuple[Stolen, ...]
    drawn_in: tuple[str, ...]  # other accounts that were decided about only because the thief was there
