"""A state directory: lake, ledger, snapshot, names. `commit` is the one moment at which all of it changes together.

DIR/version     the format of what lies here
DIR/lock        held by the process that uses it
DIR/ledger.sqlite (or DIR/ledger.place: it lies in PostgreSQL), DIR/snapshot-N.bin
DIR/lake/day=…/part-N.parquet, DIR/patients/…, DIR/rejected/…
"""

from __future__ import annotations

import errno
import fcntl
import os
import sqlite3
import tempfile
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Self

from numpy.typing import NDArray

from maillon.edges.chain import Link
from maillon.edges.durable import create, make_folder, sync, sync_folder
from maillon.edges.lake import Lake
from maillon.edges.ledger import Entry
from maillon.edges.ledger_place import PLACE, SQLITE, open_ledger
from maillon.facts.errors import KeyUnavailableError, SnapshotLostError, StateError, StateInUseError
from maillon.facts.record import Rejected

if TYPE_CHECKING:
    import polars as pl

VERSION = "2"
TO_FOLD = "to be folded again"
"""Stands in place of a version while what the snapshot holds must not be relied upon."""

_READ_AS_THEY_ARE = ("1", VERSION)
"""1: entries of the ledger without commitments, parts that were never merged."""


def _nothing(_: str) -> None:
    """Do nothing between two durable writes: only tests of a sudden death do."""


