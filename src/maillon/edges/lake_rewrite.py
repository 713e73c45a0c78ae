"""The lake written smaller: old days left out, a day's parts merged, one person's rows left out, patients renamed.

New files stand beside the old ones until the ledger lists them in their place: a death in between changes nothing.
A part that takes the place of others is named part-FIRST-LAST-TURN: the numbers of the first and last that it holds,
and how often they were written anew. A day's parts, in order of their names, are in admitted order.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import polars as pl

from maillon.edges.durable import create, make_folder, sync, sync_folder
from maillon.edges.parts import scan

_PART = re.compile(r"(lake/day=(-?\d+-\d\d-\d\d)|patients|rejected)/part-(\d+)(?:-(\d+)-(\d+))?\.parquet", re.ASCII)
_FRESH = 8
"""The newest files of patients stay as they are: they may name some whose events still wait for their place."""

_MANY = 64
"""Files of patients or rejects from which they are merged."""


class Part(NamedTuple):
    """What a part's name says. `day` is "" for patients and rejects."""

    first: int
    last: int
    turn: int
    path: str
    folder: str
    day: str


@dataclass
class Rewritten:
    """The parts that count from now on, and what went."""

    parts: list[str]
    days: list[str] = field(default_factory=list)  # left out whole
    events: int = 0  # left out, or without their patient
    merged: int = 0  # files that were merged into fewer


def rewrite(
    folder: Path,
    parts: Sequence[str],
    *,
    oldest: str = "",
    settled: str = "",
    accounts: Collection[int] = (),
    patients: Collection[int] = (),
    renamed: pl.DataFrame | None = None,
) -> Rewritten:
    """Write what remains of the lake beside what is there; the files are durable when this returns. Raises OSError.

    Days before `oldest` are left out; several parts of a day before `settled` are merged (ISO dates). Events of
    `accounts` are left out; those of `patients` stay as accesses to nobody. `renamed` (patient, other, pseudonym) gives
    patients their name under another key.
    """
    change = _Change(list(accounts), list(patients), renamed)
    every = sorted(_read(path) for path in parts)
    days: dict[str, list[Part]] = {}
    for part in every:
        if part.day:
            days.setdefault(part.day, []).append(part)
    done = Rewritten([], days=[day for day in sorted(days) if day < oldest])
    done.events = sum(_rows(folder, days[day]) for day in done.days)
    for day in sorted(days):
        if day >= oldest:
            done.parts += _day(folder, days[day], done, change, merge=day < settled)
    tables = {name: [part for part in every if part.folder == name] for name in ("patients", "rejected")}
    fewer = bool(done.days or done.events)
    done.parts += _patients(folder, tables["patients"], done, change, fewer=fewer)
    done.parts += _rejected(folder, tables["rejected"], done, fewer=bool(done.days))
    for new in {(folder / path).parent for path in done.parts if path not in set(parts)}:
        sync_folder(new)
        sync_folder(new.parent)
    return done


def in_admitted_order(folder: Path, parts: Sequence[str]) -> Iterator[pl.DataFrame]:
    """Yield all events of parts of which some were merged, ordered by `seq`, a file's worth at a time."""
    begins = sorted(
        (scan([folder / part], durable=True).select(pl.col("seq").min()).collect().item(), part)
        for part in parts
        if part.startswith("lake/")
    )
    held = None
    for (_, part), (limit, _) in zip(begins, [*begins[1:], (None, "")], strict=True):
        table = scan([folder / part], durable=True).collect()
        held = (table if held is None else pl.concat([held, table])).sort("seq")
        if limit is not None:
            ready = pl.col("seq") < limit
            yield held.filter(ready)
            held = held.filter(~ready)
    if held is not None:
        yield held


def is_merged(part: str) -> bool:
    """Tell whether a part took the place of others."""
    return _read(part).turn > 0


def numbers(part: str) -> tuple[int, int]:
    """Return the first and the last number of the parts that a part holds."""
    read = _read(part)
    return read.first, read.last


