"""A state directory after `kill -9` around each durable write, on a full disk, and where it may not be used at all."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from maillon.edges.state import VERSION, State
from maillon.facts.errors import KeyUnavailableError, StateError
from states import DAY, content, events, resume, step

POINTS = ("begin", "lake", "snapshot", "ledger", "version", "end")

DYING = """
import os, signal, sys
from pathlib import Path
from states import resume

point, count = sys.argv[2], int(sys.argv[3])

def die(step):
    global count
    count -= step == point
    if count == 0:
        os.kill(os.getpid(), signal.SIGKILL)

resume(Path(sys.argv[1]), 3, die)
"""


@pytest.mark.parametrize("point", POINTS)
@pytest.mark.parametrize("count", [1, 2])
def test_killed_around_a_durable_write_it_holds_the_commit_or_nothing_of_it(tmp_path, point, count):
    folder = tmp_path / "state"
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parent)}
    done = subprocess.run([sys.executable, "-c", DYING, folder, point, str(count)], env=environment, check=False)
    assert done.returncode == -signal.SIGKILL
    committed = count - 1 if point in ("begin", "lake", "snapshot") else count
    assert content(folder) == committed
    resume(folder, 3)
    assert content(folder) == 3


def test_every_durable_write_has_a_point_before_and_after(tmp_path):
    told = []
    resume(tmp_path / "state", 2, told.append)
    assert told == list(POINTS) * 2


def test_a_power_loss_that_tore_what_was_not_committed_is_mended(tmp_path):
    """What a dead run left is torn in every way: it is removed unread."""
    folder = tmp_path / "state"
    resume(folder, 1)
    (folder / "lake" / "day=2026-03-03" / "part-00000001.parquet").write_bytes(b"PAR1 torn")
    (folder / "patients" / "part-00000001.parquet").write_bytes(b"")
    (folder / "snapshot-2.bin").write_bytes(b"torn")
    (folder / "version").write_bytes(b"")
    assert content(folder) == 1
    resume(folder, 3)
    assert content(folder) == 3


def test_a_state_of_another_version_keeps_its_files_until_it_is_rebuilt(tmp_path):
    folder = tmp_path / "state"
    resume(folder, 2)
    (folder / "version").write_text("99\n")
    other = folder / "lake" / "day=2026-03-03" / "of-another-version.parquet"
    other.write_bytes(b"PAR1")
    with State(folder, "key") as state:
        assert state.other_version == "99"
        assert state.load() == (None, {"done": 2})
        assert sum(map(len, state.replay())) == 60
        assert other.exists()
        state.commit([], {"done": 2}, b"snapshot 1" * 100)
        assert state.other_version == ""
    assert (folder / "version").read_text().strip() == VERSION
    assert content(folder) == 2


def test_a_state_without_one_of_its_parts_is_refused(tmp_path):
    resume(tmp_path / "state", 2)
    next((tmp_path / "state" / "patients").iterdir()).unlink()
    with pytest.raises(StateError, match=r"not whole, .*missing \(patients/part-0+[01]\.parquet\): restore"):
        State(tmp_path / "state", "key")


def test_everything_written_is_for_its_owner_alone(tmp_path):
    old = os.umask(0)
    try:
        resume(tmp_path / "made" / "state", 2)
    finally:
        os.umask(old)
    rights = {
        str(path.relative_to(tmp_path)): path.stat().st_mode & 0o777
        for path in tmp_path.rglob("*")
        if path.stat().st_mode & 0o077
    }
    assert rights == {}
    assert os.umask(old) == old


def test_a_temporary_state_does_the_same_and_vanishes():
    with State.temporary("key") as state:
        for number in range(3):
            step(state, number)
        folder = state.folder
        assert state.load() == (b"snapshot 2" * 100, {"done": 3})
        assert np.concatenate(list(state.replay())).tobytes() == events(0, 90).tobytes()
    assert not folder.exists()


def test_replay_gives_the_admitted_order_though_days_mix(tmp_path):
    rows = events(0, 500)
    rows["at"] = np.random.default_rng(1).permutation(rows["at"])
    with State(tmp_path / "state", "key") as state:
        for start in range(0, 500, 90):
            state.add(rows[start : start + 90])
            state.commit([], {}, b"")
        assert np.concatenate(list(state.replay())).tobytes() == rows.tobytes()
        days = state.lake().select(pl.col("at") + pl.col("zone") * 1_000_000).collect().to_series() // DAY
        assert days.n_unique() == len(list((tmp_path / "state" / "lake").iterdir()))


def test_a_full_disk_is_one_sentence_and_the_last_commit_stands(tmp_path):
    """On a small file system of its own where one may be mounted, else with a limit on the size of files."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = (
        os.geteuid() == 0
        and not subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=700k", "none", folder], capture_output=True, check=False
        ).returncode
    )
    code = (
        "import resource, sys\n"
        "from pathlib import Path\n"
        "from states import resume\n"
        "from maillon.facts.errors import StateError\n"
        "folder = Path(sys.argv[1])\n"
        "resume(folder, 1)\n"
        "if sys.argv[2] == 'False': resource.setrlimit(resource.RLIMIT_FSIZE, (70_000, 70_000))\n"
        "try: resume(folder, 10_000)\n"
        "except StateError as error: print(error)\n"
    )
    try:
        done = subprocess.run(
            [sys.executable, "-c", code, folder / "state", str(mounted)],
            env=os.environ | {"PYTHONPATH": str(Path(__file__).parent)}, capture_output=True, text=True, check=True,
        )  # fmt: skip
        assert done.stderr == ""
        assert len(done.stdout.splitlines()) == 1
        assert "cannot be written" in done.stdout
        assert "What was committed before stands" in done.stdout
        shutil.copytree(folder / "state", tmp_path / "room")
        committed = content(tmp_path / "room")
        assert committed >= 1
        resume(tmp_path / "room", committed + 2)
        assert content(tmp_path / "room") == committed + 2
    finally:
        if mounted:
            subprocess.run(["umount", folder], check=True)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount a read-only file system here")
def test_a_read_only_directory_is_one_sentence(tmp_path):
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=2m", "none", folder]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("no file system may be mounted here")
    try:
        resume(folder / "state", 1)
        subprocess.run(["mount", "-o", "remount,ro", folder], check=True)
        for place in ("state", "new"):
            with pytest.raises(StateError, match="cannot be used: Read-only file system"):
                State(folder / place, "key")
    finally:
        subprocess.run(["umount", folder], check=True)


def test_what_is_no_directory_or_no_ledger_is_one_sentence(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(StateError, match="is not a directory"):
        State(tmp_path / "file", "key")
    with pytest.raises(StateError, match="is not a directory"):
        State(tmp_path / "file" / "state", "key")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "ledger.sqlite").write_bytes(b"not a database at all, only words " * 50)
    with pytest.raises(StateError, match="file is not a database"):
        State(tmp_path / "other", "key")


def test_two_processes_never_share_a_state_and_a_refusal_frees_it(tmp_path):
    with State(tmp_path / "state", "key") as state:
        step(state, 0)
        with pytest.raises(StateError, match="in use by another process"):
            State(tmp_path / "state", "key")
    with pytest.raises(KeyUnavailableError, match="made with another key"):
        State(tmp_path / "state", "another")
    with State(tmp_path / "state", "key") as state:
        assert json.dumps(state.load()[1]) == '{"done": 1}'
