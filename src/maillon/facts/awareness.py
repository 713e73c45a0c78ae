"""When the operator came to know of a breach: from then on the 72 hours of art. 33(1) GDPR run."""

from __future__ import annotations

from dataclasses import dataclass

HOURS = 72
DELAY_US = HOURS * 3_600_000_000
"""72 hours as they pass: weekends and holidays count (art. 33(1) GDPR; docs/notices.md says why nothing is added)."""


@dataclass(frozen=True)
class Awareness:
    """A moment of awareness that a person recorded, or that is proposed until one does."""

    incident: str
    at: int  # µs since 1970 UTC: a reasonable degree of certainty that personal data are compromised
    why: str
    by: str = ""
    recorded: int = 0  # µs; 0 = proposed by Maillon, no person has said so yet

    @property
    def deadline(self) -> int:
        """The last moment for the notification to the authority, in µs."""
        return self.at + DELAY_US
