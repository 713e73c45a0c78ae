"""Decisions and what people order become orders: by degrees, capped, lapsing, never above what a person must say.

The ladder adds up: who is slowed was asked for a stronger log-in too, and when a block lapses the next log-in must be
a stronger one. Scoring ends sessions and blocks at the proxy; only people suspend an account.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import sha256

from maillon.decide.cap import Learnt, over_cap
from maillon.decide.in_force import InForce
from maillon.decide.incidents import incident_id
from maillon.decide.verdicts import persons
from maillon.explain.response import capped_reason, remains
from maillon.facts.decision import Decision, Reason
from maillon.facts.directory import Directory
from maillon.facts.hand import HandOrder
from maillon.facts.order import Order, Text
from maillon.facts.response import ResponsePolicy
from maillon.facts.verdict import Held

_HOUR_US = 3_600_000_000
_DAY_US = 24 * _HOUR_US


def respond(
    decisions: Iterable[Decision], in_force: InForce, directory: Directory, learnt: Learnt | None = None
) -> list[Order]:
    """Return the orders that decisions call for, and take each into `in_force`: the next one's cap counts it.

    A decision that a verdict holds back orders nothing.
    """
    orders = []
    for decision in sorted(decisions, key=lambda one: (one.at, one.id)):
        for order in _of_decision(decision, in_force, directory, learnt or {}):
            in_force.take(order)
            orders.append(order)
    return orders


def by_hand(hand: HandOrder, in_force: InForce, directory: Directory, learnt: Learnt | None = None) -> list[Order]:
    """Return the orders that a person's word calls for, and take it and them into `in_force`.

    A suspension that still wants a second person blocks the account until somebody else asks for the same.
    """
    in_force.take(hand)
    orders = _of_hand(hand, in_force, directory, learnt or {})
    for order in orders:
        in_force.take(order)
    return orders


def lapses(decision: Decision, policy: ResponsePolicy) -> int:
    """Return when the order for a decision lapses: what scoring says again after that is worth an order again."""
    action = _allowed("end_sessions" if decision.action == "contain" else decision.action, policy)
    return decision.at + _lasts(action, decision, policy)


def may_suspend(hand: HandOrder, in_force: InForce) -> bool:
    """Tell whether as many people as the policy wants asked within a day for this account's suspension."""
    released = max((one.at for one in in_force.orders(hand.account_hash) if _releases(one, hand)), default=-1)
    asked = [
        one
        for one in [*in_force.hands(hand.account_hash), hand]
        if one.action == "suspend" and max(released, hand.at - _DAY_US) < one.at <= hand.at
    ]
    return len(persons(name for one in asked for name in (one.who, one.second))) >= in_force.policy.suspend_persons


def _releases(order: Order, hand: HandOrder) -> bool:
    return order.action == "release" and order.at <= hand.at


def _of_decision(decision: Decision, in_force: InForce, directory: Directory, learnt: Learnt) -> list[Order]:
    evidence = Held(decision.account_hash, decision.kind, decision.network, decision.device)
    if in_force.held(evidence, decision.at):
        return []
    policy = in_force.policy
    wanted = "end_sessions" if decision.action == "contain" else decision.action
    alarm = ""
    if wanted == "end_sessions" and policy.contain:
        alarm = over_cap(decision.account_hash, decision.at, in_force, directory, learnt)
    action = _allowed("pace" if alarm else wanted, policy)
    until = decision.at + _lasts(action, decision, policy)
    reasons = (*decision.reasons, *((capped_reason(alarm),) if alarm else ()))
    incident = _incident(decision, in_force)
    orders = [_order(decision, action, until, reasons, incident, alarm)]
    if action in ("pace", "end_sessions") and policy.step_up:
        longer = until + policy.step_up_hours * _HOUR_US if action == "end_sessions" else until
        orders.append(_order(decision, "step_up", longer, reasons, incident, ""))
    return orders


def _of_hand(hand: HandOrder, in_force: InForce, directory: Directory, learnt: Learnt) -> list[Order]:
    policy = in_force.policy
    if hand.action == "release":
        return [_by(hand, "release", 0, (), "")]
    if hand.action == "step_up":
        return [_by(hand, "step_up", hand.until or hand.at + policy.step_up_hours * _HOUR_US, (), "")]
    alarm = over_cap(hand.account_hash, hand.at, in_force, directory, learnt, by_hand=True)
    reasons = (capped_reason(alarm),) if alarm else ()
    if alarm:
        return [_by(hand, "pace", hand.until, reasons, alarm)]
    since = min((one.since for one in in_force.orders(hand.account_hash) if one.since), default=0)
    told = [one.address for one in in_force.standing(hand.account_hash, hand.at) if one.address]
    address = told[-1] if told else ""
    orders = [_by(hand, "end_sessions", hand.until, reasons, "", since=since, address=address)]
    if hand.action == "suspend" and may_suspend(hand, in_force):
        passage = remains(policy.remains_fr, policy.remains_en)
        orders.append(_by(hand, "suspend", hand.until, reasons, "", passage, since, address))
    return orders


def _allowed(action: str, policy: ResponsePolicy) -> str:
    """Return the highest rung up to `action` that the policy lets scoring order; "observe" = people are told only."""
    rungs = {"end_sessions": policy.contain, "pace": policy.pace, "step_up": policy.step_up, "observe": True}
    names = list(rungs)
    return next(name for name in names[names.index(action) :] if rungs[name])


def _lasts(action: str, decision: Decision, policy: ResponsePolicy) -> int:
    hours = {"pace": policy.pace_hours, "end_sessions": policy.contain_hours}.get(action, policy.step_up_hours)
    if action == "end_sessions" and decision.calibration != "own":
        hours = min(hours, policy.borrowed_hours)
    return hours * _HOUR_US


def _incident(decision: Decision, in_force: InForce) -> str:
    """Return the incident that the account's earlier orders name, else the one that this decision opens."""
    if decision.incident:
        return decision.incident
    earlier = [one for one in in_force.orders(decision.account_hash) if one.incident]
    recent = [one for one in earlier if decision.at - one.at < 30 * _DAY_US]
    return recent[0].incident if recent else incident_id(decision)


def _order(decision: Decision, action: str, until: int, reasons: Sequence[Reason], incident: str, alarm: str) -> Order:
    return Order(
        id=_id(decision.id, decision.account_hash, action),
        decision=decision.id,
        at=decision.at,
        account=decision.account,
        account_hash=decision.account_hash,
        session=decision.session,
        action=action,
        until=until,
        reasons=tuple(reasons),
        incident=incident,
        alarm=alarm,
        since=decision.since,
        address=decision.address,
    )


def _by(
    hand: HandOrder,
    action: str,
    until: int,
    reasons: Sequence[Reason],
    alarm: str,
    passage: Text | None = None,
    since: int = 0,
    address: str = "",
) -> Order:
    return Order(
        id=_id(hand.id, hand.account_hash, action),
        decision=hand.id,
        at=hand.at,
        account=hand.account,
        account_hash=hand.account_hash,
        session=0,
        action=action,
        until=until,
        reasons=tuple(reasons),
        who=hand.who,
        why=hand.why,
        remains=passage or Text(),
        alarm=alarm,
        since=since,
        address=address,
    )


def _id(source: str, account_hash: int, action: str) -> str:
    return sha256(f"order:{source}:{account_hash}:{action}".encode()).hexdigest()[:16]
