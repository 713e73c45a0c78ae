"""Sittings: a person at a screen, from log-in on, at one address with one client program.

Several sittings may share a session: a telephone that changes network, or a thief who uses the owner's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from maillon.sim.places import (
    HOME_CLIENTS,
    KIOSK_CLIENT,
    OFFICE_CLIENTS,
    PHONE_CLIENTS,
    SERVICE_CLIENT,
    Net,
    address,
    agent,
    network,
)
from maillon.sim.roles import ROLE, ROLES

if TYPE_CHECKING:
    from numpy.random import Generator
    from numpy.typing import NDArray

    from maillon.sim.duty import Duty
    from maillon.sim.people import People

_OFFICE, _HOME, _PHONE = 0, 1, 2


@dataclass(frozen=True)
class Sittings:
    """Sittings by index."""

    account: NDArray[np.int32]
    session: NDArray[np.int32]
    address: NDArray[np.int32]
    agent: NDArray[np.int16]

    def __len__(self) -> int:
        return len(self.account)

    def and_then(self, other: Sittings) -> Sittings:
        """Return these sittings followed by others."""
        return Sittings(
            np.concatenate((self.account, other.account)),
            np.concatenate((self.session, other.session)),
            np.concatenate((self.address, other.address)),
            np.concatenate((self.agent, other.agent)),
        )


def sittings_a_day(rng: Generator, people: People, duty: Duty) -> NDArray[np.int64]:
    """Draw how many times each person sits down each worked day: one to six."""
    busy = rng.poisson(0.7 + np.minimum(duty.reads / 25, 2.5))
    count = np.clip(busy, 1, 5)
    role = people.role[duty.account]
    count[role == ROLE["kiosk"]] = 6
    count[role == ROLE["service"]] = 1
    return count


def draw_sittings(rng: Generator, people: People, duty: Duty, count: NDArray[np.int64]) -> Sittings:
    """Draw place, address and client of `count` sittings for each row of duty."""
    row = np.repeat(np.arange(len(count)), count)
    account = duty.account[row]
    place = _place(rng, people, duty, row)
    net = np.where(place == _OFFICE, _office_network(people, duty, row), 0)
    home, phone = np.flatnonzero(place == _HOME), np.flatnonzero(place == _PHONE)
    net[home] = _home_network(rng, account[home], duty.day[row[home]])
    net[phone] = network(Net.CARRIER, _mix(account[phone], 5) + rng.integers(0, 4, len(phone)))
    host = np.where(place == _OFFICE, _mix(account, 2) % 3, _mix(account, 3) % 16)
    host[phone] = rng.integers(0, 16, len(phone))
    version = duty.day[row] // 24 + (_mix(account, 4) % 20 + duty.day[row] % 24 >= 24)
    return Sittings(
        account=account.astype(np.int32),
        session=_sessions(rng, row, place),
        address=address(net, host).astype(np.int32),
        agent=agent(_client(people, account, place), version).astype(np.int16),
    )


def _mix(values: NDArray[np.int64], salt: int) -> NDArray[np.int64]:
    """Return a fixed number for each value: a trait that needs no table."""
    mixed = (values * 2_654_435_761 + salt * 40_503_007) & 0x7FFFFFFF
    return (mixed ^ (mixed >> 15)) * 73_244_475 >> 8 & 0xFFFFF


def _place(rng: Generator, people: People, duty: Duty, row: NDArray[np.int64]) -> NDArray[np.int64]:
    """Draw office, home (whole days, 40 % of those of people who may) or telephone."""
    role = people.role[duty.account]
    at_home = (rng.random(len(role)) < 0.4) & people.remote[duty.account]
    at_home |= duty.on_call
    place = np.where(at_home[row], _HOME, _OFFICE)
    phone = rng.random(len(row)) < np.array([r.phone for r in ROLES])[role[row]]
    return np.where(phone, _PHONE, place)


def _office_network(people: People, duty: Duty, row: NDArray[np.int64]) -> NDArray[np.int64]:
    """Two networks a facility; the one that migrates has two others from that day on."""
    facility = duty.facility[row]
    moved = (facility == people.migrates) & (duty.day[row] >= people.migration_day)
    rank = facility * 2 + (_mix(duty.account[row], 1) % 4 == 0)
    return network(Net.FACILITY, np.where(moved, rank + 2 * len(people.kind), rank))


def _home_network(rng: Generator, account: NDArray[np.int64], day: NDArray[np.int64]) -> NDArray[np.int64]:
    """One network a household; one household in five is given another every ten days, one in six has IPv6."""
    changing = _mix(account, 6) % 5 == 0
    epoch = np.where(changing, (day + _mix(account, 7) % 10) // 10, 0)
    guest = rng.random(len(account)) < 0.03
    rank = _mix(account * 64 + epoch + np.where(guest, 32, 0), 8)
    v6 = _mix(account, 9) % 6 == 0
    return np.where(v6, network(Net.HOME6, rank), network(Net.HOME, rank))


def _client(people: People, account: NDArray[np.int64], place: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the client program: the facility's own for four in five at the office, one of each person's elsewhere."""
    usual = np.array(OFFICE_CLIENTS)[_mix(people.facility[account], 10) % len(OFFICE_CLIENTS)]
    other = np.array(OFFICE_CLIENTS)[_mix(account, 11) % len(OFFICE_CLIENTS)]
    office = np.where(_mix(account, 12) % 5 == 0, other, usual)
    home = np.array(HOME_CLIENTS)[_mix(account, 13) % len(HOME_CLIENTS)]
    phone = np.array(PHONE_CLIENTS)[_mix(account, 14) % len(PHONE_CLIENTS)]
    client = np.choose(place, (office, home, phone))
    role = people.role[account]
    client = np.where(role == ROLE["kiosk"], KIOSK_CLIENT, client)
    return np.where(role == ROLE["service"], SERVICE_CLIENT, client)


def _sessions(rng: Generator, row: NDArray[np.int64], place: NDArray[np.int64]) -> NDArray[np.int32]:
    """Number the sessions: one a sitting, save telephones that change network and keep theirs half of the time."""
    goes_on = np.zeros(len(row), np.bool_)
    goes_on[1:] = (row[1:] == row[:-1]) & (place[1:] == _PHONE) & (place[:-1] == _PHONE)
    goes_on &= rng.random(len(row)) < 0.5
    return (np.cumsum(~goes_on) - 1).astype(np.int32)
