"""What people noted of an incident in the ledger: when they became aware, and which notices were drawn up."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256
from typing import Any

import msgspec
import polars as pl

from maillon.edges.ledger import Entry
from maillon.edges.state import State
from maillon.facts.awareness import Awareness
from maillon.facts.incident import Incident


def awareness_entry(awareness: Awareness) -> Entry:
    """Return the ledger's entry of a moment of awareness."""
    return _entry("awareness", awareness.recorded, msgspec.to_builtins(awareness))


def notice_entry(body: dict[str, Any]) -> Entry:
    """Return the ledger's entry of a notice that was drawn up: incident, form, phase, lang, made, patients, digest."""
    return _entry("notice", int(body["made"]), body)


def awareness_of(state: State, incidents: Iterable[Incident]) -> dict[str, Awareness]:
    """Return the recorded moment of awareness of each incident that has one.

    The last word on an incident counts; of several incidents that became one, the earliest moment does.
    """
    last: dict[str, Awareness] = {}
    for one in sorted((msgspec.convert(body, Awareness) for body in state.entries("awareness")), key=_recorded):
        last[one.incident] = one
    found = {}
    for incident in incidents:
        mine = [last[name] for name in (incident.id, *incident.absorbs) if name in last]
        if mine:
            found[incident.id] = min(mine, key=lambda one: one.at)
    return found


def notices_of(state: State, incident: Incident) -> list[dict[str, Any]]:
    """Return the bodies of the notices of an incident, in the order in which they were drawn up."""
    return [one for one in state.entries("notice") if one["incident"] in {incident.id, *incident.absorbs}]


def logs_begin(lake: pl.LazyFrame) -> int:
    """Return the moment of the first access that is kept, µs; 0 = none."""
    return int(lake.select(pl.col("at").min()).collect().item() or 0)


def _entry(kind: str, at: int, body: dict[str, Any]) -> Entry:
    return sha256(msgspec.json.encode([kind, body], order="sorted")).hexdigest(), kind, at, body


def _recorded(one: Awareness) -> int:
    return one.recorded
