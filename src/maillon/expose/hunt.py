"""A hunt: who was used from a network, an address or a client program that was learnt of later, in all that is kept."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import polars as pl

from maillon.expose.suspects import SHOWS
from maillon.facts.event import Outcome


def hunted(lake: pl.LazyFrame, wanted: Mapping[str, Collection[int]]) -> pl.LazyFrame:
    """Return by account how many accesses match one of the hashes `wanted` of a column, and whom they showed."""
    matches = [
        pl.col(name).is_in(pl.Series(sorted(hashes), dtype=pl.UInt64).implode()) for name, hashes in wanted.items()
    ]
    shows = (pl.col("outcome") == int(Outcome.OK)) & pl.col("action").is_in([int(one) for one in SHOWS])
    return (
        lake.filter(pl.any_horizontal(matches))
        .group_by("account")
        .agg(
            pl.len().alias("accesses"),
            pl.col("patient").filter(shows & (pl.col("patient") != 0)).n_unique().alias("patients"),
            pl.col("at").min().alias("first"),
            pl.col("at").max().alias("last"),
        )
        .sort("first", "account")
    )
