"""The logs of a region in real formats, as blocks of bytes; whoever calls writes them."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from maillon.sim.log_combined import LOG_FORMAT, combined
from maillon.sim.log_events import event_lines
from maillon.sim.log_keycloak import keycloak

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from maillon.sim.simulated import Simulated

RENDERERS: Mapping[str, Callable[[Simulated], Iterator[bytes]]] = MappingProxyType(
    {
        "portal-access.log": combined,
        "keycloak-events.jsonl": keycloak,
        "maillon-events.jsonl": event_lines,
    }
)
"""File name → renderer. The first two are one region as an operator has it; the third is the same events again."""

OPERATOR = ("portal-access.log", "keycloak-events.jsonl")


def logs(sim: Simulated, names: tuple[str, ...] = OPERATOR) -> dict[str, Iterator[bytes]]:
    """Return the files of a region, by name, as blocks of whole lines yet to be made."""
    return {name: RENDERERS[name](sim) for name in names}


__all__ = ["LOG_FORMAT", "OPERATOR", "RENDERERS", "combined", "event_lines", "keycloak", "logs"]
