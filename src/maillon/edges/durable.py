"""Files that only their owner may read, and that outlive a sudden loss of power."""

from __future__ import annotations

import os
from pathlib import Path
from typing import IO, BinaryIO, cast


def create(path: Path) -> BinaryIO:
    """Open `path` for writing, empty. Raises OSError."""
    return cast("BinaryIO", open(path, "wb", opener=_owner_only))


def write_whole(path: Path, data: bytes) -> None:
    """Write a file that is handed out: whole or not at all, for its owner only where it is new. Raises OSError.

    What is no plain file (a pipe, a terminal) is written as it is.
    """
    path = path.resolve()
    if path.exists() and not path.is_file():
        with create(path) as file:
            file.write(data)
        return
    part = path.with_name(f".{path.name}.part")
    try:
        with create(part) as file:
            file.write(data)
            sync(file)
        if path.exists():
            part.chmod(path.stat().st_mode)
        part.replace(path)
    except OSError:
        part.unlink(missing_ok=True)
        raise


def make_folder(folder: Path) -> None:
    """Make a folder and those above it where they are missing. Raises OSError."""
    if not folder.is_dir():
        make_folder(folder.parent)
        folder.mkdir(mode=0o700, exist_ok=True)


def sync(file: IO[bytes]) -> None:
    """Wait until what was written to `file` is on the disk."""
    file.flush()
    os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Wait until the names in `folder` are on the disk: a file whose name is lost is lost."""
    number = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


def _owner_only(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
