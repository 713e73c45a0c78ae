"""The ledger in PostgreSQL, with a real server: several writers, one chain, nothing lost or twice, no secret told."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from itertools import pairwise

import pytest

from guarded import api, asks, configuration, free, guard, said, until
from ledgers import PostgresStore, SqliteStore
from maillon.cli.main import main
from maillon.edges import ledger_postgres, ledger_steps
from maillon.edges.ledger_place import put_ledger
from maillon.edges.ledger_postgres import checked
from maillon.facts.errors import StateError, UsageError
from real_postgres import PASSWORD
from scanning import in_order, maillon, objects, of_kind, quiet_log, theft, write
from test_ledger import entry, filled

WRITER = """
import sys
from maillon.edges.ledger_postgres import PostgresLedger
dsn, state, first, count = *sys.argv[1:3], *map(int, sys.argv[3:])
ledger = PostgresLedger(dsn, state)
for number in range(first, first + count):
    mine = (f"of {state} {number}", "decision", number, {"number": number, "state": state})
    both = (f"of both {number % 40}", "decision", number % 40, {"number": number % 40, "state": "both"})
    ledger.commit([mine, both], {"at": number}, [f"part-{number}"], {"account": {number: state}})
"""


def writer(dsn, state, first=0, count=80):
    return subprocess.Popen([sys.executable, "-c", WRITER, dsn, state, str(first), str(count)])


@pytest.fixture
def placed(postgres):
    return PostgresStore(postgres)


def test_two_processes_that_add_at_once_make_one_chain_and_lose_nothing(placed):
    """Half of their entries are the same: each stands once. What is each state's own stays its own."""
    writers = [writer(placed.dsn, state) for state in ("a" * 16, "b" * 16)]  # the tables are made by whoever is first
    assert [one.wait(60) for one in writers] == [0, 0]
    for state in ("a" * 16, "b" * 16):
        ledger = PostgresStore(placed.server, state, placed.dsn).open()
        assert ledger.verify() == (200, "")
        assert ledger.meta("at") == 79
        assert ledger.parts() == sorted(f"part-{number}" for number in range(80))
        ledger.close()
    ledger = placed.open()
    of_each = [one["state"] for one in ledger.entries("decision")]
    links = list(ledger.links())
    ledger.close()
    assert {name: of_each.count(name) for name in set(of_each)} == {"a" * 16: 80, "b" * 16: 80, "both": 40}
    turns = sum(one.id[:4] != two.id[:4] for one, two in pairwise(links))
    assert turns > 10, "they did write at once"
    assert [link.seq for link in links] == list(range(1, 201))


def test_who_reads_meanwhile_sees_a_whole_chain(placed):
    running = writer(placed.dsn, "a" * 16, count=150)
    ledger = placed.open()
    seen = set()
    while running.poll() is None:
        whole, wrong = ledger.verify()
        assert not wrong
        seen.add(whole)
    ledger.close()
    assert running.returncode == 0
    assert len(seen) > 2


def test_a_server_that_goes_away_is_waited_for_and_nothing_comes_twice(placed):
    ledger = placed.open(patience_s=60)
    ledger.commit([entry(1)], {"memory": 1}, [], {})
    placed.server.stop()
    again = threading.Timer(1.0, placed.server.start)
    again.start()
    for number in range(2, 12):
        ledger.commit([entry(number - 1), entry(number)], {"memory": number}, [], {})
    again.join()
    assert ledger.meta("memory") == 11
    assert ledger.verify() == (11, "")
    ledger.close()
    impatient = placed.open()
    placed.server.stop()
    with pytest.raises(StateError) as told:
        impatient.commit([entry(12)], {}, [], {})
    assert PASSWORD not in str(told.value)
    with pytest.raises(StateError, match="cannot be reached") as told:
        placed.open()
    assert PASSWORD not in str(told.value)
    placed.server.start()


def test_tables_of_an_earlier_version_are_brought_up_and_those_of_a_later_one_refused(placed, monkeypatch):
    filled(placed)
    later = (*ledger_steps.STEPS, ("ALTER TABLE entries ADD COLUMN note TEXT", "UPDATE entries SET note = kind"))
    monkeypatch.setattr(ledger_postgres, "STEPS", (*later, ("SELECT no_such_function()",)))
    with pytest.raises(StateError, match="no_such_function"):
        placed.open()
    monkeypatch.setattr(ledger_postgres, "STEPS", ledger_steps.STEPS)
    placed.open().close()
    monkeypatch.setattr(ledger_postgres, "STEPS", later)
    for _ in range(2):
        ledger = placed.open()
        assert ledger.verify() == (40, "")
        ledger.close()
    monkeypatch.setattr(ledger_postgres, "STEPS", ledger_steps.STEPS)
    with pytest.raises(StateError, match="made by a later version"):
        placed.open()


