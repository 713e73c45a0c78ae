"""An operator's own log as the scene of a theft: its accounts, patients, places and sessions, by index.

What a log cannot tell is taken so that the thief fares better: every patient who is read in it was on file from its
first day, and a number that nobody read belongs to a patient of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from maillon.facts.event import Action, Outcome
from maillon.sim.attacks.scene import Scene
from maillon.sim.clock import DAY, HOUR, SECOND, Period
from maillon.sim.columns import Columns, columns
from maillon.sim.numbering import in_order
from maillon.sim.patients import Patients
from maillon.sim.people import People
from maillon.sim.places import network_of
from maillon.sim.roles import ROLE
from maillon.sim.sittings import Sittings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

OWN_AGENTS = 1 << 12
"""From here on an agent is one of the log's clients; below, one of the simulator's, that a thief brings along."""

_HOSTS = 16  # as in places.network_of
_ROUND_THE_CLOCK = 20  # hours of the day in which only machines and shared desks are active


@dataclass(frozen=True)
class OneZone(Period):
    """Whole local days of a log, at one distance from UTC (in seconds)."""

    east: int = 0

    @cached_property
    def _changes(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        return np.zeros(0, np.int64), np.array([self.east], np.int64)


@dataclass(frozen=True)
class OwnScene(Scene):
    """A scene whose stolen accounts may be chosen by the operator."""

    chosen: tuple[int, ...] = ()

    def victims(self, *, dormant: bool = False, facility: int | None = None) -> NDArray[np.int64]:
        """Return the accounts that were chosen, else draw them."""
        if self.chosen:
            return np.array(self.chosen)
        return super().victims(dormant=dormant, facility=facility)


@dataclass(frozen=True)
class OwnLog:
    """A log and what its indices stand for. Hashes are by index; `numbers` of patients ascend."""

    events: NDArray[Any]  # of EVENT, in order of time, those without an account left out
    period: OneZone
    people: People
    patients: Patients
    sittings: Sittings
    columns: Columns
    accounts: NDArray[np.uint64]
    patient_hashes: NDArray[np.uint64]
    near: NDArray[np.uint64]
    agents: NDArray[np.uint64]  # most used first
    places: dict[int, tuple[np.uint64, np.uint64]]  # address index → hashes of address and network
    sessions: NDArray[np.uint64]
    offers: frozenset[str]  # of NEEDS: what attacks find here

    def scene(self, seed: int, thieves: int, chosen: Sequence[int] = ()) -> OwnScene:
        """Return the scene in which an attack is to be played; `chosen` are indices of accounts."""
        return OwnScene(
            seed, thieves, self.period, self.people, self.patients, self.sittings, self.columns, tuple(chosen)
        )


def own_log(events: NDArray[Any]) -> OwnLog:
    """Survey a log (rows of EVENT in any order)."""
    events = events[(events["account"] != 0) & (events["outcome"] != Outcome.REFUSED)]
    events = events[np.argsort(events["at"], kind="stable")]
    period = _period(events)
    accounts, account = np.unique(events["account"], return_inverse=True)
    sittings, sitting, agents, places, sessions = _sittings(events, account)
    shown = (events["action"] == Action.READ) & (events["outcome"] == Outcome.OK) & (events["patient"] != 0)
    hashes, first, patient = np.unique(events["patient"][shown], return_index=True, return_inverse=True)
    first = np.flatnonzero(shown)[first]
    near = events["near"][first]
    numbers = in_order(near, first)
    order = np.argsort(numbers)
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(len(order))
    read = np.full(len(events), -1, np.int64)
    read[shown] = place[patient]
    network = network_of(sittings.address[sitting])
    people = _people(events, account, network, period)
    facility = network[first][order]
    count = len(order)
    patients = Patients(
        numbers=numbers[order],
        facility=facility.astype(np.int32),
        offset=np.zeros(0, np.int64),
        arrived=np.zeros((0, 0), np.int64),
        by_number=np.arange(count),
        on_file=np.full(period.days + 1, count),
    )
    offers = {
        name
        for name, there in (
            ("numbers", bool((near != 0).any())),
            ("sessions", len(sessions) > 1),
            ("lists", bool(np.isin(events["action"], (Action.LIST, Action.SEARCH)).any())),
            ("exports", bool((events["action"] == Action.EXPORT).any())),
            ("dormant", bool(people.dormant.any())),
        )
        if there
    }
    return OwnLog(
        events, period, people, patients, sittings, columns(events["at"], sitting, 0, read),
        accounts, hashes[order], near[order], agents, places, sessions, frozenset(offers),
    )  # fmt: skip


def _period(events: NDArray[Any]) -> OneZone:
    zones, count = np.unique(events["zone"], return_counts=True)
    east = int(zones[np.argmax(count)]) if len(zones) else 0
    at = events["at"] if len(events) else np.zeros(1, np.int64)
    first, last = (int(moment + east * SECOND) // DAY for moment in (at.min(), at.max()))
    return OneZone(date(1970, 1, 1) + timedelta(days=first), last - first + 1, east)


def _sittings(
    events: NDArray[Any], account: NDArray[np.int64]
) -> tuple[Sittings, NDArray[np.int64], NDArray[np.uint64], dict[int, tuple[np.uint64, np.uint64]], NDArray[np.uint64]]:
    """Number who sat where with what, in which session: return them, each event's, and what the numbers stand for."""
    agents, agent, used = np.unique(events["device"], return_inverse=True, return_counts=True)
    popular = np.argsort(-used, kind="stable")
    rank = np.empty(len(popular), np.int64)
    rank[popular] = np.arange(len(popular))
    networks, network = np.unique(events["network"], return_inverse=True)
    host = (events["address"] >> np.uint64(20)).astype(np.int64) % _HOSTS
    address = network * _HOSTS + host
    _, example = np.unique(address, return_index=True)
    places = {int(address[row]): (events["address"][row], networks[network[row]]) for row in example}
    sessions, session = np.unique(events["session"], return_inverse=True)
    sitting, first = account, np.zeros(0, np.int64)
    for values in (session, address, rank[agent]):
        pairs = sitting * (int(values.max(initial=0)) + 1) + values
        _, first, sitting = np.unique(pairs, return_index=True, return_inverse=True)
    sittings = Sittings(
        account[first].astype(np.int32),
        session[first].astype(np.int32),
        address[first].astype(np.int32),
        # A log may know more clients than a simulator's short numbers hold.
        cast("NDArray[np.int16]", rank[agent][first] + OWN_AGENTS),
    )
    return sittings, sitting, agents[popular], places, sessions


