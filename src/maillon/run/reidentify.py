"""The people behind an exposure's pseudonyms, found in the platform's own patient base; nothing of it is kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256

import msgspec
import numpy as np
import polars as pl
from numpy.typing import NDArray

from maillon.edges.ledger import Entry
from maillon.edges.registry import Registry
from maillon.edges.state import State
from maillon.expose.attribute import CERTAIN, THRESHOLD
from maillon.facts.errors import KeyUnavailableError
from maillon.facts.event import Field
from maillon.read.pseudonym import Keys
from maillon.read.registry import BROKEN_NIR, EMPTY, NIR, matches
from maillon.render.clock import rfc3339

KIND = "reidentification"
"""Kind of the entries by which the ledger remembers who was told the patients."""

_FEW = 3
_FIRST_LINE = 2  # as an editor shows it: below the header


@dataclass
class Found:
    """The patients of an exposure with their lines of the registry; what is to be said of the registry."""

    table: pl.DataFrame
    patients: int  # exposed ones found in the registry
    missing: int  # exposed ones that are not in it
    notes: list[str] = field(default_factory=list)


def domains_of(state: State) -> list[str]:
    """Return the domains of patients' identifiers that the state's services have (see `Profile.domain`)."""
    found: dict[str, None] = {}
    for body in state.entries("profile"):
        profile = body["profile"]
        found[profile["domain"] or (body["source"] if profile["learnt"] else profile["name"])] = None
    return list(found)


def reidentify(rows: pl.LazyFrame, registry: Registry, keys: Sequence[Keys], domains: Sequence[str]) -> Found:
    """Join an exposure's rows (facts.exposure.ROWS) with a registry: one row for each line of the registry found.

    Columns out: those of the registry, then maillon_line (of the registry), maillon_pseudonym, maillon_bound ("lower",
    "likely" or "upper": how surely the thief read this patient), maillon_thief, maillon_fields, maillon_first,
    maillon_last, maillon_accounts, maillon_routes. Raises KeyUnavailableError where pseudonyms were made with a key
    that is not given.
    """
    exposed = rows.select("patient_hash", "patient").unique("patient_hash").collect()
    _refuse_unknown_keys(exposed["patient"], keys)
    found, kinds = matches(registry.table[registry.column], dict(exposed.iter_rows()), keys, domains)
    lines = registry.table[found["line"]].with_columns(
        found["line"].alias("maillon_line") + _FIRST_LINE, found["patient"].alias("maillon_pseudonym")
    )
    table = lines.join(_by_patient(rows).collect(), on="maillon_pseudonym").sort("maillon_line")
    named = found["patient"].n_unique()
    notes = [*registry.notes, *_notes(registry, kinds, found)]
    return Found(table, named, len(exposed) - named, notes)


def _by_patient(rows: pl.LazyFrame) -> pl.LazyFrame:
    """Return one row a pseudonym, as a person reads it."""
    names = [pl.when((pl.col("fields") & int(one)).max() != 0).then(pl.lit(str(one.name).lower())) for one in Field]
    first, last = pl.col("first").min(), pl.col("last").max()
    thief, zone = pl.col("thief").max(), pl.col("zone").first()
    return rows.group_by(pl.col("patient").alias("maillon_pseudonym")).agg(
        pl.when(thief >= CERTAIN)
        .then(pl.lit("lower"))
        .when(thief >= THRESHOLD)
        .then(pl.lit("likely"))
        .otherwise(pl.lit("upper"))
        .alias("maillon_bound"),
        thief.round(4).alias("maillon_thief"),
        pl.concat_str(*names, separator=" ", ignore_nulls=True).alias("maillon_fields"),
        _moment(first, zone).alias("maillon_first"),
        _moment(last, zone).alias("maillon_last"),
        pl.col("account").unique().sort().str.join(" | ").alias("maillon_accounts"),
        pl.col("route").unique().sort().str.join(" | ").alias("maillon_routes"),
    )


def _moment(at: pl.Expr, zone: pl.Expr) -> pl.Expr:
    return pl.struct(at.alias("at"), zone.alias("zone")).map_elements(
        lambda one: rfc3339(one["at"], one["zone"]), return_dtype=pl.String
    )


def _refuse_unknown_keys(pseudonyms: pl.Series, keys: Sequence[Keys]) -> None:
    versions = set(pseudonyms.str.split("-").list.first().unique()) - {""}
    unknown = versions - {str(one.version) for one in keys}
    if unknown:
        told = ", ".join(sorted(unknown))
        raise KeyUnavailableError(
            f"some pseudonyms were made with version {told} of the key, which is not given: name that key with "
            "--old-key FILE; where it is lost, these patients cannot be found again"
        )


def _notes(registry: Registry, kinds: NDArray[np.uint8], found: pl.DataFrame) -> list[str]:
    """Say what is wrong with the registry, by numbers of lines, never by a value."""
    name, column = registry.name, registry.column
    notes = []
    empty = np.flatnonzero(kinds == EMPTY)
    if len(empty):
        notes.append(f"{name}: {len(empty)} line(s) without an identifier in {column!r} ({_lines(empty)}): passed over")
    mostly_nir = 2 * (kinds == NIR).sum() > (kinds != EMPTY).sum()
    broken = np.flatnonzero((kinds != NIR) & (kinds != EMPTY) if mostly_nir else kinds == BROKEN_NIR)
    if len(broken):
        notes.append(
            f"{name}: {len(broken)} line(s) whose NIR is malformed or has a wrong key ({_lines(broken)}): compared as "
            "they are written"
        )
    twice = found.filter(pl.col("patient").is_duplicated())
    if len(twice):
        notes.append(
            f"{name}: {twice['patient'].n_unique()} of these patients stand on several lines "
            f"({_lines(twice['line'].to_numpy())}): all are kept, check that they are one person"
        )
    return notes


def _lines(numbers: NDArray[np.int64]) -> str:
    shown = ", ".join(str(number + _FIRST_LINE) for number in np.sort(numbers)[:_FEW])
    return f"lines {shown}{', …' if len(numbers) > _FEW else ''}"


def entry(request: dict[str, object], at: int) -> Entry:
    """Return the ledger's entry of a re-identification: who asked, why, for whom, how many; `at` is now, in µs."""
    body = {"at": at, **request}
    return sha256(msgspec.json.encode([KIND, body], order="sorted")).hexdigest(), KIND, at, body
