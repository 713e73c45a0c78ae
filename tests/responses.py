"""Small helpers of the tests of orders: decisions, orders and policies in which everything can be predicted."""

from __future__ import annotations

from dataclasses import replace

from maillon.decide.in_force import InForce
from maillon.decide.orders import respond
from maillon.facts.decision import Decision
from maillon.facts.directory import Directory, Group, Person
from maillon.facts.order import Order
from maillon.facts.response import ResponsePolicy
from maillon.facts.verdict import Held, Verdict

HOUR = 3_600_000_000
DAY = 24 * HOUR
T = 20_000 * DAY
ON = ResponsePolicy(enforce=True)


def decision(action="contain", account=7, at=T, kind="day", calibration="own", network=5, device=6):
    return Decision(
        id=f"{account}-{action}-{at}",
        at=at,
        zone=0,
        service="portal",
        account=f"agent{account}",
        account_hash=account,
        action=action,
        kind=kind,
        calibration=calibration,
        reasons=(),
        network=network,
        device=device,
        session=9,
        since=at - HOUR,
    )


def order(action="end_sessions", account=7, at=T, until=T + DAY, id="o", decision="d", **more):  # noqa: A002
    return Order(id, decision, at, f"agent{account}", account, 9, action, until, **more)


def verdict(word="legitimate", account=7, at=T + 1, decisions=("d",), who="alice", id="v", **more):  # noqa: A002
    until = more.pop("until", at + 30 * DAY)
    holds = (Held(account, "day", 5, 6),)
    return Verdict(id, at, "d", word, who, "why", until, accounts=(account,), decisions=decisions, holds=holds, **more)


def contained(policy=ON, **more):
    """Return what is in force after one decision of scoring to contain account 7 at T."""
    in_force = InForce(policy)
    respond([decision(**more)], in_force, Directory())
    return in_force


def ward(size, facility="CH", role="nurse", first=100):
    """Return a directory of one group, its accounts numbered from `first`."""
    people = {first + n: Person(f"agent{first + n}", role=role, facility=facility) for n in range(size)}
    return Directory(people, sizes={Group(facility, role): size})


def both(one: Directory, other: Directory) -> Directory:
    return replace(one, people={**one.people, **other.people}, sizes={**one.sizes, **other.sizes})
