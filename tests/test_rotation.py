"""Another version of the key: after an overlap the same is decided as if there had been no change, under new names."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from datetime import datetime

import polars as pl
import pytest

from maillon.edges import lake_window
from maillon.edges.keys import load_or_create
from maillon.edges.state import State
from maillon.expose.sittings import DAY
from maillon.facts.errors import KeyUnavailableError
from maillon.read.pseudonym import LASTING, Keys
from maillon.run.rotation import warmth
from scanning import START, in_order, line, maillon, of_kind, quiet_log, theft, write

DAYS = 36
OVERLAP, CHANGE = 5, 33  # accounts see each of their patients within 20 days
WHY = ("--why", "yearly", "--who", "A. Martin")


def pieces(home):
    """Write a log in three pieces: before the overlap, within it, and after the change, where a theft lies."""
    seldom = [line(86_400 + n * 60, "agent00", f"/dossiers/{60_000_000 + n}/identite", "10.1.0.3") for n in range(5)]
    lines = in_order(quiet_log(days=DAYS, accounts=8), seldom)
    day = [
        (datetime.strptime(one.split("[")[1][:26], "%d/%b/%Y:%H:%M:%S %z").date() - START.date()).days for one in lines
    ]
    for name, first, last in (("one", 0, OVERLAP), ("two", OVERLAP, CHANGE), ("three", CHANGE, DAYS)):
        mine = [one for one, at in zip(lines, day, strict=True) if first <= at < last]
        stolen = theft(start=(DAYS - 1) * 86_400 + 6 * 3_600, patients=120) if name == "three" else []
        (home / name).mkdir()
        write(home / name / "access.log", in_order(mine, stolen))


def scan(home, name, *more, state="state"):
    return maillon("scan", home / name / "access.log", "--state", home / state, "--json", *more, home=home)


def keys_command(home, *words, check=True):
    return maillon("keys", *words, "--state", home / "state", home=home, check=check)


@pytest.fixture(scope="module")
def warm(tmp_path_factory):
    """Return a home in which two versions of the key overlap long enough."""
    home = tmp_path_factory.mktemp("warm")
    pieces(home)
    scan(home, "one")
    keys_command(home, "rotate", *WHY)
    early = keys_command(home, "rotate", *WHY)
    assert early.returncode == 10, "nobody was named under both yet"
    shutil.copytree(home / "state", home / "cold")
    scan(home, "two")
    return home


@pytest.fixture(scope="module")
def home(warm, tmp_path_factory):
    """Return a home in which the key was rotated, beside a state that read the same under one key."""
    home = tmp_path_factory.mktemp("home") / "home"
    shutil.copytree(warm, home)
    (home / "maillon" / "other").touch(0o600)
    with_one_key = (home / "maillon" / "key").read_text().splitlines(keepends=True)[0]
    (home / "maillon" / "other").write_text(with_one_key)
    for name in ("one", "two", "three"):
        done = scan(home, name, "--key", home / "maillon" / "other", state="plain")
        (home / f"plain-{name}.json").write_bytes(done.stdout)
    (home / "maillon" / "other").unlink()
    (home / "listed").write_bytes(keys_command(home, "list").stdout)
    changed = keys_command(home, "rotate", *WHY)
    assert changed.returncode == 0, changed.stdout
    (home / "three.json").write_bytes(scan(home, "three").stdout)
    return home


def decided(home, name):
    import json

    found = [json.loads(line) for line in (home / name).read_text().splitlines()]
    return [(one["at"], one["account"], one["action"], one["log10_p"]) for one in found if one["kind"] == "decision"]


def test_after_the_change_the_same_is_decided_as_without(home):
    assert decided(home, "three.json") == decided(home, "plain-three.json")
    assert {one[1] for one in decided(home, "three.json")} == {"agent05"}


def test_every_patient_read_in_the_overlap_bears_the_new_name_and_nothing_else_changed(home):
    new = Keys(*load_or_create(home / "maillon" / "key"))
    assert new.version == 2
    with State(home / "state", new.pseudonym("state", b"key id"), hold=False) as state:
        lake = state.lake().collect().sort("seq")
        names = dict(lake_window.pseudonyms(state.folder, state.parts()).collect().iter_rows())
        assert state.verify()[1] == ""
        kinds = [(one["what"], one["version"], one["who"]) for one in state.entries("key")]
    assert kinds == [("coming", 2, "A. Martin"), ("current", 2, "A. Martin")]
    with sqlite(home / "plain") as (state, old):
        before = state.lake().collect().sort("seq")
        assert old is not None
    assert lake.drop("patient", "near").equals(before.drop("patient", "near"))
    assert lake["patient"].n_unique() == before["patient"].n_unique()
    both = pl.DataFrame({"one": before["patient"], "two": lake["patient"]}).unique()
    assert both["one"].n_unique() == both["two"].n_unique() == len(both)
    overlap = lake.filter(pl.col("at") >= lake["at"][0] + OVERLAP * DAY)["patient"].unique()
    assert {names[patient][:2] for patient in overlap} == {"2-"}
    assert {names[patient][:2] for patient in lake["patient"].unique()} == {"1-", "2-"}


class sqlite:  # noqa: N801 - a helper
    def __init__(self, folder):
        self.folder = folder

    def __enter__(self):
        old = Keys(*load_or_create(self.folder.parent / "maillon" / "key.1"))
        self.state = State(self.folder, old.pseudonym("state", b"key id"), hold=False)
        return self.state, old

    def __exit__(self, *_):
        self.state.close()


def test_the_list_tells_how_warm_an_overlap_is(home):
    told = (home / "listed").read_text()
    assert "1  current" in told
    assert "2  coming" in told
    assert re.search(r"\(100\.0%\) would still have been known", told)
    after = keys_command(home, "list").stdout.decode()
    assert "2  current" in after
    assert "1  old" in after


def test_no_key_is_told_and_every_file_of_one_is_its_owners_only(home):
    files = [home / "maillon" / name for name in ("key", "key.1")]
    assert {path.stat().st_mode & 0o777 for path in files} == {0o600}
    secrets = re.findall(r"[0-9a-f]{64}", "".join(path.read_text() for path in files))
    assert len(secrets) == 2 + len(LASTING)
    told = keys_command(home, "list").stdout + (home / "listed").read_bytes()
    assert not any(secret.encode() in told for secret in secrets)


def test_a_rotated_key_goes_through_backup_and_restore(home, tmp_path):
    maillon("backup", "--key-out", tmp_path / "saved", home=home)
    maillon("restore", "--key-from", tmp_path / "saved", "--key", tmp_path / "back", home=home)
    assert (tmp_path / "back").read_text() == (home / "maillon" / "key").read_text()


def test_the_old_key_finds_nobody_in_the_new_lake_but_whom_it_always_named(home):
    """What was not read in the overlap keeps its old name; nothing renamed can be computed with the old key."""
    old = Keys(*load_or_create(home / "maillon" / "key.1"))
    new = Keys(*load_or_create(home / "maillon" / "key"))
    assert old.lasting() == new.lasting()
    assert old.sip("patient\x1faccess") != new.sip("patient\x1faccess")
    domain, number = "access", b"20000000"
    assert old.pseudonym(domain, number)[2:] != new.pseudonym(domain, number)[2:]
    with State(home / "state", new.pseudonym("state", b"key id"), hold=False) as state:
        kept = set(lake_window.pseudonyms(state.folder, state.parts()).collect()["pseudonym"])
    assert new.pseudonym(domain, number) in kept
    assert old.pseudonym(domain, number) not in kept
    assert old.pseudonym(domain, b"60000001") in kept  # read before the overlap only


def test_versions_that_cannot_be_destroyed_are_told_and_old_ones_go(home, tmp_path):
    for version in ("2", "7"):
        done = keys_command(home, "destroy", version, *WHY, check=False)
        assert done.returncode == 2
        assert "is no old version" in done.stderr.decode()
    content = (home / "maillon" / "key.1").read_bytes()
    assert keys_command(home, "destroy", "1", *WHY).returncode == 0
    assert [path.name for path in (home / "maillon").iterdir()] == ["key"]
    (home / "maillon" / "key.1").touch(0o600)
    (home / "maillon" / "key.1").write_bytes(content)  # other tests may come later


def test_the_warmth_of_an_overlap_counts_known_patients_of_the_last_week_only(warm, tmp_path):
    for name in ("maillon", "three"):
        shutil.copytree(warm / name, tmp_path / name)
    shutil.copytree(warm / "cold", tmp_path / "state")
    key = Keys(*load_or_create(tmp_path / "maillon" / "key"))
    with State(tmp_path / "state", key.pseudonym("state", b"key id"), hold=False) as state:
        cold = warmth(state, 2)
    scan(tmp_path, "three")  # a week later: nothing was read in the overlap before it
    with State(tmp_path / "state", key.pseudonym("state", b"key id"), hold=False) as state:
        still = warmth(state, 2)
    assert (cold.patients, cold.share) == (0, 0.0)
    assert still.patients > 0
    assert still.share < 0.9
    assert keys_command(tmp_path, "rotate", *WHY).returncode == 10
    with pytest.raises(KeyUnavailableError), State(tmp_path / "state", "another"):
        pass


DYING = """
import os, signal, sys
from maillon.cli import main
from maillon.edges import state, keys
point = sys.argv.pop(1)

