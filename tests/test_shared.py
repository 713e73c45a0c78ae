"""Two people behind one log-in, on lines made for it."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from maillon.ahead.shared import shared
from maillon.facts.event import EVENT, Outcome
from maillon.sim import simulate
from maillon.sim.roles import ROLE
from small_region import keyed, local, rows

OFFICE, HOME, OTHER = keyed(1, 4), keyed(2, 4), keyed(3, 4)


def sitting(account, day, hour, network, minutes=60, session=0):
    at = np.array([local(day, hour + step * minutes / 300) for step in range(5)])
    made = rows(at, keyed(account, 3), keyed(np.arange(5), day), network, keyed(1, 5))
    made["session"] = keyed(account, day, session, int(network % 1_000))
    return made


def told(*parts):
    events = np.concatenate(parts)
    lake = pl.LazyFrame({name: events[name] for name in EVENT.names})
    return set(shared(lake).collect()["account"].to_list())


def days_at(account, network, days, hour=9.0):
    return [sitting(account, day, hour, network) for day in days]


def test_two_places_at_once_are_two_people():
    office, home = days_at(1, OFFICE, range(8)), days_at(1, HOME, range(3, 7), hour=9.5)
    others = [part for account in range(2, 5) for part in days_at(account, OFFICE, range(8))]
    assert told(*office, *home, *others) == {int(keyed(1, 3))}


@pytest.mark.parametrize("hour", [6.0, 12.0, 19.0])
def test_who_goes_home_is_one_person(hour):
    assert told(*days_at(1, OFFICE, range(8)), *days_at(1, HOME, range(3, 7), hour=hour)) == set()


def test_a_telephone_that_changes_its_network_is_no_second_person():
    phones = [sitting(1, day, 9.5, keyed(50 + day, 4)) for day in range(8)]
    assert told(*days_at(1, OFFICE, range(8)), *phones) == set()


def test_two_gateways_of_one_establishment_are_one_place():
    several = [
        part
        for account in range(1, 5)
        for network, hour in ((OFFICE, 9.0), (OTHER, 9.5))
        for part in days_at(account, network, range(6), hour)
    ]
    assert told(*several) == set()


def test_a_desk_that_is_awake_all_day_is_several_peoples():
    desk = [sitting(1, day, hour, OFFICE, session=hour) for day in range(6) for hour in (1, 9, 21)]
    nurse = [sitting(2, day, hour, OFFICE, session=hour) for day in range(6) for hour in (7, 18)]
    assert told(*desk, *nurse) == {int(keyed(1, 3))}
    assert told(*desk[:12], *nurse) == set()


def test_what_was_refused_tells_nothing():
    wrong = days_at(1, HOME, range(3, 7), hour=9.5)
    for part in wrong:
        part["outcome"] = Outcome.REFUSED
    assert told(*days_at(1, OFFICE, range(8)), *wrong) == set()


def test_the_kiosks_of_the_simulator_are_found_and_hardly_anybody_else():
    region = simulate(7, accounts=600, days=10, attack="none")
    events = region.events
    found = shared(pl.LazyFrame({name: events[name] for name in EVENT.names})).collect()["account"].to_numpy()
    mine = np.isin(region.account_hashes, found)
    kiosks = region.people.role == ROLE["kiosk"]
    assert mine[kiosks].all()
    assert (mine & ~kiosks & (region.people.role != ROLE["service"])).sum() <= 1
