"""A hunt over the lake of a state, in this process (polars) or on Spark: the same answer."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING

from maillon.edges.state import State
from maillon.expose.hunt import hunted
from maillon.expose.suspects import SHOWS
from maillon.facts.event import Outcome
from maillon.facts.hunted import Hunted

if TYPE_CHECKING:
    import polars as pl

Wanted = Mapping[str, Collection[int]]

_FEW = 32
"""Hashes up to which asking for each by itself is quicker."""


def hunt(state: State, wanted: Wanted) -> list[Hunted]:
    """Return the accounts with an access that matches one of the hashes `wanted` of a column, the first one first."""
    return [Hunted(**row) for row in hunted(_near(state.lake(), wanted), wanted).collect(engine="streaming").to_dicts()]


def _near(lake: pl.LazyFrame, wanted: Wanted) -> pl.LazyFrame:
    """Leave out what cannot match: polars passes over parts by their statistics for an equality, not for a list."""
    import polars as pl

    equal = [pl.col(name) == pl.lit(one, pl.UInt64) for name, hashes in wanted.items() for one in hashes]
    return lake.filter(pl.any_horizontal(equal)) if 0 < len(equal) <= _FEW else lake


def hunt_on_spark(state: State, wanted: Wanted) -> list[Hunted]:
    """Return what `hunt` returns, from Spark. Raises UsageError where Spark is missing."""
    from maillon.edges.spark import lake_of, session

    spark = session()
    from pyspark.sql.functions import expr

    parts = [state.folder / part for part in state.parts() if part.startswith("lake/")]
    if not parts:
        return []
    shown = f"outcome = {int(Outcome.OK)} and action in ({_listed(map(int, SHOWS))}) and patient != 0"
    matches = (f"{name} in ({_listed(map(_signed, hashes))})" for name, hashes in wanted.items() if hashes)
    rows = (
        lake_of(spark, parts)
        .all()
        .where(" or ".join(matches) or "false")
        .groupBy("account")
        .agg(
            expr("count(*) as accesses"),
            expr(f"count(distinct if({shown}, patient, null)) as patients"),
            expr("min(at) as first"),
            expr("max(at) as last"),
        )
        .collect()
    )
    found = [Hunted(**row.asDict() | {"account": row["account"] % (1 << 64)}) for row in rows]
    return sorted(found, key=lambda one: (one.first, one.account))


def _listed(numbers: Iterable[int]) -> str:
    return ", ".join(f"{number}L" for number in numbers)


def _signed(hash_: int) -> int:
    """Return a hash as the signed number of the same bits, as Spark reads it."""
    return hash_ - (1 << 64) if hash_ >> 63 else hash_
