"""What is kept for how long: days of the lake and entries of the ledger go when their time is over.

Before the first accesses of an incident go, its numbers are written to the ledger, which keeps them longer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from secrets import token_hex
from typing import Any

import msgspec
import polars as pl

from maillon.decide.incidents import group
from maillon.edges import lake_window
from maillon.edges.chain import ERASURE, Link
from maillon.edges.lake_rewrite import rewrite
from maillon.edges.ledger import Entry
from maillon.edges.state import State
from maillon.expose.sittings import DAY
from maillon.facts.decision import Decision
from maillon.facts.errors import MaillonError
from maillon.facts.incident import Incident
from maillon.facts.retention import Gone, Terms
from maillon.run.conclude import incidents
from maillon.run.hands import look, reached
from maillon.run.scan import campaigns_of

KEPT_KINDS = frozenset({ERASURE, "profile", "response"})
"""Kinds of entries that name no person and that a state needs for as long as it lives."""

NUMBERS = "incident_numbers"
"""Kind of the entries that keep what an incident exposed when its accesses go."""

_COUNTS = ("patients_lower", "patients_upper", "patients_before_step_up", "patients_before_containment")
_SETTLED_DAYS = 2
"""A day this old gets few late events: its parts are merged."""


def retain(state: State, terms: Terms, now: int, *, dry_run: bool = False) -> Gone:
    """Erase what is older than `terms` at `now` (µs), and merge the parts of each day. Raises StateError.

    With `dry_run` only say what would go.
    """
    today = datetime.fromtimestamp(now / 1e6, UTC)
    oldest = _months_before(today, terms.lake_months)
    gone = Gone(oldest.date().isoformat())
    parts = state.parts()
    gone.days = [day for day in lake_window.days(parts) if day < gone.oldest]
    due = _due(state, _microseconds(_months_before(today, 12 * terms.ledger_years)))
    gone.entries = len(due)
    numbers = _numbers(state, _microseconds(oldest), now) if gone.days else []
    gone.incidents = [body["incident"] for _, _, _, body in numbers]
    if dry_run:
        return gone
    settled = (today - timedelta(days=_SETTLED_DAYS)).date().isoformat()
    done = rewrite(state.folder, parts, oldest=gone.oldest, settled=settled)
    gone.events, gone.merged = done.events, done.merged
    if done.parts == parts and not due:
        return gone
    unnamed = nameless(state, done.parts, {link.seq for link in due}) if gone.days or due else {}
    gone.names = sum(map(len, unnamed.values()))
    told: list[Entry] = [_record(gone, terms, now)] if gone.days or due else []
    gone.tidied = state.shrink([*numbers, *told], done.parts, erase=[link.seq for link in due], unname=unnamed)
    return gone


def daily(state: State, terms: Terms, clock: Callable[[], int], say: Callable[[str], None]) -> Callable[[], None]:
    """Return what a process that holds the state for long calls after each commit: it retains once a day."""
    done = -1

    def keep() -> None:
        nonlocal done
        if (today := clock() // DAY) == done:
            return
        done = today
        try:
            retain(state, terms, clock())
        except MaillonError as error:  # answering goes on; tomorrow it is tried again
            say(f"what is due was not erased: {error}")

    return keep


def with_kept_numbers(state: State, found: Sequence[Incident]) -> None:
    """Give incidents whose accesses went the numbers that the ledger kept of them."""
    kept = {body["incident"]: body for body in state.entries(NUMBERS)}
    for incident in found:
        for body in (kept[name] for name in (incident.id, *incident.absorbs) if name in kept):
            for name in _COUNTS:
                setattr(incident, name, max(getattr(incident, name), body[name]))
            for name, count in body["fields"].items():
                incident.fields[name] = max(incident.fields.get(name, 0), count)


def accounts_in(body: Any) -> set[int]:  # noqa: ANN401 - plain JSON
    """Return the hashes of the accounts that an entry's body speaks of."""
    found: set[int] = set()
    if isinstance(body, dict):
        found |= {body["account_hash"]} if isinstance(body.get("account_hash"), int) else set()
        found |= {one for one in body.get("accounts") or () if isinstance(one, int)}
    return found


def _due(state: State, before: int) -> list[Link]:
    """Return the entries whose time is over: not those of an account about which something still stands."""
    old = [link for link in state.links() if link.at < before and link.body and link.kind not in KEPT_KINDS]
    if not old:
        return []
    hands = look(state)
    standing = {order.account_hash for order in hands.in_force.everywhere(max(reached(state), hands.last))}
    return [link for link in old if not accounts_in(msgspec.json.decode(link.body)) & standing]


def _numbers(state: State, oldest: int, now: int) -> list[Entry]:
    """Return the entries that keep the numbers of incidents of which a part is about to go, once each."""
    decided = [msgspec.convert(body, Decision) for body in state.entries("decision")]
    links = campaigns_of(state).links()
    kept = {body["incident"] for body in state.entries(NUMBERS)}
    begun = {one.id for one in group(decided, links) if one.since < oldest and not {one.id, *one.absorbs} & kept}
    if not begun:
        return []
    found, _ = incidents(state.lake(), decided, links, state.names())
    return [
        (
            token_hex(16),
            NUMBERS,
            now,
            {"incident": one.id, "fields": one.fields} | {name: getattr(one, name) for name in _COUNTS},
        )
        for one in found
        if one.id in begun
    ]


def nameless(state: State, parts: Sequence[str], erased: set[int]) -> dict[str, list[int]]:
    """Return the accounts, networks and clients (hashes) that neither the rest of lake nor ledger speaks of."""
    table = lake_window.every(state.folder, parts)
    spoken_of = _spoken_of(link for link in state.links() if link.body and link.seq not in erased)
    found = {}
    for kind in ("account", "network", "device"):
        held = set() if table is None else set(table.select(pl.col(kind).unique()).collect()[kind])
        found[kind] = [key for key in state.names().get(kind, {}) if key not in held and key not in spoken_of]
    return found


def _spoken_of(links: Iterable[Link]) -> set[int]:
    found: set[int] = set()
    for link in links:
        body = msgspec.json.decode(link.body)
        found |= accounts_in(body) | {body.get("network", 0), body.get("device", 0)}
    return found


def _record(gone: Gone, terms: Terms, now: int) -> Entry:
    body = {
        "at": now,
        "oldest": gone.oldest,
        "lake_months": terms.lake_months,
        "ledger_years": terms.ledger_years,
        "days": len(gone.days),
        "events": gone.events,
        "entries": gone.entries,
    }
    return token_hex(16), "retention", now, body


def _months_before(moment: datetime, months: int) -> datetime:
    year, month = divmod(moment.year * 12 + moment.month - 1 - months, 12)
    for day in range(moment.day, 0, -1):  # 31 May less three months is the last day of February
        try:
            return moment.replace(year=year, month=month + 1, day=day)
        except ValueError:
            continue
    raise AssertionError


def _microseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1e6)
