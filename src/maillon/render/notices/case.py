"""All that a notice of one incident is filled from, as values."""

from __future__ import annotations

from dataclasses import dataclass

from maillon.facts.awareness import Awareness
from maillon.facts.decision import Decision
from maillon.facts.exposure import Bounds, Exposure
from maillon.facts.incident import Incident
from maillon.facts.noted import Noted
from maillon.facts.severity import Severity
from maillon.render.checklist import aware


@dataclass(frozen=True)
class Announced:
    """The numbers that an earlier notice gave: they are revised by a complementary one, never in silence."""

    at: int  # µs
    patients: Bounds


@dataclass(frozen=True)
class Case:
    """One incident at the moment at which a notice is made."""

    incident: Incident
    exposure: Exposure
    severity: Severity
    decisions: tuple[Decision, ...]
    noted: Noted
    made_at: int  # µs
    announced: Announced | None = None

    @property
    def awareness(self) -> Awareness | None:
        """The moment from which the 72 hours run: recorded, else proposed, else None."""
        return aware(self.incident, self.decisions, self.noted)

    @property
    def contained(self) -> tuple[int, int]:
        """When responders contained the first and the last account, µs; (0, 0) = not all of them are on record."""
        if not self.noted.contained.keys() >= set(self.incident.account_hashes):
            return 0, 0
        moments = sorted(self.noted.contained.values())
        return moments[0], moments[-1]
