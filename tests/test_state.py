"""A state directory: continuing is the same as having read everything at once, whatever happened in between."""

from __future__ import annotations

import gzip
import os
import random
import shutil
import signal
import subprocess
import sys
import time

import pytest

from scanning import in_order, maillon, objects, of_kind, quiet_log, theft, write

PROFILE = """name = "access"
[[route]]
match = "GET /dossiers/{patient}/identite"
action = "read"
fields = ["family_name", "birth_date"]
"""


@pytest.fixture(scope="module")
def lines():
    return in_order(quiet_log(days=4), theft(start=2 * 86_400 + 6 * 3_600), theft("agent11", 3 * 86_400, 300, 9))


@pytest.fixture
def place(tmp_path):
    (tmp_path / "p.toml").write_text(PROFILE)
    return tmp_path


def scan(place, state, *logs, check=True, env=None):
    return maillon(
        "scan", "--json", "--service", place / "p.toml", "--state", place / state, *logs,
        home=place / "home", check=check, env=env,
    )  # fmt: skip


def remembered(place, state):
    """Return all decisions and incidents of a state, as `maillon incidents --json` tells them."""
    return [
        one
        for one in objects(maillon("incidents", "--json", "--state", place / state, home=place / "home"))
        if one["kind"] in ("decision", "incident")
    ]


@pytest.mark.parametrize("share", [0.2, 0.75, 0.97])
def test_a_second_scan_continues_exactly(place, lines, share):
    cut = int(len(lines) * share)
    log = place / "access.log"
    scan(place, "whole", write(log, lines))
    write(log, lines[:cut])
    first = scan(place, "parts", log)
    write(log, lines)
    second = scan(place, "parts", log)
    assert remembered(place, "parts") == remembered(place, "whole")
    once = of_kind(first, "decision") + of_kind(second, "decision")
    assert sorted(d["id"] for d in once) == sorted(
        d["id"] for d in remembered(place, "whole") if d["kind"] == "decision"
    )
    assert sum(c["parsed"] for c in of_kind(second, "coverage")) in (len(lines) - cut, len(lines))


def test_rotation_between_two_scans_reads_nothing_twice(place, lines):
    cut = len(lines) // 2
    scan(place, "whole", write(place / "all.log", lines))
    log = write(place / "access.log", lines[:cut])
    scan(place, "parts", log)
    (place / "access.log.1.gz").write_bytes(gzip.compress("".join(lines[: cut + 100]).encode()))
    write(log, lines[cut + 100 :])
    scan(place, "parts", log, place / "access.log.1.gz")
    assert remembered(place, "parts") == remembered(place, "whole")


def test_scanning_again_finds_nothing_new(place, lines):
    log = write(place / "access.log", lines)
    before = scan(place, "state", log)
    again = scan(place, "state", log)
    assert of_kind(before, "decision")
    assert of_kind(again, "decision") == []


def test_rebuild_folds_the_lake_to_the_same_decisions(place, lines):
    scan(place, "state", write(place / "access.log", lines))
    before = remembered(place, "state")
    maillon("scan", "--json", "--state", place / "state", "--rebuild", home=place / "home")
    assert remembered(place, "state") == before


@pytest.mark.parametrize("harm", ["cut", "changed", "gone"])
def test_a_lost_snapshot_is_told_and_a_rebuild_mends_it(place, lines, harm):
    scan(place, "state", write(place / "access.log", lines))
    before = remembered(place, "state")
    (snapshot,) = (place / "state").glob("snapshot-*.bin")
    data = bytearray(snapshot.read_bytes())
    data[len(data) // 2] ^= 1
    if harm == "gone":
        snapshot.unlink()
    else:
        snapshot.write_bytes(data if harm == "changed" else data[:-9])
    again = ("scan", "--json", "--state", place / "state")
    done = maillon(*again, place / "access.log", home=place / "home", check=False)
    assert done.returncode == 1
    assert b"--rebuild makes it anew" in done.stderr
    maillon(*again, "--rebuild", home=place / "home")
    assert remembered(place, "state") == before
    assert not of_kind(maillon(*again, place / "access.log", home=place / "home"), "decision"), "nothing new was read"


def test_a_state_of_another_version_is_rebuilt_from_its_lake(place, lines):
    scan(place, "state", write(place / "access.log", lines))
    before = remembered(place, "state")
    version = next(p for p in (place / "state").iterdir() if p.name.lower() == "version")
    version.write_text("0\n")
    done = scan(place, "state", place / "access.log")
    assert b"version" in done.stderr
    assert remembered(place, "state") == before


# Small blocks and a commit after each: a sudden death then falls between durable writes, not before the first.
OFTEN = """
import sys
from maillon.cli.main import main
from maillon.edges.sources import files
from maillon.run import scan
scan._COMMIT_EVERY_S = 0.0
files.open_blocks.__defaults__ = (0, 32768)
print("ready", flush=True)
sys.exit(main(sys.argv[1:]))
"""


def test_killed_at_random_moments_it_ends_with_the_same_decisions(place, lines):
    log = write(place / "access.log", lines)
    scan(place, "whole", log)
    want = remembered(place, "whole")
    arguments = ["scan", "--json", "--service", str(place / "p.toml"), str(log), "--state"]
    draw = random.Random(7)

    def run(state, life):
        command = [sys.executable, "-c", OFTEN, *arguments, str(place / state)]
        environment = os.environ | {"XDG_CONFIG_HOME": str(place / "home")}
        with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as it:
            assert it.stdout.readline() == b"ready\n"
            start = time.monotonic()
            try:
                it.wait(life)
            except subprocess.TimeoutExpired:
                it.send_signal(signal.SIGKILL)
        return time.monotonic() - start, it.returncode

    whole, _ = run("timed", 60)
    assert remembered(place, "timed") == want
    killed = 0
    for number in range(5):
        state = f"killed{number}"
        for _ in range(int(os.environ.get("MAILLON_KILLS", "50")) // 5):
            killed += run(state, whole * draw.uniform(0.05, 0.9))[1] == -signal.SIGKILL
        scan(place, state, log)
        assert remembered(place, state) == want
        shutil.rmtree(place / state)
    assert killed > int(os.environ.get("MAILLON_KILLS", "50")) // 3


def test_one_byte_changed_in_the_ledger_is_found(place, lines):
    scan(place, "state", write(place / "access.log", lines))
    assert maillon("verify", place / "state", home=place / "home").returncode == 0
    ledger = next((place / "state").glob("ledger*"))
    import sqlite3

    with sqlite3.connect(ledger) as database:
        database.execute("UPDATE entries SET body = replace(body, 'agent05', 'agent06') WHERE kind = 'decision'")
    done = maillon("verify", place / "state", home=place / "home", check=False)
    assert done.returncode == 1
    assert b"entry" in done.stdout + done.stderr


def test_a_second_process_is_told_that_the_state_is_in_use(place, lines):
    import fcntl

    scan(place, "state", write(place / "access.log", lines))
    lock = next(p for p in (place / "state").iterdir() if "lock" in p.name)
    with lock.open("r+") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        done = scan(place, "state", place / "access.log", check=False)
    assert done.returncode == 1
    assert b"another" in done.stderr


def test_a_state_made_with_another_key_is_refused(place, lines):
    scan(place, "state", write(place / "access.log", lines))
    done = maillon(
        "scan", "--state", place / "state", place / "access.log", home=place / "another home", check=False
    )  # fmt: skip
    assert done.returncode == 2
    assert b"key" in done.stderr
