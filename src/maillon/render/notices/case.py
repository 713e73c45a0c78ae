"""All that a notice of one incident is filled from, as values."""

from __future__ import annotations

from dataclasses import dataclass

from maillon.facts.awareness import Awareness
from maillon.facts.decision import Decision
from maillon.facts.exposure import Bounds, Exposure
from maillon.facts.incident import Incident
from maillon.facts.severity import Severity


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
    awareness: Awareness | None
    made_at: int  # µs
    announced: Announced | None = None

    @property
    def contained(self) -> tuple[int, int]:
        """First and last containment that was decided, µs; (0, 0) = none."""
        moments = sorted(one.at for one in self.decisions if one.action == "contain")
        return (moments[0], moments[-1]) if moments else (0, 0)
