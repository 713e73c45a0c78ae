"""A value learnt from many accounts, fixed at a moment of event time, before all that it governs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Seal:
    """`what` names it ("thresholds", "networks", "profile"), `at` is event time, `values` is plain JSON."""

    what: str
    at: int
    values: dict[str, Any]
    digest: str
