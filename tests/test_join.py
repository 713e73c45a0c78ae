"""Accesses without an account get the one that logged in, and say how they got it."""

from __future__ import annotations

import json

import numpy as np

from maillon.facts.event import EVENT, Action, Flag
from maillon.read.join import LoginJoin

HOUR = 3_600_000_000


def event(at=0, **columns):
    row = np.zeros(1, EVENT)
    row["at"] = at
    for name, value in columns.items():
        row[name] = value
    return row


def test_by_session_then_by_address():
    rows = np.concatenate(
        [
            event(action=Action.LOGIN, account=7, session=70, address=1),
            event(at=1, action=Action.READ, session=70, address=9),
            event(at=2, action=Action.READ, session=99, account=99, flags=Flag.ACCOUNT_FROM_SESSION, address=1),
            event(at=3, action=Action.READ, address=2),
        ]
    )
    assert LoginJoin().attribute(rows) == 2
    assert list(rows["account"]) == [7, 7, 7, 0]
    assert [int(f) for f in rows["flags"]] == [0, Flag.ACCOUNT_FROM_LOGIN, Flag.ACCOUNT_FROM_ADDRESS, 0]


def test_an_address_shared_by_two_people_speaks_for_neither():
    rows = np.concatenate(
        [
            event(action=Action.LOGIN, account=7, address=1),
            event(at=1, action=Action.LOGIN, account=8, address=1),
            event(at=2, action=Action.READ, address=1),
        ]
    )
    assert LoginJoin().attribute(rows) == 0


def test_an_address_speaks_for_a_working_day_only_and_only_for_its_client():
    rows = np.concatenate(
        [
            event(action=Action.LOGIN, account=7, address=1, device=5),
            event(at=HOUR, action=Action.READ, address=1, device=6),
            event(at=2 * HOUR, action=Action.READ, address=1, device=5),
            event(at=11 * HOUR, action=Action.READ, address=1, device=5),
        ]
    )
    LoginJoin().attribute(rows)
    assert list(rows["account"]) == [7, 0, 7, 0]


def test_memory_survives_a_restart():
    join = LoginJoin()
    join.attribute(event(action=Action.LOGIN, account=7, session=70, address=1))
    again = LoginJoin(json.loads(json.dumps(join.memory())))
    row = event(at=5, action=Action.READ, session=70)
    again.attribute(row)
    assert int(row["account"][0]) == 7
