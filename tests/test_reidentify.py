"""The people behind pseudonyms: found in any registry, recorded, encrypted; what is wrong is one clear sentence."""

from __future__ import annotations

import sqlite3

import polars as pl
import pytest

from maillon.edges.registry import read_registry
from maillon.facts.errors import KeyUnavailableError, UsageError
from maillon.facts.event import Field
from maillon.read.identifiers import canonical_bytes
from maillon.read.pseudonym import Keys
from maillon.read.registry import hashed
from maillon.run.reidentify import reidentify

KEYS = Keys(bytes(range(32)), 1)
OLDER = Keys(bytes(range(1, 33)), 0)
DOMAIN = "orientation"


def nir(number):
    """Return an invented NIR of 15 characters with its key."""
    first = f"18513751{number:05d}"
    return f"{first}{97 - int(first) % 97:02d}"


def exposed(identifiers, keys=KEYS, thief=0.99, fields=Field.FAMILY_NAME | Field.NIR):
    """Return an exposure's rows of these patients, as the lake names them."""
    hashes = hashed(pl.Series(identifiers), [keys], [DOMAIN])[1][0]
    names = keys.pseudonyms(DOMAIN, [canonical_bytes(one.encode()) for one in identifiers])
    return pl.LazyFrame(
        {
            "account": ["a.martin"] * len(names), "account_hash": pl.Series([1] * len(names), dtype=pl.UInt64),
            "patient": names, "patient_hash": hashes, "fields": [int(fields)] * len(names),
            "route": ["/dossiers/{patient}"] * len(names), "first": [1_772_500_000_000_000] * len(names),
            "last": [1_772_500_060_000_000] * len(names), "zone": [3600] * len(names),
            "accesses": [2] * len(names), "thief": [thief] * len(names), "replayed": [False] * len(names),
            "break_glass": [False] * len(names),
        }
    )  # fmt: skip


def registry(tmp_path, text, encoding="utf-8", name="registry.csv", **how):
    path = tmp_path / name
    path.write_bytes(text.encode(encoding) if isinstance(text, str) else text)
    return read_registry(str(path), **how)


def test_patients_are_found_however_the_registry_writes_their_nir(tmp_path):
    spaced = f"{nir(7)[:1]} {nir(7)[1:3]} {nir(7)[3:5]} {nir(7)[5:13]} {nir(7)[13:]}"
    base = registry(tmp_path, f"nir;nom\n{nir(1)[:13]};Un\n{spaced};Sept\n{nir(9)};Neuf\n")
    found = reidentify(exposed([nir(1), nir(7), nir(8)]), base, [KEYS], [DOMAIN])
    assert (found.patients, found.missing, found.notes) == (2, 1, [])
    table = found.table
    assert table["nom"].to_list() == ["Un", "Sept"]
    assert table["maillon_line"].to_list() == [2, 3]
    assert table["maillon_fields"].to_list() == ["family_name nir"] * 2
    assert table["maillon_bound"].to_list() == ["lower"] * 2
    assert table["maillon_first"][0] == "2026-03-03T02:06:40+01:00"
    assert set(table["maillon_accounts"]) == {"a.martin"}


@pytest.mark.parametrize(("thief", "bound"), [(0.99, "lower"), (0.6, "likely"), (0.01, "upper")])
def test_each_patient_comes_with_how_sure_it_is(tmp_path, thief, bound):
    found = reidentify(exposed(["42"], thief=thief), registry(tmp_path, "ipp\n42\n"), [KEYS], [DOMAIN])
    assert found.table["maillon_bound"].to_list() == [bound]


def test_a_hash_alone_names_nobody(tmp_path):
    rows = exposed(["42"]).with_columns(pl.lit("1-AAAAAAAAAAAAAAAAAAAAAAAAAA").alias("patient"))
    found = reidentify(rows, registry(tmp_path, "ipp\n42\n"), [KEYS], [DOMAIN])
    assert (found.patients, found.missing) == (0, 1)


def test_another_domain_or_key_finds_nobody(tmp_path):
    base = registry(tmp_path, "ipp\n42\n")
    assert reidentify(exposed(["42"]), base, [KEYS], ["elsewhere"]).patients == 0
    assert reidentify(exposed(["42"]), base, [Keys(bytes(32), 1)], [DOMAIN]).patients == 0