@dataclass
class _Change:
    """What is changed in every file."""

    accounts: list[int]
    patients: list[int]
    renamed: pl.DataFrame | None

    def touched(self) -> pl.Expr:
        """Tell of each event whether it goes or loses its patient."""
        return pl.col("account").is_in(self.accounts) | pl.col("patient").is_in(self.patients)

    def of(self, table: pl.LazyFrame) -> pl.LazyFrame:
        """Return what becomes of events."""
        if self.accounts:
            table = table.filter(~pl.col("account").is_in(self.accounts))
        if self.patients:
            nobody = pl.when(pl.col("patient").is_in(self.patients)).then(pl.lit(0, pl.UInt64))
            table = table.with_columns(nobody.otherwise(one).alias(one) for one in ("near", "patient"))
        if self.renamed is not None:
            columns = table.collect_schema().names()
            names = self.renamed.lazy().select("patient", "other")
            table = table.join(names, on="patient", how="left", maintain_order="left")
            table = table.with_columns(pl.coalesce("other", "patient").alias("patient")).select(columns)
        return table


def _day(folder: Path, files: Sequence[Part], done: Rewritten, change: _Change, *, merge: bool) -> list[str]:
    """Return the files of one day, written anew where that changes anything."""
    table = scan([folder / part.path for part in files], durable=True)
    touched = int(table.select(change.touched().sum()).collect().item()) if change.accounts or change.patients else 0
    merge = merge and len(files) > 1
    if not (merge or touched or change.renamed is not None):
        return [part.path for part in files]
    done.events += touched
    done.merged += len(files) if merge else 0
    groups = [files] if merge else [[part] for part in files]
    written = []
    for group in groups:
        written += _write(folder, group, change.of(scan([folder / part.path for part in group], durable=True)))
    return written


def _patients(folder: Path, files: Sequence[Part], done: Rewritten, change: _Change, *, fewer: bool) -> list[str]:
    """Return the files of pseudonyms: merged where they are many, without the patients that no event names any more."""
    renamed = change.renamed
    whole = renamed is not None or bool(change.patients)
    if not (fewer or whole or len(files) > _MANY):
        return [part.path for part in files]
    newest = max((part.last for part in files), default=0)
    fresh = [part for part in files if part.last > newest - _FRESH] if not whole else []
    files = files[: len(files) - len(fresh)]
    if not files:
        return [part.path for part in fresh]
    table = pl.scan_parquet([folder / part.path for part in files])
    if renamed is not None:
        new = renamed.lazy().select(pl.col("other").alias("patient"), "pseudonym")
        table = pl.concat([new, table.join(renamed.lazy(), on="patient", how="anti")])
    if fewer:
        events = scan([folder / path for path in done.parts if path.startswith("lake/")], durable=True)
        table = table.join(events.select("patient").unique(), on="patient", how="semi")
    table = table.filter(~pl.col("patient").is_in(change.patients))
    written = _write(folder, files, table.unique("patient", keep="last", maintain_order=True))
    return [*written, *(part.path for part in fresh)]


def _rejected(folder: Path, files: Sequence[Part], done: Rewritten, *, fewer: bool) -> list[str]:
    """Return the files of rejects: those set aside with days that are gone go, those of one merged part are merged."""
    held = sorted({numbers(path) for path in done.parts if path.startswith("lake/")})
    first = held[0][0] if held else 0
    kept = [part for part in files if not fewer or (held and part.last >= first)]
    groups: dict[tuple[int, int] | str, list[Part]] = {}
    for part in kept:
        home = next((one for one in held if one[0] <= part.first and part.last <= one[1]), part.path)
        groups.setdefault(home, []).append(part)
    paths = []
    for group in groups.values():
        if len(group) == 1:
            paths.append(group[0].path)
        else:
            paths += _write(folder, group, pl.scan_parquet([folder / part.path for part in group]))
    return paths


def _write(folder: Path, group: Sequence[Part], table: pl.LazyFrame) -> list[str]:
    """Write a table in the place of parts; return its path, or nothing where it has no row."""
    turn = 1 + max(part.turn for part in group)
    name = f"part-{group[0].first:08d}-{group[-1].last:08d}-{turn}.parquet"
    path = folder / group[0].folder / name
    make_folder(path.parent)
    with create(path) as file:
        try:
            table.sink_parquet(file, compression="zstd", compression_level=1, maintain_order=True)
        except pl.exceptions.PolarsError as error:
            raise OSError(f"{path}: {error}") from None
        sync(file)
    if pl.scan_parquet(path).select(pl.len()).collect().item():
        return [f"{group[0].folder}/{name}"]
    path.unlink()
    return []


def _rows(folder: Path, files: Sequence[Part]) -> int:
    return int(pl.scan_parquet([folder / part.path for part in files]).select(pl.len()).collect().item())


def _read(path: str) -> Part:
    found = _PART.fullmatch(path)
    assert found, path
    first = int(found[3])
    return Part(first, int(found[4] or first), int(found[5] or 0), path, found[1], found[2] or "")
