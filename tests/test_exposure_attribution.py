"""Thief or owner, on simulated regions whose truth is known; and the start of the theft."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from maillon.expose.attribute import THRESHOLD, WEIGHTS, attributed, features
from maillon.expose.rows import not_excluded
from maillon.expose.sittings import crowds, numbered, sittings
from maillon.facts.event import EVENT, Action
from maillon.run.exposure import attribute
from maillon.sim.region import simulate

SEED = 7  # of tests: neither tuning nor reporting
DAY = 86_400_000_000


def stolen(attack, seed=SEED):
    """Return a region's lake, its truth by event, and its stolen accounts as suspects."""
    region = simulate(seed, accounts=120, days=14, attack=attack, thieves=5)
    lake = pl.LazyFrame({name: region.events[name] for name in EVENT.names}).with_columns(
        pl.Series("truth", region.truth.thief)
    )
    suspects = pl.LazyFrame(
        {
            "account": [int(region.account_hashes[theft.index]) for theft in region.truth.thefts],
            "since": [theft.start + DAY for theft in region.truth.thefts],  # suspected a day late
        },
        {"account": pl.UInt64, "since": pl.Int64},
    ).with_columns(pl.lit("i").alias("incident"))
    return region, lake, suspects


def judged(lake, suspects):
    """Return attributed named accesses with the truth, and the starts."""
    accesses, starts = attribute(lake, suspects, 0)
    truth = lake.select("account", "patient", "at", "route", "truth").unique()
    named = accesses.lazy().filter(pl.col("patient") != 0)
    return named.join(truth, on=["account", "patient", "at", "route"]).collect(), starts


def patients(table, *conditions):
    return table.filter(*conditions).select("account", "patient").n_unique()


@pytest.mark.parametrize("attack", ["paced", "slow", "campaign", "dormant"])
def test_all_that_the_thief_read_is_within_bounds_that_are_near(attack):
    region, lake, suspects = stolen(attack)
    told, starts = judged(lake, suspects)
    truth, likely = pl.col("truth"), pl.col("thief") >= THRESHOLD
    read = patients(told, truth)
    assert read > 200
    assert patients(told, truth, not_excluded()) == read
    assert patients(told, not_excluded()) <= 2 * read
    assert 0.98 * read <= patients(told, likely) <= 1.2 * read
    assert told["thief"].is_between(0, 1).all()
    for theft in region.truth.thefts:
        start = starts[int(region.account_hashes[theft.index])]
        assert start.earliest <= start.likely <= start.latest
        assert abs(start.likely - theft.start) < 2 * DAY


def test_inside_a_replayed_session_nobody_is_excluded():
    _, lake, suspects = stolen("replay")
    told, _ = judged(lake, suspects)
    assert patients(told, pl.col("truth"), not_excluded()) == patients(told, pl.col("truth"))
    shared = told.filter("replayed")
    assert len(shared)
    assert shared["truth"].n_unique() == 2  # both people are in it
    assert len(shared.filter(~not_excluded())) == 0


def test_an_account_that_nobody_stole_exposes_next_to_nothing():
    region = simulate(SEED, accounts=120, days=14, attack="none")
    lake = pl.LazyFrame({name: region.events[name] for name in EVENT.names}).with_columns(
        pl.lit(value=False).alias("truth")
    )
    suspects = pl.LazyFrame(
        {"account": region.account_hashes[:40], "since": [int(region.events["at"][-1]) - 3 * DAY] * 40},
        {"account": pl.UInt64, "since": pl.Int64},
    ).with_columns(pl.lit("i").alias("incident"))
    told, starts = judged(lake, suspects)
    assert patients(told, pl.col("thief") >= THRESHOLD) <= 0.05 * patients(told)
    assert len(starts) <= 4  # of 40, although the model takes every suspect for stolen at nine to one


def test_every_weight_has_its_feature_and_is_finite():
    _, lake, suspects = stolen("smash")
    events = numbered(lake.join(suspects.select("account"), on="account", how="semi"))
    table = features(sittings(events, suspects, crowds(lake, suspects))).select(*WEIGHTS).collect()
    assert table.to_numpy().shape[1] == len(WEIGHTS)
    assert np.isfinite(table.to_numpy().astype(float)).all()


def test_order_of_the_events_changes_nothing():
    _, lake, suspects = stolen("paced")
    table = lake.collect()

    def probabilities(frame):
        events = numbered(frame.join(suspects.select("account"), on="account", how="semi"))
        told = attributed(sittings(events, suspects, crowds(frame, suspects)))
        return (
            told.sort("account", "first", "session", "network", "device").select("account", "first", "thief").collect()
        )

    forth, back = probabilities(table.lazy()), probabilities(table.sample(fraction=1.0, shuffle=True, seed=3).lazy())
    assert forth.select("account", "first").equals(back.select("account", "first"))
    assert np.allclose(forth["thief"], back["thief"])


def test_a_log_without_sessions_is_cut_at_pauses():
    at = np.array([0, 60, 120, 120 + 31 * 60, 200 + 31 * 60]) * 1_000_000
    rows = np.zeros(len(at), EVENT)
    rows["at"], rows["account"], rows["network"], rows["action"] = at, 1, 2, Action.READ
    cut = numbered(pl.LazyFrame({name: rows[name] for name in EVENT.names})).collect()
    assert cut["sitting"].to_list() == [1, 1, 1, 2, 2]
