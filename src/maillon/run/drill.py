"""A drill: a thief planted in a copy of one's own log, in memory, and the same fold over it. Nothing is written."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from maillon.edges.state import State
from maillon.facts.decision import ACTIONS, Decision
from maillon.facts.drill import Drill, Stolen, Stop
from maillon.facts.errors import UsageError
from maillon.facts.event import Action, Outcome
from maillon.facts.policy import Policy
from maillon.run.refold import refold
from maillon.sim.attacks import SHELF
from maillon.sim.own_log import OwnLog, own_log
from maillon.sim.planted import Planted, plant

RUNGS = ("step_up", "pace", "contain")
_LISTS = (Action.LIST, Action.SEARCH, Action.EXPORT)


def survey(state: State) -> OwnLog:
    """Return the log that `state` holds, as the scene of thefts. Raises UsageError where it holds no access."""
    batches = list(state.replay())
    if not any((batch["account"] != 0).any() for batch in batches):
        raise UsageError("there is no access of an account in these logs: a drill needs some days of real use")
    return own_log(np.concatenate(batches))


def drill(state: State, log: OwnLog, policy: Policy, attack: str, accounts: Sequence[str] = (), seed: int = 1) -> Drill:
    """Play an attack of the shelf in the log of `state` and tell when each rung stops it.

    `accounts` are readable names; without any, accounts are drawn. Raises UsageError.
    """
    names = state.names()["account"]
    planted = plant(log, attack, seed, [_index(log, names, account) for account in accounts])
    thief = np.sort(np.concatenate([one.rows for one in planted]), order=["at", "account"], kind="stable")
    decisions = refold(state, policy, _with(state.replay(), thief)).decisions
    usual = {(one["account_hash"], one["action"]) for one in state.entries("decision")}
    stolen = {int(one.account) for one in planted}
    drawn_in = sorted(
        {
            one.account
            for one in decisions
            if one.account_hash not in stolen and (one.account_hash, one.action) not in usual
        }
    )
    told = (_stolen(one, names.get(int(one.account), f"account {int(one.account):016x}"), decisions) for one in planted)
    return Drill(attack, SHELF[attack].does, seed, tuple(told), tuple(drawn_in))


def _index(log: OwnLog, names: dict[int, str], account: str) -> int:
    """Return the index of an account by its readable name."""
    found = np.array([key for key, name in names.items() if name == account], np.uint64)
    indices = np.flatnonzero(np.isin(log.accounts, found))
    if not len(indices):
        raise UsageError(f"--account {account}: no account of this name has an access in these logs")
    return int(indices[0])


def _with(batches: Iterator[NDArray[Any]], rows: NDArray[Any]) -> Iterator[NDArray[Any]]:
    """Yield the batches with `rows` (in order of time) in their places."""
    begin = 0
    for batch in batches:
        reached = np.maximum.accumulate(batch["at"])
        end = int(np.searchsorted(rows["at"], reached[-1], side="right"))
        yield np.insert(batch, np.searchsorted(reached, rows["at"][begin:end], side="right"), rows[begin:end])
        begin = end
    if begin < len(rows):
        yield rows[begin:]


def _stolen(one: Planted, account: str, decisions: Sequence[Decision]) -> Stolen:
    """Hold the decisions about one account against what its thief did."""
    rows, mine = one.rows, [each for each in decisions if each.account_hash == int(one.account)]
    since, until = int(rows["at"][0]), int(rows["at"][-1])
    stops = []
    for rung in RUNGS:
        high = [each for each in mine if each.at >= since and ACTIONS.index(each.action) >= ACTIONS.index(rung)]
        if high:
            first = min(high, key=lambda each: each.at)
            stops.append(Stop(rung, first, *_seen(rows[rows["at"] <= first.at])))
    before = sum(1 for each in mine if each.at < since)
    return Stolen(account, since, until, int(rows["zone"][0]), *_seen(rows), before, tuple(stops))


def _seen(rows: NDArray[Any]) -> tuple[int, int]:
    """Return how many patients were read, and how many rows were listed."""
    shown = rows[rows["outcome"] == Outcome.OK]
    read = shown["patient"][(shown["action"] == Action.READ) & (shown["patient"] != 0)]
    return len(np.unique(read)), int(shown["listed"][np.isin(shown["action"], _LISTS)].sum())
