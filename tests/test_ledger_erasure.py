"""Erased entries: what they said is gone from the file, the chain holds, nothing is removed without a record."""

from __future__ import annotations

import json
import sqlite3
import tempfile
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledgers import PostgresStore, SqliteStore
from maillon.edges.ledger import Ledger
from maillon.facts.errors import StateError


def entry(number):
    return (f"id-of-{number:04}", "decision", number * 10, {"account": f"agent-nb-{number:04}"})


def old_ledger(path, count):
    """Write entries as the first form of the ledger did: the body itself in the link, no commitments."""
    ledger = Ledger(path, durable=True)
    last = ledger.genesis
    ledger.close()
    with sqlite3.connect(path) as base:
        base.execute("DROP TABLE commitments")
        for seq in range(1, count + 1):
            name, kind, at, body = entry(seq)
            text = json.dumps(body, separators=(",", ":"))
            last = sha256("\x1f".join(map(str, (last, name, kind, at, text))).encode()).hexdigest()
            base.execute("INSERT INTO entries VALUES (?,?,?,?,?,?)", (seq, name, kind, at, text, last))
        base.execute("INSERT OR REPLACE INTO meta VALUES ('entries', ?)", (str(count),))
    base.close()


def changed(store, script):
    store.change(script)
    ledger = store.open()
    told = ledger.verify()
    ledger.close()
    return told


@pytest.fixture(params=["old", "new", "mixed", "postgres"])
def erased(request, tmp_path):
    """Return where a ledger of 30 entries lies of which 4 to 8 and 20 are erased."""
    old = {"old": 30, "mixed": 6}.get(request.param, 0)
    if request.param == "postgres":
        store = PostgresStore(request.getfixturevalue("postgres"))
    else:
        store = SqliteStore(tmp_path / "ledger.sqlite")
        old_ledger(store.path, old)
    ledger = store.open()
    assert ledger.verify() == (old, "")
    ledger.commit([entry(number) for number in range(old + 1, 31)], {}, [], {})
    ledger.replace([], {}, [], erase=[*range(4, 9), 20])
    assert ledger.tidy()
    assert ledger.verify() == (31, "")
    ledger.close()
    return store


def files_of(store):
    """Return every byte that a ledger has on the disk, but for the server's log of writes."""
    if isinstance(store, SqliteStore):
        return b"".join(file.read_bytes() for file in store.path.parent.iterdir())
    store.server.run(store.dsn, "CHECKPOINT")
    return b"".join(file.read_bytes() for file in (store.server.folder / "data" / "base").rglob("*") if file.is_file())


def test_what_was_erased_is_in_no_byte_of_the_file(erased):
    content = files_of(erased)
    for number in range(1, 31):
        gone = number in {4, 5, 6, 7, 8, 20}
        assert (f"agent-nb-{number:04}".encode() in content) != gone
        assert (f"id-of-{number:04}".encode() in content) != gone


def test_the_record_of_an_erasure_says_which_and_nothing_of_whom(erased):
    ledger = erased.open()
    (record,) = ledger.entries("erasure")
    ledger.close()
    assert record["entries"] == [[4, 8], [20, 20]]
    assert set(record) == {"entries", "old"}


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ("UPDATE entries SET body = '' WHERE seq = 12", "entry 12"),
        ("UPDATE entries SET body = ''; UPDATE commitments SET salt = ''", "entry "),
        ("UPDATE entries SET body = '{}' WHERE seq = 6", "entry 6 "),
        ("UPDATE entries SET kind = 'verdict' WHERE seq = 6", "entry "),
        ("UPDATE entries SET at = 1 WHERE seq = 20", "entry "),
        ("UPDATE entries SET hash = replace(hash, substr(hash, 1, 8), '00000000') WHERE seq = 7", "entry "),
        ("DELETE FROM entries WHERE seq = 6", "entry 6 is missing"),
        ("DELETE FROM entries WHERE seq = 31", "removed without a record"),
        ('UPDATE entries SET body = \'{"entries":[[4,9],[20,20]],"old":""}\' WHERE seq = 31', "entry 31"),
    ],
)
def test_an_erasure_hides_no_other_change(erased, change, wrong):
    told = changed(erased, change)[1]
    assert wrong in told


