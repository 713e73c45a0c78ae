"""Files of an exposure, for their owner only: CSV that a spreadsheet does not obey, Parquet, bytes."""

from __future__ import annotations

import io
from pathlib import Path

import polars as pl

from maillon.edges.durable import write_whole
from maillon.facts.errors import StateError
from maillon.facts.event import Field
from maillon.render.exposure_json import row_object

_FORMULA = r"^[=@\t\r]|^[+\-][0-9 .()\-]*[^0-9 .()\-]"
"""A spreadsheet takes a text that begins so for a formula (OWASP, CSV injection); a telephone number is none."""

_CSV = (
    *("incident", "account", "patient", "fields", "route", "first", "last", "thief", "accesses", "replayed"),
    "break_glass",
)


def write_csv(path: Path, incident: str, rows: pl.DataFrame) -> None:
    """Write an exposure's rows as CSV in UTF-8: names of fields parted by blanks, moments in RFC 3339."""
    objects = (row_object(incident, row) for row in rows.iter_rows(named=True))
    table = pl.DataFrame([{**one, "fields": " ".join(one["fields"])} for one in objects], schema=list(_CSV))
    write_bytes(path, as_csv(table))


def write_parquet(path: Path, incident: str, rows: pl.DataFrame) -> None:
    """Write an exposure's rows as Parquet: fields as a list of names, moments as UTC timestamps."""
    names = [
        pl.when((pl.col("fields") & int(one)) != 0).then(pl.lit(str(one.name).lower())).otherwise(None) for one in Field
    ]
    utc = (pl.from_epoch(pl.col(name), "us").dt.replace_time_zone("UTC") for name in ("first", "last"))
    table = rows.with_columns(
        pl.lit(incident).alias("incident"), pl.concat_list(names).list.drop_nulls().alias("fields"), *utc
    )
    columns = [
        "incident",
        *(name for name in table.columns if name not in {"incident", "account_hash", "patient_hash"}),
    ]
    file = io.BytesIO()
    table.select(columns).write_parquet(file, compression="zstd")
    write_bytes(path, file.getvalue())


def as_csv(table: pl.DataFrame) -> bytes:
    """Return a table as CSV in UTF-8. A text that a spreadsheet would take for a formula gets an apostrophe."""
    texts = [name for name, kind in table.schema.items() if kind == pl.String]
    guarded = table.with_columns(
        pl.when(pl.col(name).str.contains(_FORMULA)).then("'" + pl.col(name)).otherwise(name).alias(name)
        for name in texts
    )
    return guarded.write_csv().encode()


def write_bytes(path: Path, data: bytes) -> None:
    """Write a file for its owner only, whole or not at all. Raises StateError."""
    try:
        write_whole(path, data)
    except OSError as error:
        raise StateError(f"{path} cannot be written: {error.strerror}") from None
