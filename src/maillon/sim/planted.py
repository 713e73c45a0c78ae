"""A theft in somebody's own log: an attack of the shelf as events that look like the log's own.

Actions take the routes, fields and services that the log shows for them; what the log never shows is left out. A
network or a script that the thief brings along is new to the log; an ordinary browser is one that is common there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from maillon.facts.errors import UsageError
from maillon.facts.event import EVENT, Action, Outcome
from maillon.sim.attacks import SHELF
from maillon.sim.hashes import hashed
from maillon.sim.own_log import OWN_AGENTS, OwnLog
from maillon.sim.places import SCRIPT_CLIENTS, client_of, network_of
from maillon.sim.routes import PAGES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from maillon.sim.attacks.scene import Raid

NEVER_READ = 1 << 40
"""Indices from here on name what only the thief has: hashes of them meet nobody else's."""

_ACTIONS = np.array([page.action for page in PAGES], np.uint8)
_TRIES = 20


@dataclass(frozen=True)
class Planted:
    """The thief's rows of one account, in order of time."""

    account: np.uint64
    rows: NDArray[Any]  # of EVENT


def plant(log: OwnLog, attack: str, seed: int, accounts: Sequence[int] = (), thieves: int = 0) -> list[Planted]:
    """Play an attack of the shelf in a log: on `accounts` (indices), or on so many that are drawn.

    The same arguments give the same rows. Raises UsageError where the log lacks what the attack needs.
    """
    declared = SHELF[attack]
    lacking = [
        _LACKING[need] for need in declared.needs if need not in log.offers and not (accounts and need == "dormant")
    ]
    if lacking:
        raise UsageError(f"the attack {attack} cannot be played in this log: {'; '.join(lacking)}")
    if not len(log.patient_hashes):
        raise UsageError("this log shows no patient's record being read: a thief would find nothing in it")
    for turn in range(_TRIES):
        scene = log.scene(seed + turn * 1_000_003, thieves or declared.accounts, accounts)
        planted = [_planted(log, each, seed, rank) for rank, each in enumerate(declared.plan(scene))]
        planted = [one for one in planted if len(one.rows)]
        if planted:
            return planted
    raise UsageError(
        f"no account of this log can be stolen for the attack {attack} within its days: name one with --account, or "
        "give a longer log"
    )


_LACKING = {
    "numbers": "no patient's identifier in it is a number, so there is no order to walk along",
    "sessions": "it shows no sessions (docs/event-lines.md tells how a service logs them)",
    "lists": "it shows no page of lists nor a search",
    "exports": "it shows no export",
    "dormant": "every account was used of late (name one with --account to wake it all the same)",
}


def _planted(log: OwnLog, raid: Raid, seed: int, rank: int) -> Planted:
    own = log.events["account"] == log.accounts[raid.account]
    rows = np.zeros(len(raid.at), EVENT)
    actions = _ACTIONS[raid.page]
    known = np.zeros(len(rows), np.bool_)
    for action in np.unique(actions).tolist():
        mine, model = actions == action, _model(log.events, own, action)
        if model is not None:
            rows[mine], known = model, known | mine
    rows["at"], rows["account"] = raid.at, log.accounts[raid.account]
    rows["request"] = 0
    rows["outcome"] = np.where(raid.refused, Outcome.REFUSED, Outcome.OK)
    _seats(log, raid, rows, seed, rank)
    _patients(log, raid, rows)
    first, last = log.events["at"][0], log.events["at"][-1]
    rows = rows[known & (rows["at"] >= first) & (rows["at"] <= last)]
    if len(zones := log.events["zone"][own]):
        rows["zone"] = zones[np.clip(np.searchsorted(log.events["at"][own], rows["at"]), 0, len(zones) - 1)]
    return Planted(log.accounts[raid.account], rows)


def _model(events: NDArray[Any], own: NDArray[np.bool_], action: int) -> np.void | None:
    """Return an event that does `action` on the route most used for it, by the account itself where it ever did."""
    done = (events["action"] == action) & (events["outcome"] == Outcome.OK)
    if action == Action.READ:
        done &= events["patient"] != 0
    if action == Action.LIST and not done.any():
        done = (events["action"] == Action.SEARCH) & (events["outcome"] == Outcome.OK)
    done = done & own if (done & own).any() else done
    if not done.any():
        return None
    _, first, count = np.unique(events["route"][done], return_index=True, return_counts=True)
    row: np.void = events[np.flatnonzero(done)[first[np.argmax(count)]]]
    return row


def _seats(log: OwnLog, raid: Raid, rows: NDArray[Any], seed: int, rank: int) -> None:
    """Set sessions, addresses, networks and clients."""
    has = {name: bool((log.events[name] != 0).any()) for name in ("session", "address", "network", "device")}
    fresh = NEVER_READ + (seed % (1 << 16)) * (1 << 24) + rank * (1 << 16)
    session, address, network, device = (np.zeros(len(raid.seats), np.uint64) for _ in range(4))
    for index, seat in enumerate(raid.seats):
        own = seat.session >= 0
        session[index] = log.sessions[seat.session] if own else hashed("session", np.array([fresh + index]))[0]
        if seat.address in log.places:
            address[index], network[index] = log.places[seat.address]
        else:
            address[index] = hashed("address", np.array([NEVER_READ + seat.address]))[0]
            network[index] = hashed("network", NEVER_READ + network_of(np.array([seat.address])))[0]
        device[index] = _device(log, seat.agent)
    for name, values in (("session", session), ("address", address), ("network", network), ("device", device)):
        rows[name] = values[raid.seat] if has[name] else 0


def _device(log: OwnLog, agent: int) -> np.uint64:
    if agent >= OWN_AGENTS:
        return np.uint64(log.agents[agent - OWN_AGENTS])
    client = int(client_of(np.array([agent]))[0])
    if client in SCRIPT_CLIENTS:
        return np.uint64(hashed("device", np.array([NEVER_READ + client]))[0])
    return np.uint64(log.agents[client % min(len(log.agents), 8)])


def _patients(log: OwnLog, raid: Raid, rows: NDArray[Any]) -> None:
    """Set the patients: the log's own by number; a number that nobody read is a patient of its own."""
    numbers, asked = log.patients.numbers, raid.number >= 0
    place = np.minimum(np.searchsorted(numbers, raid.number), len(numbers) - 1)
    found = numbers[place] == raid.number
    unread = hashed("patient", NEVER_READ + np.maximum(raid.number, 0))
    rows["patient"] = np.where(asked, np.where(found, log.patient_hashes[place], unread), np.uint64(0))
    rows["near"] = np.where(asked, log.near[place], np.uint64(0))