def test_every_version_of_the_key_is_tried_and_a_lost_one_is_told(tmp_path):
    rows = pl.concat([exposed(["42"]), exposed(["43"], OLDER)])
    base = registry(tmp_path, "ipp\n42\n43\n")
    assert reidentify(rows, base, [KEYS, OLDER], [DOMAIN]).patients == 2
    with pytest.raises(KeyUnavailableError, match=r"version 0 of the key.*--old-key"):
        reidentify(rows, base, [KEYS], [DOMAIN])


@pytest.mark.parametrize(
    ("encoding", "told"),
    [("utf-8", ""), ("utf-8-sig", ""), ("latin-1", "Windows-1252"), ("utf-16", "UTF-16")],
)
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_encodings_and_separators(tmp_path, encoding, told, separator):
    text = f"IPP{separator}prénom\n42{separator}Hélène\n43{separator}Zoé\n"
    base = registry(tmp_path, text, encoding)
    assert base.column == "IPP"
    assert base.table["prénom"].to_list() == ["Hélène", "Zoé"]
    assert told in " ".join(base.notes)
    assert bool(base.notes) == bool(told)


def test_lines_that_are_not_in_order_are_told_by_number_only(tmp_path):
    lines = [nir(n) for n in range(20)] + ["", nir(3)[:13] + "98", nir(5)]
    found = reidentify(exposed([nir(5)]), registry(tmp_path, "nir,nom\n" + "".join(f"{n},x\n" for n in lines)),
                       [KEYS], [DOMAIN])  # fmt: skip
    told = "\n".join(found.notes)
    assert "1 line(s) without an identifier in 'nir' (lines 22)" in told
    assert "1 line(s) whose NIR is malformed or has a wrong key (lines 23)" in told
    assert "1 of these patients stand on several lines (lines 7, 24)" in told
    assert len(found.table) == 2
    assert not any(one in told for one in lines if one)


@pytest.mark.parametrize(
    ("text", "how", "sentence"),
    [
        ("", {}, "is empty"),
        ("a;b\n1;2\n", {}, "has no column of identifiers.*--id-column: a, b"),
        ("a;b\n1;2\n", {"column": "ipp"}, "has no column 'ipp'; its columns are: a, b"),
        ("ipp,nom\n1,A\n2,B,C\n", {}, "line 3 has 3 values, the header 2 columns"),
    ],
)
def test_a_registry_that_cannot_be_meant_is_one_sentence(tmp_path, text, how, sentence):
    with pytest.raises(UsageError, match=sentence) as told:
        registry(tmp_path, text, **how)
    assert "\n" not in str(told.value)


def test_a_registry_that_is_not_there_or_not_what_it_says(tmp_path):
    with pytest.raises(UsageError, match="does not exist"):
        read_registry(str(tmp_path / "none.csv"))
    with pytest.raises(UsageError, match="damaged"):
        registry(tmp_path, b"not parquet", name="registry.parquet")
    with pytest.raises(UsageError, match="does not answer the query"):
        registry(tmp_path, b"not sqlite" * 100, name="registry.sqlite", query="SELECT ipp FROM patient")


def test_parquet_and_sqlite(tmp_path):
    pl.DataFrame({"ipp": [42, 43], "nom": ["A", "B"]}).write_parquet(tmp_path / "base.parquet")
    with sqlite3.connect(tmp_path / "base.sqlite") as base:
        base.execute("CREATE TABLE patient (ipp INTEGER, nom TEXT)")
        base.execute("INSERT INTO patient VALUES (42, 'A')")
    base.close()
    from_parquet = read_registry(str(tmp_path / "base.parquet"))
    from_sqlite = read_registry(str(tmp_path / "base.sqlite"), query="SELECT ipp, nom FROM patient")
    for one in (from_parquet, from_sqlite):
        assert reidentify(exposed(["42"]), one, [KEYS], [DOMAIN]).table["nom"].to_list() == ["A"]
    with pytest.raises(UsageError, match="--query"):
        read_registry(str(tmp_path / "base.sqlite"))
    with pytest.raises(UsageError, match="--query"):
        read_registry("postgresql://someone:secret@nowhere/base")


def test_a_database_that_does_not_answer_hides_its_address():
    with pytest.raises(UsageError) as told:
        read_registry("postgresql://someone:secret@127.0.0.1:1/base?connect_timeout=1", query="SELECT 1")
    assert "secret" not in str(told.value)