def die(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)

if point == "key":
    import maillon.edges.keys as edge
    whole = edge.save
    edge.save = lambda *args, **how: die() if how.get("replace") else whole(*args, **how)
else:
    made = state.State.__init__
    state.State.__init__ = lambda self, *args, **how: made(
        self, *args, **how, on_durable=lambda step: die() if step == point else None)
sys.exit(main.main())
"""


@pytest.mark.parametrize("point", ["written", "forgotten", "key"])
def test_killed_while_it_changes_over_it_is_made_up_for_by_the_same_command(warm, tmp_path, point):
    for name in ("maillon", "three", "state"):
        shutil.copytree(warm / name, tmp_path / name)
    command = ["keys", "rotate", "--state", str(tmp_path / "state"), *WHY]
    environment = os.environ | {"XDG_CONFIG_HOME": str(tmp_path), "LC_ALL": "C.UTF-8"}
    done = subprocess.run([sys.executable, "-c", DYING, point, *command], env=environment, capture_output=True)
    assert done.returncode == -signal.SIGKILL, done.stderr
    again = keys_command(tmp_path, "rotate", *WHY)
    assert again.returncode == 0, again.stderr
    assert load_or_create(tmp_path / "maillon" / "key").version == 2
    after = of_kind(scan(tmp_path, "three"), "decision")
    assert {one["account"] for one in after} == {"agent05"}
    assert maillon("verify", tmp_path / "state", home=tmp_path).returncode == 0
