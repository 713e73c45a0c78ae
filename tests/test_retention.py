"""What is over its time goes, what is not stays; and one person can be forgotten where nothing speaks against it."""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from maillon.edges.keys import load_or_create
from maillon.edges.state import State
from maillon.facts.retention import Terms
from maillon.read.pseudonym import Keys
from maillon.run.hands import reached
from maillon.run.retention import KEPT_KINDS, daily, retain
from scanning import in_order, line, maillon, objects, of_kind, quiet_log, theft, write

DAY = 86_400_000_000
NOW = int(datetime(2027, 3, 8, 12, tzinfo=UTC).timestamp() * 1e6)  # a year after the log's seventh day
SEEN_BY_ALL = 20_000_000


@pytest.fixture(scope="module")
def scanned(tmp_path_factory):
    """Return a home with a state of eight days; one account was stolen on the sixth."""
    home = tmp_path_factory.mktemp("home")
    log = write(home / "access.log", in_order(quiet_log(days=8), theft(start=5 * 86_400 + 6 * 3_600, patients=400)))
    maillon("scan", log, "--state", home / "state", home=home)
    return home


@pytest.fixture
def home(scanned, tmp_path):
    shutil.copytree(scanned, tmp_path / "home")
    return tmp_path / "home"


def opened(home, **how):
    keys = Keys(*load_or_create(home / "maillon" / "key"))
    return State(home / "state", keys.pseudonym("state", b"key id"), **how)


def days(home):
    return sorted(path.name[4:] for path in (home / "state" / "lake").iterdir() if any(path.iterdir()))


def forget(home, *arguments, check=True):
    return maillon("forget", *arguments, "--state", home / "state", "--why", "request 17", home=home, check=check)


def test_days_of_more_than_a_year_go_and_the_ledger_stays_whole(home):
    with opened(home) as state:
        gone = retain(state, Terms(), NOW, dry_run=True)
        assert (gone.days, gone.events) == ([f"2026-03-0{n}" for n in range(2, 8)], 0)
        before = state.verify()[0]
        gone = retain(state, Terms(), NOW)
        assert gone.events == 6 * 240 + 400
        assert state.verify() == (before + 2, "")  # the incident's numbers, and the record of what went
        assert retain(state, Terms(), NOW).days == []
        assert state.verify() == (before + 2, "")
    assert days(home) == ["2026-03-08", "2026-03-09"]
    assert maillon("scan", home / "access.log", "--state", home / "state", home=home).returncode == 0


def test_an_incident_keeps_its_numbers_when_its_accesses_are_gone(home):
    def told():
        done = maillon("incidents", "--state", home / "state", "--json", home=home)
        return [(one["id"], one["patients"], one["fields"]) for one in of_kind(done, "incident")]

    before = told()
    with opened(home) as state:
        retain(state, Terms(), NOW)
    assert told() == before


def test_old_entries_say_nothing_any_more_but_those_that_a_state_lives_on(home):
    with opened(home) as state:
        kinds = {link.kind for link in state.links()}
        gone = retain(state, Terms(1, 1), NOW + 400 * DAY)
        assert gone.entries > 3
        left = {link.kind for link in state.links() if link.body}
        assert left == (kinds & KEPT_KINDS) | {"erasure", "retention", "incident_numbers"}
        assert state.entries("decision") == []
        assert state.verify()[1] == ""
        assert "account" not in {kind for kind, names in state.names().items() if names}
    assert b"agent05" not in (home / "state" / "ledger.sqlite").read_bytes()
    assert maillon("incidents", "--state", home / "state", home=home).returncode == 0


def test_an_account_that_is_still_blocked_keeps_its_entries(home):
    maillon("contain", "agent11", "--state", home / "state", "--why", "stolen", "--second", "B", home=home)
    with opened(home) as state:
        at = reached(state)
        retain(state, Terms(1, 1), at + 3 * 366 * DAY)
        kept = [msgspec.json.decode(link.body) for link in state.links() if link.body and link.kind == "hand"]
        assert [one["account"] for one in kept] == ["agent11"]
        assert state.verify()[1] == ""
    assert "agent11" in maillon("incidents", "--state", home / "state", home=home).stdout.decode()


def test_a_process_that_holds_the_state_retains_once_a_day_and_goes_on_where_it_cannot(home):
    said, clock = [], [NOW - 30 * DAY]
    with opened(home) as state:
        keep = daily(state, Terms(), lambda: clock[0], said.append)
        keep()
        assert len(days(home)) == 8
        clock[0] = NOW
        keep()
        assert len(days(home)) == 2
        clock[0] = NOW + 3600 * 1_000_000  # the same day
        keep()
        clock[0] = NOW + 400 * DAY
        state._ledger._base.execute("PRAGMA query_only=ON")
        keep()
        assert len(said) == 1
        assert "what is due was not erased" in said[0]
        assert len(days(home)) == 2


@pytest.mark.parametrize(
    ("now", "months", "oldest"),
    [((2026, 5, 31), 3, "2026-02-28"), ((2024, 2, 29), 12, "2023-02-28"), ((2026, 1, 1), 12, "2025-01-01")],
)
def test_months_are_those_of_the_calendar(home, now, months, oldest):
    with opened(home) as state:
        moment = int(datetime(*now, 23, tzinfo=UTC).timestamp() * 1e6)
        assert retain(state, Terms(months, 9), moment, dry_run=True).oldest == oldest


