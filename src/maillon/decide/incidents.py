"""Decisions that belong to one theft become one incident."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from hashlib import sha256

from maillon.facts.decision import ACTIONS, Decision
from maillon.facts.incident import Incident

_APART_US = 30 * 86_400_000_000
"""Decisions further apart than this start a new incident, even of the same account."""


def incident_id(first: Decision) -> str:
    """Return the name of the incident that `first` opens."""
    return sha256(f"incident:{first.id}".encode()).hexdigest()[:12]


def group(decisions: Sequence[Decision], links: Iterable[tuple[int, int]]) -> list[Incident]:
    """Group decisions (in event-time order) by account and by the rare infrastructure that accounts share.

    `links` are pairs (account hash, key): two accounts with a key in common belong together. An incident keeps the
    name of its first decision; when a decision joins two incidents the older absorbs the younger.
    """
    keys: dict[int, set[int]] = defaultdict(set)
    for account, key in links:
        keys[account].add(key)
    open_incidents: list[_Growing] = []
    for decision in decisions:
        # The account itself is a key too: its own decisions belong together.
        mine = {decision.account_hash, *keys[decision.account_hash], *decision.keys}
        joined = [i for i in open_incidents if i.keys & mine and decision.at - i.last < _APART_US]
        if not joined:
            open_incidents.append(_Growing(decision, mine))
            continue
        oldest, *younger = joined
        oldest.add(decision, mine)
        for other in younger:
            oldest.absorb(other)
            open_incidents.remove(other)
    return [growing.incident() for growing in open_incidents]


class _Growing:
    """An incident while decisions are still being added."""

    def __init__(self, first: Decision, keys: set[int]) -> None:
        self.id = incident_id(first)
        self.decisions = [first]
        self.keys = set(keys)
        self.last = first.at
        self.absorbs: list[str] = []

    def add(self, decision: Decision, keys: set[int]) -> None:
        self.decisions.append(decision)
        self.keys |= keys
        self.last = max(self.last, decision.at)

    def absorb(self, other: _Growing) -> None:
        self.decisions = sorted(self.decisions + other.decisions, key=lambda d: (d.at, d.id))
        self.keys |= other.keys
        self.last = max(self.last, other.last)
        self.absorbs += [other.id, *other.absorbs]

    def incident(self) -> Incident:
        by_account = {d.account_hash: d.account for d in self.decisions}
        return Incident(
            id=self.id,
            accounts=list(by_account.values()),
            account_hashes=list(by_account),
            since=min(d.since or d.at for d in self.decisions),
            until=self.last,
            zone=self.decisions[0].zone,
            gravest=max((d.action for d in self.decisions), key=ACTIONS.index),
            decisions=[d.id for d in self.decisions],
            absorbs=self.absorbs,
        )
