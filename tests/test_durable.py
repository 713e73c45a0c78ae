"""What is handed out is written whole or not at all, and is its owner's."""

import errno
import os
import threading
from pathlib import Path

import pytest

from maillon.edges import durable
from maillon.edges.durable import write_whole


def test_a_new_file_is_its_owners_and_an_old_one_keeps_its_rights(tmp_path):
    path = tmp_path / "report.html"
    write_whole(path, b"one")
    assert path.stat().st_mode & 0o777 == 0o600
    path.chmod(0o640)
    write_whole(path, b"two")
    assert path.read_bytes() == b"two"
    assert path.stat().st_mode & 0o777 == 0o640


def test_a_full_disk_leaves_what_was_there(tmp_path, monkeypatch):
    path = tmp_path / "pack.zip"
    write_whole(path, b"before")

    def full(_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(durable, "sync", full)
    with pytest.raises(OSError, match="No space left"):
        write_whole(path, b"after")
    with pytest.raises(OSError, match="No space left"):
        write_whole(tmp_path / "new.zip", b"after")
    assert [one.name for one in tmp_path.iterdir()] == ["pack.zip"]
    assert path.read_bytes() == b"before"


def test_a_link_stays_a_link_and_a_pipe_a_pipe(tmp_path):
    target, link, pipe = tmp_path / "target", tmp_path / "link", tmp_path / "pipe"
    link.symlink_to(target)
    write_whole(link, b"through")
    assert link.is_symlink()
    assert target.read_bytes() == b"through"
    os.mkfifo(pipe)
    writer = threading.Thread(target=write_whole, args=(pipe, b"flows"))
    writer.start()
    assert pipe.read_bytes() == b"flows"
    writer.join()


def test_a_device_that_is_full_says_so():
    with pytest.raises(OSError, match="No space left"):
        write_whole(Path("/dev/full"), b"x")
