"""How many accounts may be contained without a person: a mistake of ours must never empty a ward.

Containments are counted by hour, in all and in each establishment and role. Of an emergency department only a share
may stand contained at the same time, whoever orders it. What is over the cap becomes pacing and a loud alarm.
"""

from __future__ import annotations

from collections.abc import Mapping

from maillon.decide.in_force import InForce
from maillon.facts.directory import Directory, Group
from maillon.facts.response import ResponsePolicy

_HOUR_US = 3_600_000_000
Learnt = Mapping[int, Group]
"""Groups learnt by behaviour, for the accounts that no directory knows."""


def group_of(account_hash: int, directory: Directory, learnt: Learnt) -> Group:
    """Return the account's establishment and role: the directory's word first; empty where nobody knows."""
    person = directory.people.get(account_hash)
    return Group(person.facility, person.role) if person else learnt.get(account_hash, Group())


def over_cap(
    account_hash: int, at: int, in_force: InForce, directory: Directory, learnt: Learnt, *, by_hand: bool = False
) -> str:
    """Return why this account may not be contained at `at`: "emergency", "cap_group", "cap_whole", or "" if it may.

    A person's order passes the hourly caps, never the emergency department's.
    """
    policy = in_force.policy
    mine = group_of(account_hash, directory, learnt)
    if is_emergency(mine, policy) and _stops_department(account_hash, mine, at, in_force, directory, learnt):
        return "emergency"
    if by_hand:
        return ""
    recent = {
        one.account_hash
        for one in in_force.orders()
        if one.action == "end_sessions" and one.who == "maillon" and at - _HOUR_US < one.at <= at
    } - {account_hash}
    if mine != Group() and sum(group_of(one, directory, learnt) == mine for one in recent) >= policy.cap_group:
        return "cap_group"
    return "cap_whole" if len(recent) >= policy.cap_whole else ""


def is_emergency(group: Group, policy: ResponsePolicy) -> bool:
    """Tell whether a group works in an emergency department, by the words that the policy names."""
    text = f"{group.facility} {group.role}".casefold()
    return any(word.casefold() in text for word in policy.emergency)


def _stops_department(
    account_hash: int, mine: Group, at: int, in_force: InForce, directory: Directory, learnt: Learnt
) -> bool:
    """Tell whether one more account would leave less than the share of its emergency department that must work."""
    policy = in_force.policy
    size = sum(
        count
        for group, count in directory.sizes.items()
        if group.facility == mine.facility and is_emergency(group, policy)
    )
    closed = {
        one.account_hash
        for one in in_force.everywhere(at)
        if one.action in ("end_sessions", "suspend")
        and (group := group_of(one.account_hash, directory, learnt)).facility == mine.facility
        and is_emergency(group, policy)
    } | {account_hash}
    return len(closed) > size * policy.emergency_share
