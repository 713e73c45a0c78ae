"""Counts of what an incident exposed, on a small lake whose answer is known."""

from __future__ import annotations

import polars as pl

from maillon.expose.count import account_days, by_day, counts, counts_by_account, fields, hour_limit, peers_by_day
from maillon.expose.suspects import rare_networks, shown, suspect_accesses
from maillon.facts.event import Action, Field, Outcome

DAY = 86_400_000_000
OWNER_NETWORK, THIEF_NETWORK, WARD = 1, 9, 5


def row(account, network, at, patient, *, action=Action.READ, outcome=Outcome.OK, listed=0, shows=Field.NIR):
    return {
        "account": account, "network": network, "at": at, "zone": 3600, "patient": patient, "action": int(action),
        "outcome": int(outcome), "listed": listed, "fields": int(shows),
    }  # fmt: skip


def lake():
    rows = [row(7, OWNER_NETWORK, d * DAY, 100 + d) for d in range(10)]
    rows += [row(7, THIEF_NETWORK, 8 * DAY + n, 1000 + n) for n in range(50)]
    rows += [row(7, THIEF_NETWORK, 8 * DAY + 60, 0, action=Action.LIST, listed=20)]
    rows += [row(7, THIEF_NETWORK, 8 * DAY + 61, 5000, outcome=Outcome.REFUSED)]
    rows += [row(8, WARD, d * DAY, 200 + d) for d in range(10)]
    schema = {
        "account": pl.UInt64, "network": pl.UInt64, "at": pl.Int64, "zone": pl.Int32, "patient": pl.UInt64,
        "action": pl.UInt8, "outcome": pl.UInt8, "listed": pl.Int32, "fields": pl.UInt32,
    }  # fmt: skip
    return pl.LazyFrame(rows, schema)


FLAGGED = pl.LazyFrame({"account": [7], "since": [8 * DAY]}, {"account": pl.UInt64, "since": pl.Int64})
STEPS = pl.LazyFrame(
    {"account": [7], "step_up": [8 * DAY + 9], "contain": [8 * DAY + 19]},
    {"account": pl.UInt64, "step_up": pl.Int64, "contain": pl.Int64},
)


def accesses():
    windows = FLAGGED.with_columns(pl.lit("i").alias("incident"))
    return suspect_accesses(lake(), windows, rare_networks(lake(), FLAGGED))


def test_the_thiefs_network_is_told_from_the_owners():
    found = rare_networks(lake(), FLAGGED).collect()
    assert found.select("account", "network", "first").rows() == [(7, THIEF_NETWORK, 8 * DAY)]


def test_counts_have_bounds_and_stop_at_each_step():
    (found,) = counts(accesses(), STEPS).collect().iter_rows(named=True)
    assert found["lower"] == 50
    assert found["upper"] == 50 + 2 + 20  # the owner's two patients of those days, and twenty unnamed rows of a list
    assert found["before_step_up"] == 10
    assert found["before_contain"] == 20
    assert counts_by_account(accesses(), STEPS).collect().rows() == [(7, 50, 20)]


def test_refused_answers_show_nothing():
    assert 5000 not in shown(lake()).collect()["patient"]


def test_fields_are_counted_by_patient():
    (found,) = fields(accesses()).collect().iter_rows(named=True)
    assert (found["nir"], found["phone"]) == (50, 0)


def test_days_and_peers():
    days = by_day(shown(lake()), FLAGGED).collect()
    assert days["patients"].to_list() == [1] * 8 + [51, 1]
    assert days["new"].to_list() == [1] * 8 + [51, 1]
    assert dict(peers_by_day(shown(lake())).collect().iter_rows())[8] == 26.0
    assert account_days(shown(lake())).collect()["accounts"].sum() == 20


def test_a_fixed_limit_stops_at_the_record_after_the_limit():
    assert hour_limit(shown(lake()), 40).collect().rows() == [(7, 8 * DAY + 39)]
    assert hour_limit(shown(lake()), 100).collect().is_empty()
