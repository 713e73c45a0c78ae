"""How right an exposure is, against the simulator's truth: coverage, over-listing, start, calibration.

    python bench/exposure.py [--seeds 20] [--first 20000] [--plot calibration.svg]

For each seed every attack is simulated under the conditions of bench/stolen.py, and the stolen accounts that Maillon
suspects are attributed. Patients are those whose identity the thief read by name.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import polars as pl

from maillon.expose.attribute import CERTAIN, THRESHOLD
from maillon.expose.rows import not_excluded
from maillon.expose.suspects import is_shown
from maillon.run.exposure import attribute
from maillon.sim.seeds import FIRST_REPORTING
from stolen import ATTACKS, CONDITIONS, Stolen, possible

BINS = (0.0, 0.001, 0.01, 0.05, 0.2, 0.4, 0.6, 0.8, 0.95, 0.99, 0.999, 1.0001)


@dataclass
class Tally:
    """What was found over the stolen accounts of one attack under one condition. One entry an account."""

    truth: list[int] = field(default_factory=list)
    covered: list[int] = field(default_factory=list)  # of the truth, within the upper bound
    listed: list[int] = field(default_factory=list)  # rows of the thief's lists
    listed_covered: list[int] = field(default_factory=list)
    likely_right: list[int] = field(default_factory=list)
    lower: list[int] = field(default_factory=list)
    lower_right: list[int] = field(default_factory=list)
    likely: list[int] = field(default_factory=list)
    upper: list[int] = field(default_factory=list)
    honest: list[tuple[int, int]] = field(default_factory=list)  # suspected, never stolen: patients likely, at most
    started: list[bool] = field(default_factory=list)  # the start lies in its interval
    early: list[float] = field(default_factory=list)  # days between the likeliest start and the true one


def judge(stolen: Stolen, tally: Tally) -> pl.DataFrame:
    """Add one region to the tally; return probability and truth of each named access, for the calibration."""
    accesses, starts = attribute(stolen.lake, stolen.suspects, 0)
    truth = stolen.lake.filter(is_shown()).select("account", "patient", "route", "at", "truth").unique()
    shown = accesses.lazy().join(truth, on=["account", "patient", "route", "at"]).collect()
    lists = shown.filter(pl.col("truth"))
    tally.listed.append(lists["listed"].sum())
    tally.listed_covered.append(lists.filter(not_excluded())["listed"].sum())
    both = shown.filter(pl.col("patient") != 0)
    thief, kept = pl.col("truth"), not_excluded()
    counts = both.group_by("account").agg(
        _patients(thief).alias("truth"),
        _patients(thief & kept).alias("covered"),
        _patients(thief & (pl.col("thief") >= THRESHOLD)).alias("likely_right"),
        _patients(thief & (pl.col("thief") >= CERTAIN)).alias("lower_right"),
        _patients(pl.col("thief") >= CERTAIN).alias("lower"),
        _patients(pl.col("thief") >= THRESHOLD).alias("likely"),
        _patients(kept).alias("upper"),
        pl.col("at").filter(thief).min().alias("begun"),
    )
    stolen_ones = truth.filter("truth").select("account").unique().collect()["account"].implode()
    innocent = counts.filter(~pl.col("account").is_in(stolen_ones))
    tally.honest += innocent.select("likely", "upper").rows()
    for row in counts.filter(pl.col("truth") > 0).iter_rows(named=True):
        for name in ("truth", "covered", "likely_right", "lower_right", "lower", "likely", "upper"):
            getattr(tally, name).append(row[name])
        begun = stolen.begun(row["account"])
        start = starts.get(row["account"])
        tally.started.append(start is not None and start.earliest <= begun <= start.latest)
        tally.early.append(abs(start.likely - begun) / 86_400_000_000 if start else np.inf)
    return both.select("thief", "truth")


def _patients(kept: pl.Expr) -> pl.Expr:
    return pl.col("patient").filter(kept).n_unique()


def told(name: str, tally: Tally) -> str:
    """Return one line of the table."""
    truth, covered, likely, upper = (np.array(getattr(tally, one)) for one in ("truth", "covered", "likely", "upper"))
    right, lower, lower_right = (np.array(getattr(tally, one)) for one in ("likely_right", "lower", "lower_right"))
    if not len(truth):
        return f"{name:22} {0:5}   nobody was read by name"
    all_, listed = truth.sum(), max(sum(tally.listed), 1)
    numbers = (
        (
            covered.sum() / all_,
            (covered == truth).mean(),
            sum(tally.listed_covered) / listed if sum(tally.listed) else 1.0,
        ),
        (upper.sum() / all_, np.quantile(upper / truth, 0.99), (upper / truth).max()),
        (likely.sum() / all_, right.sum() / all_, np.quantile(likely / truth, 0.99)),
        (lower.sum() / all_, lower_right.sum() / max(lower.sum(), 1)),
        (np.mean(tally.started), np.mean(np.array(tally.early) < 1)),
    )
    groups = ("".join(f" {number:7.3f}" for number in group) for group in numbers)
    return f"{name:22} {len(truth):5} {all_:9,}  {'  '.join(groups)}"


_COLUMNS = (
    *("covered", "whole", "lists"), "", *("upper", "p99", "max"), "", *("likely", "recall", "p99"), "",
    *("lower", "pure"), "", *("start", "<1 day"),
)  # fmt: skip
HEAD = f"{'attack, condition':22} {'accts':>5} {'patients':>9}  " + "".join(
    f" {name:>7}" if name else "  " for name in _COLUMNS
)
LEGEND = """
covered: share of the truly read patients within the upper bound · whole: share of accounts where all are · lists: share
of the rows of the thief's lists within the upper bound ·
upper, likely, lower: patients counted, as a multiple of the truth (sum; p99 and max over accounts) ·
recall: share of the truly read among the likely · pure: share of the lower bound that was truly read ·
start: share of accounts whose true start lies in the interval · < 1 day: whose likeliest start is that near"""


def calibration(table: pl.DataFrame) -> list[tuple[int, float, float]]:
    """Return, for each bin of probability: accesses, mean probability, share that the thief made."""
    p, y = table["thief"].to_numpy(), table["truth"].to_numpy()
    place = np.digitize(p, BINS[1:-1])
    return [
        (int(mine.sum()), float(p[mine].mean()), float(y[mine].mean()))
        for mine in (place == index for index in range(len(BINS) - 1))
        if mine.any()
    ]


def plot(bins: Iterable[tuple[int, float, float]]) -> str:
    """Return the calibration as an SVG: probability told against share found, the size by the number of accesses."""
    dots = "".join(
        f'<circle cx="{40 + 320 * told_:.1f}" cy="{360 - 320 * found:.1f}" r="{2 + np.log10(count):.1f}"/>'
        f'<text x="{48 + 320 * told_:.1f}" y="{356 - 320 * found:.1f}" font-size="9">{count:,}</text>'
        for count, told_, found in bins
    )
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 420 400" font-family="sans-serif" font-size="11">'
        '<rect width="420" height="400" fill="white"/><path d="M40 360 H360 M40 360 V40" stroke="black" fill="none"/>'
        '<path d="M40 360 L360 40" stroke="grey" stroke-dasharray="4"/>'
        '<text x="120" y="390">probability told that it was the thief</text>'
        '<text x="14" y="260" transform="rotate(-90 14 260)">share that the thief made</text>'
        f'<g fill="steelblue">{dots}</g></svg>\n'
    )


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--seeds", type=int, default=20)
    arguments.add_argument("--first", type=int, default=FIRST_REPORTING)
    arguments.add_argument("--plot", type=Path)
    args = arguments.parse_args()
    tallies: dict[tuple[str, str], Tally] = defaultdict(Tally)
    measured = [(attack, hidden) for hidden in CONDITIONS for attack in ATTACKS if possible(attack, hidden)]
    pairs = [
        judge(Stolen(seed, *pair), tallies[pair])
        for seed in range(args.first, args.first + args.seeds)
        for pair in measured
    ]
    print(HEAD)
    for pair in measured:
        print(told(", ".join(pair), tallies[pair]))
    print(LEGEND)
    for hidden in CONDITIONS:
        honest = np.array([pair for (_, mine), one in tallies.items() if mine == hidden for pair in one.honest])
        if len(honest):
            print(
                f"suspected but never stolen, {hidden}: {len(honest)} accounts; patients counted as likely "
                f"for {(honest[:, 0] > 0).sum()} ({honest[:, 0].sum():,} patients), at most {honest[:, 1].sum():,}"
            )
    bins = calibration(pl.concat(pairs))
    print(f"\n{'accesses':>10} {'told':>8} {'found':>8}")
    for count, mean, share in bins:
        print(f"{count:10,} {mean:8.4f} {share:8.4f}")
    if args.plot:
        args.plot.write_text(plot(bins), encoding="utf-8")


if __name__ == "__main__":
    main()
