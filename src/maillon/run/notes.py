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
from maillon.facts.exposure import Bounds
from maillon.facts.incident import Incident
from maillon.facts.noted import Noted
from maillon.render.notices.case import Announced


def awareness_entry(awareness: Awareness) -> Entry:
    """Return the ledger's entry of a moment of awareness."""
    return _entry("awareness", awareness.recorded, msgspec.to_builtins(awareness))


def notice_entry(body: dict[str, Any]) -> Entry:
    """Return the ledger's entry of a notice that was drawn up or sent.

    Body: incident, form, phase, lang, made, sent (µs, 0 = drawn up only), patients, gaps, digest, who.
    """
    return _entry("notice", int(body["made"]), body)


def noted_of(state: State, incidents: Iterable[Incident]) -> dict[str, Noted]:
    """Return what is on record about each incident, under its own name and those that it absorbed."""
    words = sorted((msgspec.convert(body, Awareness) for body in state.entries("awareness")), key=_recorded)
    last = {one.incident: one for one in words}  # the last word on an incident counts
    notices = state.entries("notice")
    done = _contained(state)
    found = {}
    for incident in incidents:
        names = {incident.id, *incident.absorbs}
        mine = [one for one in notices if one["incident"] in names]
        moments = [last[name] for name in names if name in last]
        found[incident.id] = Noted(
            # Of several incidents that became one, the earliest awareness counts.
            min(moments, key=lambda one: one.at, default=None),
            {one: done[one] for one in incident.account_hashes if one in done},
            {one["form"]: one["made"] for one in mine if not one["sent"]},
            {one["form"]: one["sent"] for one in reversed(mine) if one["sent"]},
        )
    return found


def announced(state: State, incident: Incident) -> Announced | None:
    """Return the numbers that the last notification of an incident gave to the authority, or None."""
    names = {incident.id, *incident.absorbs}
    told = [one for one in state.entries("notice") if one["incident"] in names and one["form"] == "cnil"]
    with_numbers = [one for one in told if one["patients"]]
    given = [one for one in with_numbers if one["sent"]] or with_numbers
    return Announced(given[-1]["made"], Bounds(**given[-1]["patients"])) if given else None


def logs_begin(lake: pl.LazyFrame) -> int:
    """Return the moment of the first access that is kept, µs; 0 = none."""
    return int(lake.select(pl.col("at").min()).collect().item() or 0)


def _entry(kind: str, at: int, body: dict[str, Any]) -> Entry:
    return sha256(msgspec.json.encode([kind, body], order="sorted")).hexdigest(), kind, at, body


def _contained(state: State) -> dict[int, int]:
    """Return when a responder had ended the sessions of each account or closed it: account hash -> µs."""
    orders = {one["id"] for one in state.entries("order") if one["action"] in {"end_sessions", "suspend"}}
    found: dict[int, int] = {}
    for one in state.entries("receipt"):
        if one["order"] in orders and one["outcome"] == "done":
            found.setdefault(one["account_hash"], one["at"])
    return found


def _recorded(one: Awareness) -> int:
    return one.recorded
