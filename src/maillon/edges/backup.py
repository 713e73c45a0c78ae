"""A state directory in one archive (tar, zstd), consistent and without its key; and back again."""

from __future__ import annotations

import os
import tarfile
import tempfile
from pathlib import Path

import zstandard

from maillon.edges.ledger import Ledger
from maillon.facts.errors import StateError, UsageError

_LEDGER = "ledger.sqlite"


def backup(state: Path, archive: Path) -> int:
    """Write the committed content of `state` to `archive`; return how many files. Raises UsageError, StateError."""
    if not (state / _LEDGER).exists():
        raise UsageError(f"{state}: no state of Maillon here")
    with tempfile.TemporaryDirectory(dir=state, prefix="backup-") as folder:
        ledger = Ledger(state / _LEDGER, durable=True)
        try:
            ledger.backup(Path(folder) / _LEDGER)
            names = [*ledger.parts(), str(ledger.meta("snapshot")), "version"]
        finally:
            ledger.close()
        try:
            with (
                os.fdopen(os.open(archive, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as raw,
                zstandard.ZstdCompressor(level=3).stream_writer(raw) as packed,
                tarfile.open(fileobj=packed, mode="w|") as tar,
            ):
                tar.add(Path(folder) / _LEDGER, _LEDGER)
                for name in names:
                    tar.add(state / name, name)
        except OSError as error:
            raise StateError(f"the archive {archive} cannot be written: {error.strerror}") from None
    return len(names) + 1


def restore(archive: Path, state: Path) -> int:
    """Unpack `archive` into the empty or absent directory `state`; return how many files."""
    if state.exists() and any(state.iterdir()):
        raise UsageError(f"{state} is not empty: restore into a new directory")
    try:
        state.mkdir(mode=0o700, parents=True, exist_ok=True)
        with (
            archive.open("rb") as raw,
            zstandard.ZstdDecompressor().stream_reader(raw) as packed,
            tarfile.open(fileobj=packed, mode="r|") as tar,
        ):
            tar.extractall(state, filter="data")
    except OSError as error:
        raise StateError(f"{archive} cannot be restored to {state}: {error.strerror or error}") from None
    except (tarfile.TarError, zstandard.ZstdError) as error:
        raise StateError(f"{archive} is not a whole archive of Maillon: {error}") from None
    return sum(1 for path in state.rglob("*") if path.is_file())