def test_an_entry_of_the_new_form_needs_its_commitment(erased):
    ledger = erased.open()
    numbers = [link.seq for link in ledger.links() if link.commitment]
    ledger.close()
    for seq in (numbers[0], numbers[-1]):
        assert changed(erased, f"UPDATE commitments SET salt = 'x' WHERE seq = {seq}")[1]


def test_who_erases_entries_that_stand_for_nothing_says_nothing(store):
    ledger = store.open()
    ledger.commit([entry(1)], {}, ["part"], {})
    ledger.replace([], {}, ["part"], erase=[7])
    assert ledger.verify() == (1, "")
    ledger.replace([], {}, ["part"], erase=[1])
    ledger.replace([], {}, ["part"], erase=[1, 2])  # an erasure's own record stays
    assert ledger.verify() == (2, "")
    assert ledger.entries("decision") == []
    ledger.commit([entry(1)], {}, [], {})  # and the ledger takes the same again, as a new entry
    assert ledger.entries("decision") == [entry(1)[3]]
    ledger.close()


def test_a_reader_delays_only_the_tidying(tmp_path):
    path = tmp_path / "ledger.sqlite"
    ledger = Ledger(path, durable=True)
    ledger.commit([entry(number) for number in range(50)], {}, [], {})
    reader = sqlite3.connect(path)
    reader.execute("BEGIN")
    reader.execute("SELECT * FROM entries").fetchone()
    ledger.replace([], {}, [], erase=[3])
    assert not ledger.tidy()
    assert ledger.verify() == (51, "")
    reader.close()
    assert ledger.tidy()
    assert b"agent-nb-0002" not in path.read_bytes()
    ledger.close()


@given(
    st.integers(0, 6),
    st.lists(st.one_of(st.integers(1, 5), st.lists(st.integers(1, 20), min_size=1, max_size=6)), max_size=8),
    st.integers(1, 30),
    st.sampled_from(["id", "kind", "at", "body", "hash", "gone"]),
)
@settings(max_examples=60, deadline=None)
def test_any_history_of_commits_and_erasures_is_whole_and_any_change_to_it_is_found(old, history, victim, column):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "ledger.sqlite"
        old_ledger(path, old)
        ledger, number = Ledger(path, durable=True), old
        for what in history:
            if isinstance(what, int):
                ledger.commit([entry(100 + number + n) for n in range(what)], {}, [], {})
                number += what
            else:
                ledger.replace([], {}, [], erase=what)
        whole, wrong = ledger.verify()
        links = {link.seq: link for link in ledger.links()}
        ledger.close()
        assert (whole, wrong) == (len(links), "")
        if victim not in links or (column in {"id", "body"} and not links[victim].body):
            return
        if column == "gone":
            script = f"DELETE FROM entries WHERE seq = {victim}"
        elif column == "at":
            script = f"UPDATE entries SET at = at + 1 WHERE seq = {victim}"
        else:
            script = f"UPDATE entries SET {column} = {column} || 'x' WHERE seq = {victim}"
        assert changed(SqliteStore(path), script)[1]


def test_a_ledger_that_cannot_be_written_says_so_and_loses_nothing(store):
    ledger = store.open()
    ledger.commit([entry(1), entry(2)], {}, ["one"], {"account": {5: "agent"}})
    with pytest.raises((sqlite3.Error, StateError)):
        ledger.replace([], {}, [object()], erase=[1], unname={"account": [5]})
    assert [one["account"] for one in ledger.entries("decision")] == ["agent-nb-0001", "agent-nb-0002"]
    assert (ledger.parts(), ledger.names()) == (["one"], {"account": {5: "agent"}})
    ledger.close()
