"""A platform's patient base read from where it lies: CSV of any making, Parquet, SQLite, or a database by its address.

What is wrong with a file is said by line and column, never by a value.
"""

from __future__ import annotations

import codecs
import csv
import io
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from maillon.facts.errors import UsageError

ID_COLUMNS = ("patient", "patient_id", "id", "ins", "nir", "ipp", "identifiant", "identifier", "matricule")
"""Names by which the column of identifiers is found, the likeliest first."""

_INSTALL = "pip install 'maillon[databases]'"
_SAMPLE = 1 << 16


@dataclass
class Registry:
    """A patient base: all columns as text. `notes` are sentences about how it was read."""

    name: str
    table: pl.DataFrame
    column: str  # of the identifiers
    notes: list[str] = field(default_factory=list)


def read_registry(source: str, column: str = "", query: str = "") -> Registry:
    """Read a patient base: a path (.csv, .txt, .tsv, .parquet, .sqlite, .db) or an address (postgresql://…).

    `column` names the identifiers where none of ID_COLUMNS is theirs; databases need a `query`. Raises UsageError.
    """
    notes: list[str] = []
    if "://" in source:
        name, table = source.partition("://")[0], _from_address(source, query)
    else:
        path, name = Path(source), source
        if not path.is_file():
            raise UsageError(f"the registry {source} does not exist, or is no file: name a CSV, Parquet or SQLite file")
        try:
            if path.suffix in {".sqlite", ".sqlite3", ".db"}:
                table = _from_sqlite(path, query)
            elif path.suffix in {".parquet", ".pq"}:
                table = pl.read_parquet(path)
            else:
                table, notes = _from_csv(path)
        except OSError as error:
            raise UsageError(f"the registry {source} cannot be read: {error.strerror}") from None
        except pl.exceptions.PolarsError:
            raise UsageError(f"the registry {source} is damaged, or not what its name says") from None
    return Registry(name, table.cast(pl.String, strict=False), _column(table.columns, column, name), notes)


def _column(columns: Sequence[str], asked: str, name: str) -> str:
    if asked:
        if asked in columns:
            return asked
        raise UsageError(f"the registry {name} has no column {asked!r}; its columns are: {_listed(columns)}")
    lower = {one.strip().lower(): one for one in reversed(columns)}
    for known in ID_COLUMNS:
        if known in lower:
            return lower[known]
    raise UsageError(
        f"the registry {name} has no column of identifiers that is known by its name; say which with --id-column: "
        f"{_listed(columns)}"
    )


def _listed(columns: Sequence[str]) -> str:
    return ", ".join(columns[:20]) + (", …" if columns[20:] else "") or "none"


def _from_csv(path: Path) -> tuple[pl.DataFrame, list[str]]:
    """Read a CSV in UTF-8, UTF-16 or Windows-1252 (of which Latin-1 is a part), parted by comma, semicolon or tab."""
    notes: list[str] = []
    with path.open("rb") as file:
        head = file.read(_SAMPLE)
    if not head.strip():
        raise UsageError(f"the registry {path} is empty")
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        notes.append(f"{path} is in UTF-16: it was read as such")
        return _parsed(path, path.read_bytes().decode("utf-16", "replace").encode()), notes
    try:
        return _parsed(path, None), notes
    except UnicodeDecodeError:
        text = path.read_bytes().decode("cp1252", "replace")
        notes.append(f"{path} is not UTF-8: it was read as Windows-1252 (Latin-1); look at the accents of the output")
        return _parsed(path, text.encode()), notes


def _parsed(path: Path, data: bytes | None) -> pl.DataFrame:
    """Parse UTF-8 text (the file's own where `data` is none). Raises UnicodeDecodeError, UsageError."""
    with path.open("rb") as file:
        first = (file if data is None else io.BytesIO(data)).readline().removeprefix(codecs.BOM_UTF8)
    separator = max(b";,\t|", key=first.count)
    try:
        table = pl.read_csv(path if data is None else data, separator=chr(separator), infer_schema=False)
    except pl.exceptions.NoDataError:
        raise UsageError(f"the registry {path} is empty") from None
    except pl.exceptions.ComputeError as error:
        if "utf-8" in str(error).lower() or "utf8" in str(error).lower():
            raise UnicodeDecodeError("utf-8", b"", 0, 1, "not UTF-8") from None
        raise UsageError(f"the registry {path} cannot be read: {_ragged(path, data, chr(separator))}") from None
    return table.rename({one: one.removeprefix("\ufeff").strip() for one in table.columns})


def _ragged(path: Path, data: bytes | None, separator: str) -> str:
    """Say which line has more values than the header has columns."""
    text = io.StringIO((path.read_bytes() if data is None else data).decode("utf-8", "replace"), newline="")
    lines = csv.reader(text, delimiter=separator)
    columns = len(next(lines, []))
    try:
        for values in lines:
            if len(values) > columns:
                return f"line {lines.line_num} has {len(values)} values, the header {columns} columns; quote its values"
    except csv.Error:
        return f"line {lines.line_num} is not CSV"
    return "a quotation mark is not closed"


def _from_sqlite(path: Path, query: str) -> pl.DataFrame:
    if not query:
        raise UsageError(f"the registry {path} is a database: say what to read with --query 'SELECT …'")
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as base:
            cursor = base.execute(query)
            if cursor.description is None:
                raise UsageError("--query must be a SELECT: it gave no columns")
            columns = [one[0] for one in cursor.description]
            rows = cursor.fetchall()
    except sqlite3.Error as error:
        raise UsageError(f"the registry {path} does not answer the query: {error}") from None
    return pl.DataFrame(rows, columns, orient="row", infer_schema_length=None, strict=False)


def _from_address(address: str, query: str) -> pl.DataFrame:
    """Read from a database server. The address may hold a password: it is in no message."""
    scheme = address.partition("://")[0]
    if not query:
        raise UsageError(f"{scheme}://… is a database: say what to read with --query 'SELECT …'")
    try:
        return pl.read_database_uri(query, address)
    except ModuleNotFoundError:
        raise UsageError(f"reading a database server needs a library that is not installed: {_INSTALL}") from None
    except Exception as error:  # noqa: BLE001 - the driver's own kinds; its message may hold the address
        raise UsageError(
            f"the database {scheme}://… does not answer the query ({type(error).__name__}): check address and SQL"
        ) from None
