"""What a kind of evidence says of itself; the page of scores is printed from it."""

from __future__ import annotations

from dataclasses import dataclass

from maillon.facts.evidence import Kind


@dataclass(frozen=True)
class Declaration:
    """One kind of evidence."""

    kind: Kind
    looks_at: str
    score: str  # the formula
    source: str
    blind_spots: str
    example: str
    calibration: str  # where its thresholds come from