class State:
    """An open state directory. Use it as a context manager."""

    def __init__(
        self,
        folder: Path,
        key_id: str,
        *,
        durable: bool = True,
        on_durable: Callable[[str], None] = _nothing,
        hold: bool = True,
    ) -> None:
        """Open or make the directory `folder`. Without `hold` it is only read, beside the process that holds it.

        Raises StateError where it cannot be used (not a directory, somebody else's, read-only, in use) and
        KeyUnavailableError where its pseudonyms were made with another key.
        """
        self.folder = folder
        self._durable = durable
        self._on_durable = on_durable
        self._names: dict[str, dict[int, str]] = {}
        with ExitStack() as opened:
            if hold:
                self._lock = opened.enter_context(_locked(folder))
            self._ledger = opened.enter_context(closing(open_ledger(folder, durable=durable)))
            self._lake = opened.enter_context(closing(Lake(folder, durable=durable)))
            if self._ledger.meta("key") not in (None, key_id):
                raise KeyUnavailableError(
                    f"the state {folder} was made with another key: name that key with --key FILE"
                )
            self._key_id = key_id
            self._seq: int = self._ledger.meta("seq") or 0
            self._part: int = self._ledger.meta("part") or 0
            self.other_version = _version_of(folder)
            self._holds = hold
            if hold:
                self._settle()
            self._close = opened.pop_all().close

    def _settle(self) -> None:
        """Remove what a run that was stopped left behind; another version's files are left alone."""
        if self.other_version:
            return
        try:
            missing = self._lake.settle(self._ledger.parts())
            _remove_snapshots(self.folder, but=self._ledger.meta("snapshot"))
            self._ledger.tidy()
        except OSError as error:
            raise StateError(f"the state directory {self.folder} cannot be used: {error.strerror}") from None
        self._refuse_holes(missing)

    def _refuse_holes(self, missing: Sequence[str]) -> None:
        if missing:
            raise StateError(
                f"the state {self.folder} is not whole, parts of its lake are missing ({', '.join(missing[:3])}"
                f"{', …' if missing[3:] else ''}): restore it from its backup"
            )

    @classmethod
    def temporary(cls, key_id: str) -> State:
        """Return a state that vanishes when it is closed."""
        keeper = tempfile.TemporaryDirectory(prefix="maillon-")
        state = cls(Path(keeper.name), key_id, durable=False)
        state._keeper = keeper
        return state

    _keeper: tempfile.TemporaryDirectory[str] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let the directory go. What was not committed is forgotten."""
        self._close()
        if self._keeper:
            self._keeper.cleanup()

    def load(self) -> tuple[bytes | None, dict[str, Any]]:
        """Return the snapshot and the memory of the last commit: (None, {}) at the beginning.

        Raises SnapshotLostError where the snapshot is missing or damaged.
        """
        memory = self.memory()
        name = self._ledger.meta("snapshot")
        if not name or self.other_version:
            return None, memory
        path = self.folder / name
        try:
            snapshot = path.read_bytes()
        except OSError as error:
            raise SnapshotLostError(f"{path} cannot be read: {error.strerror}; --rebuild makes it anew") from None
        if self._ledger.meta("snapshot_sum") not in (None, sha256(snapshot).hexdigest()):
            raise SnapshotLostError(f"{path} is damaged; --rebuild makes it anew")
        return snapshot, memory

    def memory(self) -> dict[str, Any]:
        """Return what the last commit remembers of the sources."""
        return self._ledger.meta("memory") or {}

    def add(self, events: NDArray[Any]) -> None:
        """Take admitted events."""
        self._lake.add(events)
        self._flush(force=False)

    def add_names(self, names: Mapping[str, Mapping[int, str]]) -> None:
        """Take readable names of accounts, networks, clients and routes."""
        for kind, named in names.items():
            self._names.setdefault(kind, {}).update(named)

    def add_pseudonyms(self, pseudonyms: dict[int, str]) -> None:
        """Take the pseudonyms of patients seen for the first time."""
        self._lake.add_pseudonyms(pseudonyms)

    def reject(self, source: str, rejected: Sequence[Rejected]) -> None:
        """Take what could not be read."""
        self._lake.reject(source, rejected)

    def commit(self, entries: Sequence[Entry], memory: Mapping[str, Any], snapshot: bytes) -> None:
        """Make all that was taken durable, together. Raises StateError: the last commit then still stands."""
        assert self._holds, "a state that is only read cannot be committed"
        try:
            self._commit(entries, memory, snapshot)
        except (OSError, sqlite3.Error) as error:
            why = os.strerror(error.errno) if isinstance(error, OSError) and error.errno else str(error)
            raise StateError(
                f"the state {self.folder} cannot be written: {why}. What was committed before stands; make room or "
                "mend the rights, then run the same command again"
            ) from None
        self.other_version = ""
        self._names = {}

    def _commit(self, entries: Sequence[Entry], memory: Mapping[str, Any], snapshot: bytes) -> None:
        number = (self._ledger.meta("commits") or 0) + 1
        name = f"snapshot-{number}.bin"
        self._on_durable("begin")
        self._flush(force=True)
        parts = self._lake.written()
        self._on_durable("lake")
        self._write(name, snapshot)
        self._on_durable("snapshot")
        meta = {
            "key": self._key_id,
            "memory": memory,
            "snapshot": name,
            "snapshot_sum": sha256(snapshot).hexdigest(),
            "commits": number,
            "seq": self._seq,
            "part": self._part,
        }
        self._ledger.commit(entries, meta, parts, self._names)
        self._on_durable("ledger")
        self._write("version", f"{VERSION}\n".encode())
        self._on_durable("version")
        _remove_snapshots(self.folder, but=name)
        self._on_durable("end")

    def _write(self, name: str, data: bytes) -> None:
        with create(self.folder / name) as file:
            file.write(data)
            if self._durable:
                sync(file)
                sync_folder(self.folder)

    def lake(self) -> pl.LazyFrame:
        """Return all committed events as a lazy table. Raises StateError where parts are missing."""
        parts = self._ledger.parts()
        self._refuse_holes([part for part in parts if not (self.folder / part).exists()])
        return self._lake.scan(parts)

    def parts(self) -> list[str]:
        """Return the parts of the lake that count: paths below the folder."""
        return self._ledger.parts()

    def record(self, entries: Sequence[Entry]) -> None:
        """Add entries to the ledger at once, beside whoever holds the state. Raises StateError."""
        try:
            self._ledger.commit(entries, {}, (), {})
        except sqlite3.Error as error:
            raise StateError(f"the ledger of {self.folder} cannot be written: {error}") from None

    def shrink(
        self,
        entries: Sequence[Entry],
        parts: Sequence[str],
        *,
        erase: Collection[int] = (),
        unname: Mapping[str, Collection[int]] | None = None,
        key_id: str = "",
    ) -> bool:
        """Forget, at one moment. Raises StateError.

        `parts` are those of the lake that count from now on (edges/lake_rewrite.py wrote them), the entries of the
        numbers `erase` lose what they said, names in `unname` go. Return whether the ledger's file could be written
        anew too; else the next opening does so.
        """
        assert self._holds, "a state that is only read cannot forget"
        try:
            self._on_durable("written")
            self._key_id = key_id or self._key_id
            self._ledger.replace(entries, {"key": self._key_id}, parts, erase=erase, unname=unname)
            self._on_durable("forgotten")
            self._lake.settle(parts)
            self._on_durable("removed")
            tidied = self._ledger.tidy()
        except (OSError, sqlite3.Error) as error:
            raise StateError(
                f"the state {self.folder} cannot be written: {error}; run the same command again"
            ) from None
        self._on_durable("tidied")
        return tidied

    def distrust(self) -> None:
        """Let the next run fold the lake again, unless a commit comes first: what the snapshot holds must go."""
        self._write("version", f"{TO_FOLD}\n".encode())

    def links(self) -> Iterator[Link]:
        """Yield the ledger's entries as they stand in their chain."""
        return self._ledger.links()

    def head(self) -> tuple[int, str]:
        """Return the number and the link of the ledger's last entry."""
        return self._ledger.head()

    @property
    def genesis(self) -> str:
        """The link before the ledger's first entry: it names the state."""
        return self._ledger.genesis

    def replay(self) -> Iterator[NDArray[Any]]:
        """Yield all committed events in admitted order."""
        return self._lake.replay(self._ledger.parts())

    def entries(self, kind: str) -> list[dict[str, Any]]:
        """Return the ledger's entries of a kind, in event-time order."""
        return self._ledger.entries(kind)

    def names(self) -> dict[str, dict[int, str]]:
        """Return the readable names by kind and hash."""
        return self._ledger.names()

    def verify(self) -> tuple[int, str]:
        """Check the ledger's chain: (whole entries, what is wrong or "")."""
        return self._ledger.verify()

    def _flush(self, *, force: bool) -> None:
        count = self._lake.flush(self._seq, self._part, force=force)
        if count or force:
            self._seq, self._part = self._seq + count, self._part + 1