def test_a_copy_in_a_file_is_the_same_chain(placed, tmp_path):
    filled(placed)
    ledger = placed.open()
    ledger.replace([], {}, ledger.parts()[:2], erase=[3, 4])
    ledger.backup(tmp_path / "copy")
    copy = SqliteStore(tmp_path / "copy").open()
    assert copy.verify() == ledger.verify() == (41, "")
    assert list(copy.links()) == list(ledger.links())
    assert (copy.genesis, copy.parts(), copy.names()) == (ledger.genesis, ledger.parts(), ledger.names())
    assert copy.meta("memory") == {"offset": 30}
    ledger.close()
    copy.close()


def test_texts_that_postgresql_does_not_hold_lose_nothing_else(placed):
    ledger = placed.open()
    ledger.commit([entry(1, account="a\x00b\u2028?%s")], {}, [], {"account": {5: "a\x00b ?%s"}})
    assert ledger.entries("decision")[0]["account"] == "a\x00b\u2028?%s"
    assert ledger.names() == {"account": {5: "a\ufffdb ?%s"}}
    assert ledger.verify() == (1, "")
    ledger.close()


@pytest.mark.parametrize(
    ("dsn", "why"),
    [
        ("postgresql://m:geheim@db.example.org/maillon", "add sslmode=verify-full"),
        ("postgresql://m:geheim@127.0.0.1,db.example.org/maillon?sslmode=prefer", "add sslmode=verify-full"),
        ("host=db.example.org password=geheim sslmode=disable", "add sslmode=verify-full"),
        ("hostaddr=192.0.2.1 password=geheim", "add sslmode=verify-full"),
        ("host = geheim = x y", "not named in a form"),
        ("postgresql://m:geh eim@[::1/maillon", "not named in a form"),
    ],
)
def test_an_address_that_is_open_or_means_nothing_is_refused_and_not_repeated(dsn, why):
    with pytest.raises(UsageError, match=why) as told:
        checked(dsn)
    assert "geh" not in str(told.value)


def test_addresses_on_this_machine_or_by_tls_are_taken():
    for dsn in ("dbname=maillon", "postgresql://m@localhost/x", "host=/run/postgresql", "postgresql:///x",
                "postgresql://m@db.example.org/x?sslmode=verify-full"):  # fmt: skip
        assert checked(dsn) == dsn


@pytest.fixture
def named(placed, tmp_path):
    """How a ledger is named on a command line, and the environment in which a new state has it there."""
    secret = tmp_path / "ledger.dsn"
    secret.write_text(placed.dsn + "\n")
    secret.chmod(0o600)
    return {"MAILLON_LEDGER": f"file:{secret}"}


def test_states_of_two_services_share_one_ledger_and_one_list_of_incidents(named, placed, tmp_path):
    """Their scans run at once; each finds its own theft. The same two with ledgers of their own find the same."""
    home = tmp_path / "home"
    for number, name in enumerate(("one", "two")):
        thief = theft(
            f"agent{number + 5:02d}", start=3 * 86_400 + 6 * 3600, patients=120, address=f"203.0.113.{number}"
        )
        write(tmp_path / f"{name}.log", in_order(quiet_log(days=4), thief))
    maillon("scan", tmp_path / "one.log", "--state", tmp_path / "first", home=home)  # the key is made once

    def scan(name):
        return subprocess.Popen(
            [sys.executable, "-m", "maillon", "scan", tmp_path / f"{name}.log", "--state", tmp_path / name],
            env=os.environ | {"XDG_CONFIG_HOME": str(home)} | named, stdout=subprocess.DEVNULL,
        )  # fmt: skip

    assert [one.wait(120) for one in [scan("one"), scan("two")]] == [10, 10]
    assert not (tmp_path / "one" / "ledger.sqlite").exists()
    assert PASSWORD not in (tmp_path / "one" / "ledger.place").read_text()
    decided = []
    for name in ("one", "two"):
        done = maillon("incidents", "--state", tmp_path / name, "--json", home=home)
        assert PASSWORD not in done.stderr.decode()
        decided.append([(one["account"], one["at"], one["action"]) for one in of_kind(done, "decision")])
        assert maillon("verify", tmp_path / name, home=home).returncode == 0
    assert decided[0] == decided[1], "one ledger"
    assert {"agent05", "agent06"} <= {account for account, _, _ in decided[0]}
    alone = maillon("incidents", "--state", tmp_path / "first", "--json", home=home)
    mine = [(one["account"], one["at"], one["action"]) for one in of_kind(alone, "decision")]
    assert [one for one in decided[0] if one[0] == "agent05"] == [one for one in mine if one[0] == "agent05"]


