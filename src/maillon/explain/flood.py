"""Why an account or address that asks far too much is told of."""

from __future__ import annotations

from maillon.explain.words import number
from maillon.facts.decision import Reason


def flood_reason(per_second: float, burst: int) -> Reason:
    """Return the reason of a decision about a flood: more requests than the operator's limit."""
    return Reason(
        "flood",
        {"per_second": per_second, "burst": float(burst)},
        f"plus de {number(per_second, 'fr')} demandes par seconde, durablement : aucune personne ne lit aussi vite",
        f"more than {number(per_second, 'en')} requests a second, lasting: nobody reads as fast",
    )
