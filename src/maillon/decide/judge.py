"""The verdict on one request, from what is remembered of its account. It changes nothing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from maillon.decide.remembered import LISTS, Remembered, moment
from maillon.facts.answer import Answer
from maillon.facts.break_glass import Opened
from maillon.facts.event import Action
from maillon.facts.order import Order
from maillon.facts.response import ResponsePolicy

ALLOW = Answer("allow")

_FREE = frozenset((Action.LOGIN, Action.LOGOUT, Action.BREAK_GLASS))
"""What passes up to ended sessions: a carer must be able to log in in a stronger way, or to break the glass."""

_PLAIN = frozenset((*_FREE, Action.OTHER))
_CLOSED = frozenset((Action.EXPORT, Action.TAMPER))
_FOREVER = 1 << 63


@dataclass(frozen=True)
class Request:
    """One request: `patient` 0 = it names none, `session` 0 and `session_since` 0 = not told."""

    patient: int
    action: int  # an Action
    at: int
    known: bool  # the account's own patient
    session: int = 0
    session_since: int = 0


def judge(account: Remembered, request: Request, policy: ResponsePolicy) -> Answer:
    """Return the answer that the account's orders call for, whether they are enforced or not."""
    still = account.still(request.at, policy)
    standing = [one for one in still if one.until == 0 or request.at < one.until]
    longest: dict[str, Order] = {}
    for order in sorted(standing, key=lambda one: (one.until or _FOREVER, one.at, one.id)):
        longest[order.action] = order
    if suspended := longest.get("suspend"):
        stop = replace(_stop("contain", "suspended", suspended), remains=suspended.remains)
        return ALLOW if request.action == Action.LOGOUT else stop
    if request.action in _FREE:
        return ALLOW
    if closed := longest.get("end_sessions"):
        return _through_glass(account, request, _stop("contain", "contained", closed))
    if asked := _unsatisfied(account, standing, request):
        return _through_glass(account, request, _stop("step_up", "step_up", asked))
    ended = [one for one in still if one.action == "end_sessions" and 0 < request.session_since <= one.at]
    if ended:
        return _stop("contain", "session_ended", ended[-1])
    pace = longest.get("pace")
    return _paced(account, request, pace, policy) if pace else ALLOW


def _stop(verdict: str, code: str, order: Order) -> Answer:
    return Answer(
        verdict,
        code,
        order.until,
        incident=order.incident,
        order=order.id,
        may_break_glass=code in ("contained", "step_up"),
    )


def _unsatisfied(account: Remembered, standing: list[Order], request: Request) -> Order | None:
    """Return the newest step-up that this session has not satisfied by a log-in newer than it.

    The carer's own stronger log-in must not open a thief's session: where both are told, sessions must be the same.
    """
    logins = [
        one.at
        for one in account.stepped_up
        if one.at <= request.at and (0 in (one.session, request.session) or one.session == request.session)
    ]
    newest = max(logins, default=-1)
    asked = [one for one in standing if one.action == "step_up" and one.at >= newest]
    return asked[-1] if asked else None


def _through_glass(account: Remembered, request: Request, stop: Answer) -> Answer:
    """Return what an emergency passage makes of a refusal."""
    for glass in sorted(account.glasses.values(), key=moment):
        other = glass.session and request.session and glass.session != request.session
        if other or not glass.at <= request.at < glass.until:
            continue
        through = replace(ALLOW, code="break_glass", until=glass.until, incident=stop.incident, order=stop.order)
        if request.action in _PLAIN:
            return through
        if request.action in _CLOSED or request.action == Action.LIST:
            stop = replace(stop, code="glass_no_lists", under=glass.id, may_break_glass=False)
            continue
        same = _like(request, account.opened.get(glass.id, {}).values())
        limit = glass.searches if request.action == Action.SEARCH else glass.patients
        if _again(request, same) or len(same) < limit:
            return replace(through, under=glass.id)
        stop = replace(stop, code="glass_spent", under=glass.id, may_break_glass=False)
    return stop


def _paced(account: Remembered, request: Request, order: Order, policy: ResponsePolicy) -> Answer:
    """Slow new patients: one an interval; the account's own, and those already opened, stay open."""
    if request.action in _CLOSED:
        return _stop("pace", "exports_closed", order)
    if request.action == Action.OTHER or request.known:
        return ALLOW
    # A search has a turn of its own: one search, then one patient, is how a patient is found.
    same = _like(request, (one for under in account.opened.values() for one in under.values()))
    if _again(request, same):
        return ALLOW
    last = max((one.at for one in same), default=None)
    free = order.at if last is None else last + policy.pace_seconds * 1_000_000
    if request.at >= free:
        return replace(ALLOW, code="slowed", until=order.until, order=order.id, under=order.id)
    return replace(_stop("pace", "slowed", order), retry_at=free)


def _like(request: Request, opened: Iterable[Opened]) -> list[Opened]:
    """Return what was opened so far, lists for a list and patients for a patient.

    By admission, not by moment: a limit must hold for requests that come out of order too.
    """
    lists = request.action in LISTS
    return [one for one in opened if (one.action in LISTS) == lists]


def _again(request: Request, opened: Iterable[Opened]) -> bool:
    return request.patient != 0 and any(one.patient == request.patient for one in opened)
