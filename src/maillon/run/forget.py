"""One patient or one account forgotten, where that is lawful: lake, ledger, names, records, journal.

What an incident rests on is evidence: it is kept unless the person who forgets says otherwise.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path
from secrets import token_hex
from typing import Any

import msgspec
import polars as pl

from maillon.decide.incidents import group
from maillon.edges import lake_window
from maillon.edges.journal import SEGMENTS
from maillon.edges.lake_rewrite import rewrite
from maillon.edges.state import TO_FOLD, State
from maillon.expose.sittings import DAY
from maillon.facts.decision import Decision
from maillon.facts.errors import StateError, UsageError
from maillon.facts.policy import Policy
from maillon.run.exposure import suspects_of
from maillon.run.hands import look, reached
from maillon.run.rebuild import rebuild
from maillon.run.retention import accounts_in, nameless
from maillon.run.scan import campaigns_of

KIND = "forgetting"
"""Kind of the entries by which the ledger remembers that somebody was forgotten: by whom and why, never who."""


@dataclass(frozen=True)
class Wish:
    """Who forgets and why, when (µs, by the clock), and whether evidence of incidents goes too."""

    who: str
    why: str
    at: int
    even_evidence: bool = False


@dataclass
class Forgotten:
    """What went, and what stays."""

    events: int = 0
    entries: int = 0
    shared: int = 0  # entries that speak of other accounts too: they stay
    tidied: bool = True
    incidents: list[str] = field(default_factory=list)  # whose evidence went


def forget_patients(state: State, patients: Collection[int], wish: Wish, policy: Policy) -> Forgotten:
    """Forget patients (hashes): accesses to them become accesses to nobody. Raises UsageError, StateError."""
    refuse_unread(state)
    events = lake_window.every(state.folder, state.parts())
    mine = None if events is None else events.filter(pl.col("patient").is_in(list(patients)))
    if mine is None or not mine.select(pl.len()).collect().item():
        raise UsageError("no access that is kept is to this patient: nothing to forget")
    evidence = _evidence_of(state, mine)
    _refuse(evidence, wish, "was read in")
    numbers = [
        link.seq
        for link in state.links()
        if link.kind == "opened" and link.body and msgspec.json.decode(link.body)["patient"] in patients
    ]
    return _forget(state, wish, policy, Forgotten(incidents=evidence), numbers, patients=patients)


def forget_account(state: State, account: int, wish: Wish, policy: Policy) -> Forgotten:
    """Forget an account (hash): its accesses, its name, what the ledger says of it. Raises UsageError, StateError."""
    refuse_unread(state)
    hands = look(state)
    if hands.in_force.standing(account, max(reached(state), hands.last)):
        raise UsageError("an order about this account is in force: release it first (maillon release)")
    decisions = [msgspec.convert(body, Decision) for body in state.entries("decision")]
    incidents = [one.id for one in group(decisions, campaigns_of(state).links()) if account in one.account_hashes]
    _refuse(incidents, wish, "is part of")
    done, numbers = Forgotten(incidents=incidents), []
    for link in state.links():
        named = accounts_in(msgspec.json.decode(link.body)) if link.body else set()
        if named == {account}:
            numbers.append(link.seq)
        done.shared += account in named and len(named) > 1
    return _forget(state, wish, policy, done, numbers, account=account)


def _forget(
    state: State,
    wish: Wish,
    policy: Policy,
    done: Forgotten,
    numbers: list[int],
    *,
    patients: Collection[int] = (),
    account: int = 0,
) -> Forgotten:
    state.distrust()  # a death from here on lets the next run fold the lake again
    accounts = [account] if account else []
    name = state.names().get("account", {}).get(account, "")
    rest = rewrite(state.folder, state.parts(), accounts=accounts, patients=patients)
    unnamed = nameless(state, rest.parts, set(numbers)) if account else {}
    if account:
        unnamed["account"] = list({*unnamed["account"], account})
    done.events, done.entries = rest.events, len(numbers)
    what = "account" if account else "patient"
    body = {"at": wish.at, "who": wish.who, "why": wish.why, "what": what, "events": done.events}
    done.tidied = state.shrink([(token_hex(16), KIND, wish.at, body)], rest.parts, erase=numbers, unname=unnamed)
    _, memory = state.load()
    rebuild(state, policy, _without(memory, name) if name else memory, decide=False)
    drop_journal(state)
    return done


def drop_journal(state: State) -> None:
    """Remove what the journal holds of what was taken in: it names whom nothing else names any more."""
    _, memory = state.load()
    for segment in (state.folder / "journal").glob(SEGMENTS):
        if segment.stem.isdigit() and int(segment.stem) < memory.get("journal", 0):
            segment.unlink()


def _evidence_of(state: State, mine: pl.LazyFrame) -> list[str]:
    """Return the incidents in whose time their accounts made some of these accesses."""
    decisions = [msgspec.convert(body, Decision) for body in state.entries("decision")]
    found = []
    for incident in group(decisions, campaigns_of(state).links()):
        suspects = suspects_of(incident, decisions)
        read = mine.join(suspects, on="account").filter(pl.col("at").is_between(pl.col("since"), incident.until + DAY))
        if read.select(pl.len()).collect().item():
            found.append(incident.id)
    return found


def _refuse(incidents: list[str], wish: Wish, how: str) -> None:
    if incidents and not wish.even_evidence:
        raise UsageError(
            f"it {how} {', '.join(incidents)}: that is evidence, which may be kept for as long as it must be answered "
            "for (GDPR art. 17(3)(b) and (e)) and goes by age; --even-evidence forgets it all the same"
        )


def refuse_unread(state: State) -> None:
    """Raise StateError where a runner left what must be taken in first: it could hold the person too."""
    snapshot, memory = state.load()
    waiting = snapshot and msgspec.msgpack.decode(snapshot).get("pending")
    journal: list[Path] = [
        path
        for path in (state.folder / "journal").glob(SEGMENTS)
        if path.stem.isdigit() and int(path.stem) >= memory.get("journal", 0) and path.stat().st_size
    ]
    if waiting or journal or state.other_version not in ("", TO_FOLD):
        raise StateError(
            f"a run of the state {state.folder} was stopped before its end: run the same scan, or start the guard and "
            "stop it, then this"
        )


def _without(memory: Any, name: str) -> Any:  # noqa: ANN401 - plain JSON
    """Return what readers remember without an account's name."""
    if isinstance(memory, dict):
        return {key: _without(one, name) for key, one in memory.items() if name not in (key, one)}
    return [_without(one, name) for one in memory if one != name] if isinstance(memory, list) else memory
