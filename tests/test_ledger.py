"""The ledger: entries in a chain, once each, all of a commit or nothing; whatever is changed afterwards is found."""

from __future__ import annotations

import sqlite3

import pytest

from ledgers import SqliteStore
from maillon.edges.ledger import Ledger
from maillon.facts.errors import StateError


def entry(number, kind="decision", **more):
    return (f"id{number}", kind, number * 10, {"number": number, "account": f"agent{number:02d}"} | more)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "ledger.sqlite"


@pytest.fixture
def opened(store):
    ledger = store.open()
    yield ledger
    ledger.close()


def filled(store, count=40):
    ledger = store.open()
    for start in range(0, count, 10):
        ledger.commit(
            [entry(n, "seal" if n % 3 else "decision") for n in range(start, start + 10)],
            {"memory": {"offset": start}},
            [f"lake/day=2026-03-01/part-{start:08d}.parquet"],
            {"account": {2**64 - 1 - start: f"agent{start}"}},
        )
    ledger.close()
    return store


def told(path):
    """Return what verify says of a ledger file, and what it would answer."""
    try:
        ledger = Ledger(path, durable=True)
    except StateError as error:
        return str(error), None
    try:
        wrong = ledger.verify()[1]
        return wrong, None if wrong else [ledger.entries(kind) for kind in ("decision", "seal")]
    finally:
        ledger.close()


def test_an_entry_stands_once_however_often_it_is_committed(opened):
    opened.commit([entry(1), entry(2)], {}, [], {})
    opened.commit([entry(2), entry(3), entry(3)], {}, [], {})
    assert [one["number"] for one in opened.entries("decision")] == [1, 2, 3]
    assert opened.verify() == (3, "")


def test_the_same_entries_give_the_same_ledger_however_they_were_committed(store, tmp_path):
    together, apart = store.open(), Ledger(tmp_path / "two", durable=True)
    together.commit([entry(n) for n in range(6)], {}, [], {})
    for n in range(6):
        apart.commit([entry(max(0, n - 1)), entry(n)], {}, [], {})
    assert together.entries("decision") == apart.entries("decision")
    together.close()
    apart.close()


def test_entries_come_in_event_time_order(opened):
    opened.commit([entry(3), entry(1)], {}, [], {})
    opened.commit([entry(2), entry(7, "seal")], {}, [], {})
    assert [one["number"] for one in opened.entries("decision")] == [1, 2, 3]


def test_what_was_committed_comes_back(store):
    filled(store)
    ledger = store.open()
    assert ledger.meta("memory") == {"offset": 30}
    assert ledger.meta("nothing") is None
    assert len(ledger.parts()) == 4
    assert ledger.names() == {"account": {2**64 - 1 - start: f"agent{start}" for start in (0, 10, 20, 30)}}
    ledger.close()


def test_a_commit_that_fails_changes_nothing(opened):
    opened.commit([entry(1)], {"memory": 1}, [], {})
    with pytest.raises((sqlite3.Error, StateError)):
        opened.commit([entry(2)], {"memory": 2}, ["part"], {"account": {1: object()}})
    assert (opened.verify(), opened.meta("memory"), opened.parts()) == ((1, ""), 1, [])
    opened.commit([entry(2)], {"memory": 2}, ["part"], {})
    assert (opened.verify(), opened.meta("memory"), opened.parts()) == ((2, ""), 2, ["part"])


@pytest.mark.parametrize(
    ("change", "whole", "wrong"),
    [
        ("UPDATE entries SET body = replace(body, 'agent12', 'agent13') WHERE seq = 13", 12, "entry 13"),
        ("UPDATE entries SET at = at + 1 WHERE seq = 1", 0, "entry 1 "),
        ("UPDATE entries SET kind = 'verdict' WHERE seq = 40", 39, "entry 40"),
        ("UPDATE entries SET id = 'other' WHERE seq = 5", 4, "entry 5"),
        ("DELETE FROM entries WHERE seq = 20", 19, "entry 20 is missing"),
        ("DELETE FROM entries WHERE seq > 37", 37, "last 3 entries were cut off"),
        ("UPDATE entries SET seq = 41 - seq + 1000; UPDATE entries SET seq = seq - 1000", 0, "entry 1 "),
        ("UPDATE meta SET value = '\"another\"' WHERE name = 'state'", 0, "entry 1 "),
        ("DROP INDEX entries_by_kind", 40, ""),
    ],
)
def test_what_was_changed_is_found_and_where(store, change, whole, wrong):
    filled(store)
    store.change(change)
    ledger = store.open()
    found = ledger.verify()
    ledger.close()
    assert found[0] == whole
    assert wrong in found[1]
    assert bool(found[1]) == bool(wrong)


def test_entries_of_another_state_do_not_fit(tmp_path):
    filled(SqliteStore(tmp_path / "one"))
    filled(SqliteStore(tmp_path / "two"))
    with sqlite3.connect(tmp_path / "one") as base:
        base.execute("ATTACH ? AS other", (str(tmp_path / "two"),))
        base.execute("DELETE FROM entries")
        base.execute("INSERT INTO entries SELECT * FROM other.entries")
    base.close()
    assert "entry 1 " in told(tmp_path / "one")[0]


def test_any_single_changed_byte_is_found_or_changes_no_entry(path):
    filled(SqliteStore(path))
    answers = told(path)
    assert answers[0] == ""
    whole = path.read_bytes()
    found = 0
    for place in range(7, len(whole), 61):
        damaged = bytearray(whole)
        damaged[place] ^= 0x15
        for beside in path.parent.glob("ledger.sqlite-*"):
            beside.unlink()
        path.write_bytes(damaged)
        wrong, entries = told(path)
        assert wrong or entries == answers[1], place
        found += bool(wrong)
    assert found > 50


def test_a_file_that_is_no_ledger_is_told(path):
    path.write_bytes(b"this is not a database, but it is long enough to be one " * 20)
    with pytest.raises(StateError, match="cannot be opened: file is not a database"):
        Ledger(path, durable=True)


def test_only_the_owner_may_read_it(path):
    opened = SqliteStore(path).open()
    opened.commit([entry(1)], {}, [], {})
    assert {file.name: file.stat().st_mode & 0o777 for file in path.parent.iterdir()} == {
        "ledger.sqlite": 0o600,
        "ledger.sqlite-wal": 0o600,
        "ledger.sqlite-shm": 0o600,
    }
    opened.close()