def test_a_living_state_moves_goes_on_and_comes_back_from_its_backup(named, tmp_path):
    home, state = tmp_path / "home", tmp_path / "state"
    lines = in_order(quiet_log(days=4), theft(start=3 * 86_400 + 6 * 3600, patients=120))
    log = write(tmp_path / "log", lines[:970])
    maillon("scan", log, "--state", state, home=home)
    refused = maillon("scan", log, "--state", state, home=home, env=named, check=False)
    assert refused.returncode == 2
    assert b"maillon ledger --state" in refused.stderr
    moved = maillon("ledger", "--state", state, "--to", named["MAILLON_LEDGER"], home=home)
    assert b"entries moved, whole" in moved.stdout
    assert not list(state.glob("ledger.sqlite*"))
    write(log, lines)
    maillon("scan", log, "--state", state, home=home)
    maillon("verify", state, home=home)
    told = objects(maillon("incidents", "--state", state, "--json", home=home))
    maillon("scan", log, "--state", tmp_path / "other", home=home)
    assert told == objects(maillon("incidents", "--state", tmp_path / "other", "--json", home=home))
    maillon("backup", "--state", state, "--out", tmp_path / "archive", home=home)
    maillon("restore", tmp_path / "archive", "--state", tmp_path / "back", home=home)
    assert told == objects(maillon("incidents", "--state", tmp_path / "back", "--json", home=home))
    assert (
        b"two chains cannot become one"
        in maillon(
            "ledger", "--state", tmp_path / "other", "--to", named["MAILLON_LEDGER"], home=home, check=False
        ).stderr
    )
    assert maillon("ledger", "--state", tmp_path / "other", home=home).stdout.rstrip().endswith(b"ledger.sqlite")


def test_a_guard_answers_and_shares_on_while_its_ledgers_server_is_away(named, placed, kafka, tmp_path):
    """Nothing of what it was asked meanwhile is missing afterwards."""
    port, topic = free(), kafka.topic("while-away")
    config = configuration(
        tmp_path, port, more=f"ledger = '{named['MAILLON_LEDGER']}'\ncommit_seconds = 1", service="request_id = false"
    )
    config.write_text(f'{config.read_text()}[kafka]\nservers = "{kafka.servers}"\ndecisions = "{topic}"\n')
    with guard(config, port):
        assert asks(port, "agent01", "/dossiers/1/identite", number=1)[0] == 200
        placed.server.stop()
        began, number = time.monotonic(), 1
        while time.monotonic() - began < 2.5:  # commits come due
            number += 1
            assert asks(port, "agent01", f"/dossiers/{number}/identite", number=number)[0] == 200
            time.sleep(0.05)
        assert api(port, "analyst", "POST", "contain", account="agent01", why="a call")[0] == 200
        assert asks(port, "agent01", "/dossiers/1/identite", number=number + 1)[0] == 403
        until(lambda: any(json.loads(one)["kind"] == "hand" for _, one in kafka.records(topic)), "it was not shared")
        placed.server.start()
        until(lambda: "hand" in kinds(placed), "it was not committed", 30)
        assert api(port, "viewer", "GET", "status")[1]["counts"]["asked"] == number + 1
    assert PASSWORD not in said(config)
    ledger = placed.open()
    assert ledger.verify()[1] == ""
    ledger.close()


def kinds(store):
    ledger = store.open()
    found = {link.kind for link in ledger.links()}
    ledger.close()
    return found


def test_an_address_itself_is_no_name_for_it(tmp_path, monkeypatch, capsys):
    with pytest.raises(UsageError, match="file:/PATH") as told:
        put_ledger(tmp_path / "state", "postgresql://m:geheim@127.0.0.1/x")
    assert "geheim" not in str(told.value)
    assert not (tmp_path / "state").exists()
    monkeypatch.setenv("MAILLON_LEDGER", "env:NOWHERE")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    log = write(tmp_path / "log", quiet_log(days=1))
    assert main(["scan", str(log), "--state", str(tmp_path / "state")]) == 2
    assert "env:NOWHERE" in capsys.readouterr().err
