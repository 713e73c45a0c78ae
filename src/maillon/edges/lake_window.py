"""Parts of a lake over a window of time: only the days that the window touches are opened."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl

from maillon.edges.lake_rewrite import numbers

_DAY = re.compile(r"lake/day=(\d{4}-\d\d-\d\d)/part-[\d-]+\.parquet")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MARGIN = timedelta(days=1)
"""Folders are local days: an event may lie in the one before or after its day in UTC."""


def days(parts: Sequence[str]) -> list[str]:
    """Return the local days that the lake holds, in order, as ISO dates."""
    return sorted({found[1] for part in parts if (found := _DAY.fullmatch(part))})


def paths(folder: Path, parts: Sequence[str], since: int, until: int) -> list[Path]:
    """Return the files of events between two moments (µs)."""
    first, last = (
        ((_EPOCH + timedelta(microseconds=since)) - _MARGIN).date().isoformat(),
        ((_EPOCH + timedelta(microseconds=until)) + _MARGIN).date().isoformat(),
    )
    return [folder / part for part in parts if (found := _DAY.fullmatch(part)) and first <= found[1] <= last]


def every(folder: Path, parts: Sequence[str]) -> pl.LazyFrame | None:
    """Return all events as a lazy table; None where the lake is empty."""
    files = [folder / part for part in parts if _DAY.fullmatch(part)]
    return pl.scan_parquet(files, missing_columns="insert", extra_columns="ignore") if files else None


def events(folder: Path, parts: Sequence[str], since: int, until: int) -> pl.LazyFrame | None:
    """Return the events of a window as a lazy table; None where the lake holds none of those days."""
    files = paths(folder, parts, since, until)
    if not files:
        return None
    return pl.scan_parquet(files, missing_columns="insert", extra_columns="ignore").filter(
        pl.col("at").is_between(since, until)
    )


def pseudonyms(folder: Path, parts: Sequence[str]) -> pl.LazyFrame:
    """Return the patients' full pseudonyms: patient (hash), pseudonym."""
    files = [folder / part for part in parts if part.startswith("patients/")]
    if not files:
        return pl.LazyFrame(schema={"patient": pl.UInt64, "pseudonym": pl.String})
    return pl.scan_parquet(files).with_columns(pl.col("pseudonym").str.split(" ").list.first())


def renamed(folder: Path, parts: Sequence[str], version: int) -> pl.LazyFrame:
    """Return what patients are called under the coming version of the key, once each: patient, other, pseudonym."""
    files = [folder / part for part in parts if part.startswith("patients/")]
    if not files:
        return pl.LazyFrame(schema={"patient": pl.UInt64, "other": pl.UInt64, "pseudonym": pl.String})
    words = pl.col("pseudonym").str.split(" ")
    return (
        pl.scan_parquet(files)
        .filter(words.list.len() == 3, words.list.get(1, null_on_oob=True).str.starts_with(f"{version}-"))
        .unique("patient", keep="last", maintain_order=True)
        .select(
            "patient",
            words.list.get(2).str.to_integer(base=16, dtype=pl.UInt64).alias("other"),
            words.list.get(1).alias("pseudonym"),
        )
    )


def rejected(folder: Path, parts: Sequence[str], since: int, until: int) -> pl.LazyFrame:
    """Return what could not be read about that time: source, reason.

    A rejected record has no moment; it was set aside with the part of the lake that was being filled.
    """
    touched = [numbers(path.relative_to(folder).as_posix()) for path in paths(folder, parts, since, until)]
    files = [
        folder / part
        for part in parts
        if part.startswith("rejected/") and any(_meet(numbers(part), one) for one in touched)
    ]
    if not files:
        return pl.LazyFrame(schema={"source": pl.String, "reason": pl.String})
    return pl.scan_parquet(files).select("source", "reason")


def _meet(one: tuple[int, int], other: tuple[int, int]) -> bool:
    return one[0] <= other[1] and other[0] <= one[1]
