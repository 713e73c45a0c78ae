"""A state directory in one archive (tar, zstd), consistent and without its key; and back again."""

from __future__ import annotations

import re
import shutil
import tarfile
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

import zstandard

from maillon.edges.durable import create, make_folder, sync, sync_folder
from maillon.edges.ledger import Ledger
from maillon.edges.ledger_place import SQLITE, holds_ledger, open_ledger
from maillon.facts.errors import StateError, UsageError

_LEDGER = SQLITE
_OURS = re.compile(
    r"ledger\.sqlite|version|snapshot-\d+\.bin|"
    r"(lake/day=-?\d+-\d\d-\d\d|patients|rejected)/part-\d+(-\d+-\d+)?\.parquet",
    re.ASCII,
)


def backup(state: Path, archive: Path) -> int:
    """Write the committed content of `state` to `archive`; return how many files. Raises UsageError, StateError.

    A scan may go on meanwhile: what it commits after the ledger was copied is not in the archive.
    """
    if not holds_ledger(state):
        raise UsageError(f"{state}: no state of Maillon here")
    if archive.exists():
        raise UsageError(f"{archive} exists: name another file, or remove it")
    try:
        with tempfile.TemporaryDirectory(dir=archive.parent, prefix=".maillon-") as folder:
            names = _copied(state, Path(folder))
            made = Path(folder) / "archive"
            with create(made) as file:
                _pack(Path(folder), state, names, file)
                sync(file)
            made.replace(archive)
        sync_folder(archive.parent)
    except OSError as error:
        raise StateError(f"the archive {archive} cannot be written: {error.strerror}") from None
    return len(names)


def restore(archive: Path, state: Path) -> int:
    """Unpack `archive` into the empty or absent directory `state`; return how many files.

    Raises UsageError, StateError: `state` is then as empty as before.
    """
    if state.exists() and not state.is_dir():
        raise UsageError(f"{state} is not a directory: name another place")
    if state.exists() and any(state.iterdir()):
        raise UsageError(f"{state} is not empty: restore into a new directory")
    if not archive.exists():
        raise UsageError(f"{archive}: no such file")
    try:
        make_folder(state)
        return _unpack(archive, state)
    except BaseException as error:
        _empty(state)
        if isinstance(error, OSError):
            raise StateError(f"{archive} cannot be restored to {state}: {error.strerror or error}") from None
        if isinstance(error, (tarfile.TarError, zstandard.ZstdError, EOFError)):
            raise StateError(f"{archive} is not a whole archive of Maillon: {error}") from None
        raise


def _copied(state: Path, folder: Path) -> list[str]:
    """Copy ledger and snapshot of one moment into `folder`; return the names of all files of that moment."""
    missing = None
    while True:
        ledger = _copy_of_ledger(state, folder / _LEDGER)
        snapshot, parts = ledger.meta("snapshot"), ledger.parts()
        ledger.close()
        try:
            if snapshot:
                shutil.copyfile(state / snapshot, folder / snapshot)
            break
        except FileNotFoundError:
            if snapshot == missing:
                raise
            missing = snapshot  # a scan committed in between and removed it: take the next moment
    (folder / "version").write_bytes((state / "version").read_bytes() if (state / "version").exists() else b"")
    return [*parts, *([snapshot] if snapshot else []), "version", _LEDGER]


def _copy_of_ledger(source: Path, target: Path) -> Ledger:
    target.unlink(missing_ok=True)
    ledger = open_ledger(source)
    try:
        ledger.backup(target)
    finally:
        ledger.close()
    return Ledger(target, durable=False)


def _pack(folder: Path, state: Path, names: Sequence[str], file: BinaryIO) -> None:
    with (
        zstandard.ZstdCompressor(level=3).stream_writer(file, closefd=False) as packed,
        tarfile.open(fileobj=packed, mode="w|") as tar,
    ):
        for name in names:  # the ledger last: without it nothing counts
            tar.add(folder / name if (folder / name).exists() else state / name, name)


def _unpack(archive: Path, state: Path) -> int:
    count, name = 0, ""
    with (
        archive.open("rb") as raw,
        zstandard.ZstdDecompressor().stream_reader(raw) as packed,
        tarfile.open(fileobj=packed, mode="r|") as tar,
    ):
        for member in tar:
            name = member.name
            content = tar.extractfile(member) if member.isreg() and _OURS.fullmatch(name) else None
            if content is None:
                raise tarfile.TarError(f"it holds {name!r}, which no state has")
            make_folder((state / name).parent)
            with create(state / name) as file:
                shutil.copyfileobj(content, file)
                sync(file)
            sync_folder((state / name).parent)
            count += 1
    if name != _LEDGER:
        raise tarfile.TarError("it ends early")
    return count


def _empty(folder: Path) -> None:
    for path in folder.iterdir() if folder.is_dir() else ():
        shutil.rmtree(path) if path.is_dir() else path.unlink()
