"""How grave an exposure is for the persons, by ENISA's method: SE = DPC x EI + CB, each part a sum of told factors.

Source: ENISA, Recommendations for a methodology of the assessment of severity of personal data breaches (2013).
"""

from __future__ import annotations

from dataclasses import dataclass

LEVELS = ("low", "medium", "high", "very_high")


@dataclass(frozen=True)
class Factor:
    """One number that goes into the score, with its reason in both languages."""

    code: str  # "dpc_category", "dpc_nature", …
    part: str  # "dpc" | "ei" | "cb"
    value: float
    fr: str
    en: str
    by_hand: bool = False  # a person has changed it and said why
    to_confirm: bool = False  # the logs cannot tell: a person must


@dataclass(frozen=True)
class Severity:
    """The score of one exposure, with all that it is made of. `flags` stand beside the score and never change it."""

    dpc: float  # data processing context, 1 to 4
    ei: float  # ease of identification, 0.25 to 1
    cb: float  # circumstances of the breach
    level: str  # one of LEVELS
    factors: tuple[Factor, ...]
    flags: tuple[str, ...]  # "over_100", "unintelligible"

    @property
    def score(self) -> float:
        """SE."""
        return self.dpc * self.ei + self.cb

    @property
    def high_risk(self) -> bool:
        """Whether art. 34 GDPR asks for the persons to be told: a proposal that the operator confirms."""
        return self.level in LEVELS[2:] and "unintelligible" not in self.flags