def _locked(folder: Path) -> BinaryIO:
    """Make the directory (owner-only) and hold its lock. Raises StateError."""
    try:
        make_folder(folder)
        _refuse_foreign(folder)
        lock = create(folder / "lock")
    except FileExistsError:
        raise StateError(f"the state {folder} is not a directory: name another place") from None
    except OSError as error:
        raise StateError(f"the state directory {folder} cannot be used: {error.strerror}") from None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        lock.close()
        if error.errno in (errno.EACCES, errno.EAGAIN):
            raise StateInUseError(f"the state {folder} is in use by another process: wait for it, or stop it") from None
        raise StateError(f"the state {folder} cannot be locked: {error.strerror}") from None
    return lock


def _refuse_foreign(folder: Path) -> None:
    """Raise StateError for a directory with content but no ledger: every part of a lake would count as left behind."""
    ledger = folder / SQLITE
    if (ledger.exists() and ledger.stat().st_size) or (folder / PLACE).exists():
        return
    others = {path.name for path in folder.iterdir() if not path.name.startswith(".")}
    if others - {"lock", "lost+found", ledger.name}:
        raise StateError(
            f"{folder} is not empty and holds no ledger of Maillon: name an empty directory, or restore the state from "
            "its backup"
        )


def _version_of(folder: Path) -> str:
    """Return the version that wrote the directory where it is another than ours, else ""."""
    try:
        found = (folder / "version").read_bytes().decode("ascii", "replace").strip()
    except FileNotFoundError:
        return ""
    return "" if found in _READ_AS_THEY_ARE else found


def _remove_snapshots(folder: Path, but: str | None) -> None:
    for old in folder.glob("snapshot-*.bin"):
        if old.name != but:
            old.unlink()
