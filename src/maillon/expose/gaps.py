"""What the logs do not say: times at which a service that is never silent so long was silent.

A missing rotation and a source that stopped look the same in the events: nothing where many were expected. How many
were expected is the service's own median for that quarter of an hour, working days and weekends apart. People come in
bursts, so that one event proves less than one: the number is divided by the service's index of dispersion (the median
of the squared Pearson residuals over 0.455, the median of chi-square with one degree of freedom: a few silences do
not move it). A silence is told from EXPECTED such events on: of a Poisson process the chance of none is e^-20.
"""

from __future__ import annotations

import polars as pl

from maillon.expose.sittings import DAY

EXPECTED = 20.0
"""Independent events that were due during a silence that is told."""

_QUARTER = 15 * 60_000_000
_PER_DAY = DAY // _QUARTER
_MEDIAN_CHI2 = 0.455


def silences(events: pl.LazyFrame) -> pl.LazyFrame:
    """Return the silences of each service between the first and the last event of all.

    `events` has columns at, zone, service. Columns out: service, since, until (µs), expected.
    """
    local = (pl.col("at") + pl.col("zone").cast(pl.Int64) * 1_000_000) // _QUARTER
    counted = events.group_by("service", local.alias("quarter")).agg(
        pl.len().alias("count"), (pl.col("zone").first().cast(pl.Int64) * 1_000_000).alias("offset")
    )
    span = counted.select(pl.int_range(pl.col("quarter").min(), pl.col("quarter").max() + 1).alias("quarter"))
    since = counted.group_by("service").agg(pl.col("quarter").min().alias("begins"), pl.col("offset").first())
    grid = (
        since.join(span, how="cross")
        .filter(pl.col("quarter") >= pl.col("begins"))
        .join(counted.select("service", "quarter", "count"), on=["service", "quarter"], how="left")
        .with_columns(
            pl.col("count").fill_null(0),
            (pl.col("quarter") % _PER_DAY).alias("clock"),
            ((pl.col("quarter") // _PER_DAY + 3) % 7 >= 5).alias("weekend"),  # 1 January 1970 was a Thursday
        )
        .with_columns(pl.col("count").median().over("service", "clock", "weekend").alias("expected"))
        .with_columns(
            ((pl.col("count") - pl.col("expected")) ** 2 / pl.col("expected"))
            .filter(pl.col("expected") > 0)
            .median()
            .over("service")
            .fill_null(1.0)
            .truediv(_MEDIAN_CHI2)
            .clip(1.0)
            .alias("dispersion")
        )
        .sort("service", "quarter")
        .with_columns(
            ((pl.col("count") == 0) != (pl.col("count").shift(1) == 0).over("service"))
            .fill_null(value=True)
            .cum_sum()
            .alias("run")
        )
    )
    return (
        grid.filter(pl.col("count") == 0)
        .group_by("service", "run")
        .agg(
            (pl.col("quarter").min() * _QUARTER - pl.col("offset").first()).alias("since"),
            ((pl.col("quarter").max() + 1) * _QUARTER - pl.col("offset").first()).alias("until"),
            pl.col("expected").sum(),
            pl.col("dispersion").first(),
        )
        .filter(pl.col("expected") >= EXPECTED * pl.col("dispersion"))
        .select("service", "since", "until", "expected")
        .sort("service", "since")
    )
