"""A state in one archive: whole, of one moment, without its key; and nothing that is not ours comes out of one."""

from __future__ import annotations

import io
import tarfile
import threading

import pytest
import zstandard

from maillon.edges.backup import backup, restore
from maillon.edges.state import State
from maillon.facts.errors import StateError, UsageError
from states import content, resume, step


@pytest.fixture
def state(tmp_path):
    resume(tmp_path / "state", 3)
    return tmp_path / "state"


def names(archive):
    with tarfile.open(fileobj=io.BytesIO(zstandard.decompress(archive.read_bytes(), 1 << 28))) as tar:
        return tar.getnames()


def packed(path, *members):
    """Write an archive of (TarInfo or name, content)."""
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w") as tar:
        for member, data in members:
            info = tarfile.TarInfo(member) if isinstance(member, str) else member
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    path.write_bytes(zstandard.compress(raw.getvalue()))
    return path


def link(name, target, kind):
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info


def test_a_restored_state_holds_the_same_and_goes_on(state, tmp_path):
    count = backup(state, tmp_path / "archive")
    assert restore(tmp_path / "archive", tmp_path / "again") == count == len(names(tmp_path / "archive"))
    assert content(tmp_path / "again") == 3
    resume(tmp_path / "again", 4)
    assert content(tmp_path / "again") == 4
    assert content(state) == 3


def test_archive_and_restored_files_are_for_their_owner_alone(state, tmp_path):
    backup(state, tmp_path / "archive")
    restore(tmp_path / "archive", tmp_path / "again")
    for path in [tmp_path / "archive", tmp_path / "again", *(tmp_path / "again").rglob("*")]:
        assert path.stat().st_mode & 0o077 == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["again", "archive", "state"]


def test_only_what_is_committed_and_no_key_goes_into_it(state, tmp_path):
    (state / "key").write_text("maillon-key 1 " + "0" * 64)
    (state / "lake" / "day=2026-03-03" / "part-00000099.parquet").write_bytes(b"of a run that is not finished")
    backup(state, tmp_path / "archive")
    inside = names(tmp_path / "archive")
    assert not {name for name in inside if "key" in name or "lock" in name or "99" in name}
    assert inside[-1] == "ledger.sqlite"


def test_a_backup_during_a_scan_is_of_one_moment(tmp_path):
    resume(tmp_path / "state", 1)
    archives = [tmp_path / f"archive{n}" for n in range(8)]
    stop = threading.Event()

    def write():
        with State(tmp_path / "state", "key") as state:
            number = 1
            while not stop.is_set():
                step(state, number)
                number += 1

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for archive in archives:
            backup(tmp_path / "state", archive)
    finally:
        stop.set()
        writer.join()
    moments = []
    for n, archive in enumerate(archives):
        restore(archive, tmp_path / f"again{n}")
        moments.append(content(tmp_path / f"again{n}"))
    assert moments == sorted(moments)
    assert moments[-1] > moments[0]


def test_nothing_is_replaced(state, tmp_path):
    backup(state, tmp_path / "archive")
    before = (tmp_path / "archive").read_bytes()
    with pytest.raises(UsageError, match="archive exists"):
        backup(state, tmp_path / "archive")
    with pytest.raises(UsageError, match="is not empty"):
        restore(tmp_path / "archive", state)
    with pytest.raises(UsageError, match="is not a directory"):
        restore(tmp_path / "archive", tmp_path / "archive")
    assert (tmp_path / "archive").read_bytes() == before
    assert content(state) == 3


def test_what_is_not_there_is_told(state, tmp_path):
    with pytest.raises(UsageError, match="no state of Maillon here"):
        backup(tmp_path, tmp_path / "archive")
    with pytest.raises(UsageError, match="no such file"):
        restore(tmp_path / "archive", tmp_path / "again")
    with pytest.raises(StateError, match="cannot be written: No such file"):
        backup(state, tmp_path / "nowhere" / "archive")


@pytest.mark.parametrize("share", [0, 0.1, 0.5, 0.9, 0.999])
def test_a_cut_archive_restores_nothing_at_all(state, tmp_path, share):
    backup(state, tmp_path / "archive")
    whole = (tmp_path / "archive").read_bytes()
    (tmp_path / "archive").write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(StateError, match="not a whole archive"):
        restore(tmp_path / "archive", tmp_path / "again")
    assert list((tmp_path / "again").iterdir()) == []


@pytest.mark.parametrize(
    "member",
    [
        "../outside",
        "/tmp/outside",
        "lake/../../outside",
        "lake/day=2026-03-02/../../../part-1.parquet",
        "snapshot-1.bin/../../outside",
        "version\n",
        "key",
        "lake/day=2026-03-02/part-1.sh",
        link("version", "/etc/passwd", tarfile.SYMTYPE),
        link("lake", "/tmp", tarfile.SYMTYPE),
        link("version", "ledger.sqlite", tarfile.LNKTYPE),
        link("version", "", tarfile.FIFOTYPE),
        link("version", "", tarfile.CHRTYPE),
        link("lake", "", tarfile.DIRTYPE),
    ],
    ids=lambda member: str(getattr(member, "type", member)),
)
def test_what_no_state_has_is_refused_and_nothing_is_left(tmp_path, member):
    archive = packed(tmp_path / "archive", ("snapshot-1.bin", b"x"), (member, b""), ("ledger.sqlite", b"x"))
    with pytest.raises(StateError, match="which no state has"):
        restore(archive, tmp_path / "a" / "b")
    assert list((tmp_path / "a" / "b").iterdir()) == []
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "archive"]


def test_what_is_no_archive_is_told(tmp_path):
    (tmp_path / "archive").write_bytes(b"anything else")
    with pytest.raises(StateError, match="not a whole archive"):
        restore(tmp_path / "archive", tmp_path / "again")