def _people(events: NDArray[Any], account: NDArray[np.int64], network: NDArray[np.int64], period: OneZone) -> People:
    """Tell of each account its days, its usual network (its facility), and whether it is a person's own."""
    count, at = int(account.max()) + 1 if len(account) else 0, events["at"]
    day = (at + period.east * SECOND - period.first_wall) // DAY
    joined, left = np.full(count, period.days), np.zeros(count, np.int64)
    np.minimum.at(joined, account, day)
    np.maximum.at(left, account, day + 1)
    hours = np.unique(account * 24 + (at + period.east * SECOND) % DAY // HOUR) // 24
    role = np.where(np.bincount(hours, minlength=count) >= _ROUND_THE_CLOCK, ROLE["service"], 0)
    facilities = int(network.max()) + 1 if len(network) else 1
    pairs, uses = np.unique(account * facilities + network, return_counts=True)
    pairs = pairs[np.argsort(uses, kind="stable")]
    facility = np.zeros(count, np.int64)
    facility[pairs // facilities] = pairs % facilities  # the last one written is the most used
    silent = max(7, min(30, period.days // 2))
    return People(
        kind=np.zeros(facilities, np.int64),
        weight=np.ones(facilities),
        migrates=0,
        migration_day=0,
        names=[],
        role=role,
        facility=facility,
        pace=np.zeros(count),
        joined=np.where(joined == 0, -1, joined),
        left=left,
        dormant=left <= period.days - silent,
        remote=np.zeros(count, np.bool_),
    )
