"""What is on record about an incident beside its decisions: what people said, what was done, what was sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from maillon.facts.awareness import Awareness


@dataclass(frozen=True)
class Noted:
    """Moments are µs since 1970 UTC."""

    awareness: Awareness | None = None
    contained: Mapping[int, int] = field(default_factory=dict)  # account hash → when a responder had contained it
    drawn: Mapping[str, int] = field(default_factory=dict)  # form → when it was last drawn up
    sent: Mapping[str, int] = field(default_factory=dict)  # form → when a person first sent it
