"""Thief or owner: the probability that a sitting of a suspected account is the thief's, and when the theft began.

Two steps, each with its uncertainty.

1. A logistic likelihood ratio for each sitting by itself: what it read (patients whom the account reads on no other
   day, without an act of care), from where (how long the account knew the network, who else uses it, how its other
   sittings with that client there look), how (pauses, size, searches, hours). The counts enter as log odds with
   Jeffreys' half counts, so that three patients prove less than three hundred. Such a ratio is what a prior is
   multiplied with (Good, "Probability and the Weighing of Evidence", 1950; for weights by regression: Morrison,
   "Tutorial on logistic-regression calibration and fusion", Australian Journal of Forensic Sciences 45, 2013).
2. A change point over the account's sittings in order of time: before the first sitting of the thief all are the
   owner's, after it each is the thief's with some share, over which is summed (the two-state hidden Markov model whose
   second state is never left; Rabiner, Proc. IEEE 77, 1989; in closed form because the first state emits the owner
   only). It gives the probability of each sitting with all the others in mind, and the interval of the start.

The weights come from tuning seeds alone (`python bench/fit_attribution.py` prints them), a part of whose thefts come
from the owner's own network and client, or lie in logs without sessions or addresses.
"""

from __future__ import annotations

import math

import polars as pl

from maillon.expose.sittings import DAY

THRESHOLD = 0.5
"""From this probability on an access counts as the thief's."""

CEILING = 0.001
"""Below this probability an access is excluded, even from the upper bound."""

CERTAIN = 0.95
"""From this probability on an access counts for the lower bound."""

WEIGHTS = {
    "bias": -14.155,
    "back_here": -0.677,
    "cared_here": -0.322,
    "back_there": -1.309,
    "network_known": -0.898,
    "crowd": -0.767,
    "company": 1.976,
    "pause": 1.260,
    "size": 0.862,
    "hours_kept": 0.327,
    "searching": -1.217,
}
"""Of `features`, in nats."""

BASE_RATE = 0.452
"""Share of the thief's sittings in the data that the weights come from: what the bias holds as a prior."""

STOLEN = 0.9
"""Prior probability that an account of an incident was stolen at all."""

SHARES = (0.02, 0.1, 0.3, 0.6, 0.9)
"""Shares of the thief's sittings once the theft has begun, each as likely beforehand: a thief may come once."""

_SUREST = 12.0
"""No sitting by itself speaks louder than this, in nats: what is not in the model may always be true."""

_COUNTS = ("patients", "back", "cared", "searches", "reads", "others", "fellows")
_ORIGIN = ("account", "network", "device")


def features(sittings: pl.LazyFrame) -> pl.LazyFrame:
    """Add to each sitting what the weights are for, one column a weight. `sittings`: see expose/sittings.py."""
    table = sittings.with_columns(*(pl.col(name).cast(pl.Float64) for name in _COUNTS))
    table = table.with_columns(
        *(pl.col(name).sum().over(_ORIGIN).alias(f"all_{name}") for name in ("patients", "back")),
        pl.when(pl.col("network") == 0).then("device_came").otherwise("came").alias("came_there"),
    )
    return table.with_columns(
        pl.lit(1.0).alias("bias"),
        _log_odds("back", "patients").alias("back_here"),
        _where("cared", _log_odds("cared", "patients")).alias("cared_here"),
        _log_odds("all_back", "all_patients").clip(-4, 4).alias("back_there"),
        _known("came_there").alias("network_known"),
        pl.col("others").log1p().clip(0, 3).alias("crowd"),
        pl.col("fellows").log1p().clip(0, 1.5).alias("company"),
        (pl.col("gap").fill_null(60_000_000) / 1_000_000).log1p().clip(0, 6).alias("pause"),
        pl.col("reads").log1p().clip(0, 5).alias("size"),
        ((pl.col("habit") + 0.2) / 1.2).log().alias("hours_kept"),
        _where("searches", ((pl.col("searches") + 0.5) / (pl.col("reads") + 1)).log().clip(-5, 1)).alias("searching"),
    )


def attributed(sittings: pl.LazyFrame) -> pl.LazyFrame:
    """Add to each sitting `thief`, the probability that it is the thief's, and `starts`, that it is the first one."""
    prior = math.log(BASE_RATE / (1 - BASE_RATE))
    own = pl.sum_horizontal(pl.col(name) * weight for name, weight in WEIGHTS.items()) - prior
    table = features(sittings).with_columns(own.clip(-_SUREST, _SUREST).alias("ratio"))
    return table.join(_smoothed(table.select("account", "sitting", "first", "ratio")), on="sitting")


def _smoothed(ratios: pl.LazyFrame) -> pl.LazyFrame:
    """Return `thief` and `starts` of each sitting from its own ratio and those of the account's other sittings."""
    odds = pl.col("share") * pl.col("ratio").exp()
    each = ["account", "share"]
    mixed = (1 - pl.col("share") + odds).log()  # of a sitting once the theft has begun
    log_prior = math.log(STOLEN / len(SHARES)) - pl.len().over(each).log()
    begins = pl.col("ratio") + mixed.cum_sum(reverse=True).over(each) - mixed + log_prior
    never = (math.log(1 - STOLEN) - pl.col("greatest")).exp()
    before = pl.col("starts").cum_sum().over(each) - pl.col("starts")
    return (
        ratios.join(pl.LazyFrame({"share": SHARES}), how="cross")
        .sort("account", "share", "first", "sitting")
        .with_columns(begins.alias("begins"))
        .with_columns(pl.col("begins").max().clip(0.0).over("account").alias("greatest"))
        .with_columns((pl.col("begins") - pl.col("greatest")).exp().alias("weight"))
        .with_columns((pl.col("weight") / (pl.col("weight").sum().over("account") + never)).alias("starts"))
        .with_columns((pl.col("starts") + before * odds / (odds + 1 - pl.col("share"))).alias("thief"))
        .group_by("sitting")
        .agg(pl.col("thief").sum().clip(0, 1), pl.col("starts").sum().clip(0, 1))
    )


def starts(attributed_sittings: pl.LazyFrame) -> pl.LazyFrame:
    """Say when each theft began: account, stolen (probability), earliest, likely, latest (µs; 95 % interval)."""
    reached = pl.col("starts").cum_sum().over("account") / pl.col("starts").sum().over("account")

    def first_at(share: float) -> pl.Expr:
        return pl.col("first").filter(pl.col("reached") >= share).min()

    return (
        attributed_sittings.sort("account", "first", "sitting")
        .with_columns(reached.alias("reached"))
        .group_by("account")
        .agg(
            pl.col("starts").sum().clip(0, 1).alias("stolen"),
            first_at(0.025).alias("earliest"),
            pl.col("first").sort_by("starts", descending=True).first().alias("likely"),
            first_at(0.975).alias("latest"),
        )
    )


def _log_odds(part: str, whole: str) -> pl.Expr:
    return ((pl.col(part) + 0.5) / (pl.col(whole) - pl.col(part) + 0.5)).log()


def _where(count: str, value: pl.Expr) -> pl.Expr:
    """Let a value speak only where the account has any such act: a log that shows none says nothing by it."""
    return pl.when(pl.col(count).sum().over("account") > 0).then(value).otherwise(0.0)


def _known(came: str) -> pl.Expr:
    """Say how long before the suspicion the account knew a place: ln(1 + days), of 30 days at most."""
    return ((pl.col("since") - pl.col(came)) / DAY).clip(0, 30).log1p()
