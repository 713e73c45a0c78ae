"""One theft as a person sees it."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Incident:
    """Decisions that belong together. `id` is a hash of its first decision; it keeps it when it absorbs others."""

    id: str
    accounts: list[str]
    account_hashes: list[int]
    since: int
    until: int
    zone: int
    gravest: str  # the gravest action of its decisions
    decisions: list[str]
    patients_lower: int = 0
    patients_upper: int = 0
    patients_before_step_up: int = 0
    patients_before_containment: int = 0
    fields: dict[str, int] = field(default_factory=dict)  # identity field -> patients whose field was shown
    absorbs: list[str] = field(default_factory=list)
    networks: list[int] = field(default_factory=list)
    devices: list[int] = field(default_factory=list)
