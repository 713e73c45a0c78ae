"""One audited act, whichever standard told it, and the rows that it becomes.

A query tells of each patient it returned, in FHIR by one AuditEvent each: their rows share the id of the request, or
of what was asked by whom in that second, and so are one act with its listed patients.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, NamedTuple

from maillon.facts.event import Action, Outcome
from maillon.read.audit_codes import (
    ACTIONS,
    LETTERS,
    LOGIN,
    LOGOUT,
    ONE_PATIENT,
    QUERY,
    SEARCHES,
    SECURITY_ALERT,
    SILENT,
    TAMPERING,
    USER_AUTHENTICATION,
)
from maillon.read.instant import instant_of_text
from maillon.read.records import Row

OTHER_SIDE = "told by the other side"
"""Kind of the records that tell again, from the client's or the server's side, what was already told."""

_MOST_REQUESTS = 4096  # requests whose teller is remembered, the oldest forgotten first
_OF_ONE = re.compile(
    r"[?&\n](?:patient|subject|beneficiary)(?::Patient)?(?:\.(?:identifier|_id))?=|/Patient/[A-Za-z0-9.\-]+/[$A-Z]"
)


class Act(NamedTuple):
    """What an audit message says. Texts are empty where it says nothing."""

    instant: tuple[int, int]  # as `instant` gives it
    codes: frozenset[str]  # event ids, types, interactions, transactions
    letter: str  # action code: C R U D E
    outcome: Outcome
    account: str
    patients: Sequence[str] = ()
    session: str = ""
    address: str = ""
    client: str = ""
    request: str = ""
    teller: str = ""  # the system that wrote the message
    query: str = ""  # what was asked, decoded
    emergency: bool = False


def moment_of(text: str) -> tuple[int, int] | None:
    """Return the instant of a date and time, or None. A bare number is none: it may be an identifier astray."""
    return instant_of_text(text) if text[4:5] == "-" else None


def action_of(act: Act) -> Action:
    """Return what was done: by the most particular code, else by the action code."""
    codes = act.codes
    for code, action in ((LOGIN, Action.LOGIN), (LOGOUT, Action.LOGOUT)):
        if code in codes:
            return action
    if codes & TAMPERING:
        return Action.TAMPER
    if codes == {USER_AUTHENTICATION}:
        return Action.LOGIN
    if codes & SILENT:
        return Action.OTHER
    if codes & SEARCHES:
        return _asked(act)
    if codes & ONE_PATIENT:
        return Action.READ if act.patients else Action.SEARCH
    for code, action in ACTIONS.items():
        if code in codes:
            return action
    if QUERY in codes:
        return _asked(act)
    if "operation" in codes and "$" in act.query:
        return Action.EXPORT if "$export" in act.query else _asked(act)
    if act.letter == "E" and act.query:
        return _asked(act)
    return LETTERS.get(act.letter, Action.OTHER)


def _asked(act: Act) -> Action:
    """Tell a search from a query within the record of a patient whom the request names."""
    return Action.READ if act.patients and _OF_ONE.search(act.query) else Action.SEARCH


def is_refusal(codes: frozenset[str]) -> bool:
    """Tell whether a failure of such an event is a refusal: a log-in that failed, a right that is missing."""
    return bool(codes & {LOGIN, LOGOUT, USER_AUTHENTICATION, SECURITY_ALERT})


def rows_of(act: Act, memory: dict[str, Any]) -> list[Row]:
    """Return one row a patient, or one without; none where the other side of the same request told it already.

    What is opened in an emergency is a passage (break glass) to that patient; before a search, a change or an export
    the passage has a row of its own. `memory` ("told": plain JSON) knows which system told a search first.
    """
    action = action_of(act)
    request = act.request
    if action == Action.SEARCH:
        if request and act.teller and not _is_first(act, memory):
            return []
        request = request or "\x1f".join(("act", act.account, act.address, str(act.instant[0] // 1_000_000), act.query))
    texts = {
        "account": act.account,
        "session": act.session,
        "address": act.address,
        "agent": act.client,
        "request": request,
        "host": act.teller,
    }
    patients = list(dict.fromkeys(patient for patient in act.patients if patient)) or [""]
    opens = act.emergency and action in {Action.OTHER, Action.READ}
    shown = Action.BREAK_GLASS if opens else action
    rows = [Row(act.instant, shown, act.outcome, {**texts, "patient": patient}) for patient in patients]
    if act.emergency and not opens:
        rows.insert(0, Row(act.instant, Action.BREAK_GLASS, act.outcome, texts))
    return rows


def _is_first(act: Act, memory: dict[str, Any]) -> bool:
    """Tell whether a search is told by the system that told it first.

    Only searches: what is opened counts once however often it is told. Requests of several servers may share an id
    that was passed on, so what was asked must be as long, too.
    """
    told: dict[str, str] = memory.setdefault("told", {})
    first = told.setdefault(f"{act.request} {len(act.query)}", act.teller)
    if len(told) > _MOST_REQUESTS:
        told.pop(next(iter(told)))
    return first == act.teller