def test_the_command_says_what_would_go_and_what_went(home):
    dry = maillon("retain", "--state", home / "state", "--dry-run", "--lang", "en", home=home).stdout.decode()
    months = (datetime.now(UTC) - datetime(2026, 3, 1, tzinfo=UTC)) / timedelta(days=30)
    assert ("nothing is due" in dry) == (months < 12)
    for words in (("--lake-months", "0"), ("--lake-months", "37"), ("--ledger-years", "0")):
        done = maillon("retain", "--state", home / "state", *words, home=home, check=False)
        assert done.returncode == 2
        assert done.stderr.decode().count("\n") == 1
    with opened(home):
        done = maillon("retain", "--state", home / "state", home=home, check=False)
        assert "in use by another process" in done.stderr.decode()


def test_a_patient_is_forgotten_by_identifier_and_the_accesses_are_to_nobody(home, tmp_path):
    number = SEEN_BY_ALL + 300  # agent03's
    request = write(tmp_path / "request.txt", [f"{number}\n"])
    with opened(home, hold=False) as state:
        before = state.lake().sort("seq").collect()
    done = forget(home, "--identifier-from", request, "--lang", "en")
    assert re.search(r"^\d+ accesses to these persons name them no more", done.stdout.decode())
    keys = Keys(*load_or_create(home / "maillon" / "key"))
    name = keys.pseudonym("access", str(number).encode())
    with opened(home, hold=False) as state:
        after = state.lake().sort("seq").collect()
        assert state.verify()[1] == ""
        (record,) = state.entries("forgetting")
    assert len(after) == len(before)
    assert after.drop("patient", "near").equals(before.drop("patient", "near"))
    assert 0 < (after["patient"] == 0).sum() - (before["patient"] == 0).sum() == record["events"]
    for path in (home / "state").rglob("*"):
        assert not path.is_file() or name.encode() not in path.read_bytes(), path
    assert str(number) not in json.dumps(record)
    again = forget(home, "--identifier-from", request, check=False)
    assert "nothing to forget" in again.stderr.decode()
    assert of_kind(maillon("incidents", "--state", home / "state", "--json", home=home), "incident")


def test_an_account_is_forgotten_with_all_that_names_it(home):
    with opened(home, hold=False) as state:
        held = len(state.lake().collect())
    done = forget(home, "--account", "agent09", "--lang", "fr")
    assert "64 accès du compte effacés" in done.stdout.decode()
    with opened(home, hold=False) as state:
        assert len(state.lake().collect()) == held - 64
        assert state.verify()[1] == ""
    for path in (home / "state").rglob("*"):
        assert not path.is_file() or b"agent09" not in path.read_bytes(), path
    lines = (home / "access.log").read_text().splitlines(keepends=True)
    more = write(home / "access.log", [*lines, line(9 * 86_400, "agent10")])
    assert maillon("scan", more, "--state", home / "state", home=home).returncode in (0, 10)


def test_evidence_is_kept_unless_somebody_says_otherwise(home):
    decisions = objects(maillon("incidents", "--state", home / "state", "--json", home=home))
    for words in (("--account", "agent05"), ("--patient", stolen(home))):
        done = forget(home, *words, check=False)
        assert done.returncode == 2
        assert "evidence" in done.stderr.decode()
    assert objects(maillon("incidents", "--state", home / "state", "--json", home=home)) == decisions
    forget(home, "--patient", stolen(home), "--even-evidence")
    done = forget(home, "--account", "agent05", "--even-evidence", "--lang", "en")
    assert "entries of the ledger say nothing any more" in done.stdout.decode()
    assert b"agent05" not in (home / "state" / "ledger.sqlite").read_bytes()
    assert objects(maillon("incidents", "--state", home / "state", "--json", home=home)) == []
    assert maillon("verify", home / "state", home=home).returncode == 0


def stolen(home):
    keys = Keys(*load_or_create(home / "maillon" / "key"))
    return keys.pseudonym("access", b"70000013")


def test_an_account_under_an_order_is_released_first(home):
    maillon("contain", "agent11", "--state", home / "state", "--why", "stolen", "--second", "B", home=home)
    done = forget(home, "--account", "agent11", check=False)
    assert (done.returncode, "release it first" in done.stderr.decode()) == (2, True)


def test_who_names_nobody_is_told(home, tmp_path):
    empty = write(tmp_path / "empty", ["\n"])
    for words, sentence in (
        (("--patient", "1-NOBODY"), "no such pseudonym"),
        (("--account", "agent5"), "did you mean"),
        (("--identifier-from", empty), "holds no identifier"),
        (("--identifier-from", tmp_path / "none"), "cannot be read"),
    ):
        done = forget(home, *words, check=False)
        assert done.returncode == 2
        assert sentence in done.stderr.decode()
        assert done.stderr.decode().count("\n") == 1


def test_a_stop_in_the_middle_of_forgetting_is_made_up_for_by_the_next_scan(home):
    with opened(home) as state:
        state.distrust()
    done = maillon("scan", home / "access.log", "--state", home / "state", home=home)
    assert "folded again from its lake" in done.stderr.decode()
    with sqlite3.connect(home / "state" / "ledger.sqlite") as base:
        assert base.execute("SELECT value FROM meta WHERE name = 'commits'").fetchone()
    base.close()
    assert (home / "state" / "version").read_text() == "2\n"
