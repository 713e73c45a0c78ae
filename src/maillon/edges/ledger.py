"""The ledger: what was decided and sealed, each entry hash-chained to the one before; and the state's bookkeeping.

One SQLite transaction is the only moment at which anything becomes true: entries, positions, the list of lake parts
and the name of the snapshot change together or not at all.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from secrets import token_hex
from typing import Any

import msgspec

from maillon.facts.errors import StateError

_TABLES = """
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS entries (
    seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, at INTEGER NOT NULL,
    body TEXT NOT NULL, hash TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS entries_by_kind ON entries (kind, at, seq);
CREATE TABLE IF NOT EXISTS parts (path TEXT PRIMARY KEY);
CREATE TABLE IF NOT EXISTS names (kind TEXT, hash INTEGER, name TEXT, PRIMARY KEY (kind, hash)) WITHOUT ROWID;
"""
Entry = tuple[str, str, int, dict[str, Any]]
"""(id, kind, at in µs, body): an entry before it stands in the ledger."""


class Ledger:
    """One SQLite file."""

    def __init__(self, path: Path, *, durable: bool) -> None:
        """Open or make the file. Raises StateError."""
        try:
            path.touch(mode=0o600)  # what SQLite writes beside it takes its rights
            self._base = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
            self._base.execute(f"PRAGMA journal_mode={'WAL' if durable else 'OFF'}")
            self._base.execute(f"PRAGMA synchronous={'FULL' if durable else 'OFF'}")
            self._base.executescript(_TABLES)
            if self.meta("state") is None:
                self._base.execute("INSERT INTO meta VALUES ('state', ?)", (_canonical(token_hex(16)),))
            self._genesis = _link("maillon ledger", str(self.meta("state")))
        except (OSError, sqlite3.Error) as error:
            raise StateError(f"the ledger {path} cannot be opened: {_why(error)}") from None

    def commit(
        self,
        entries: Sequence[Entry],
        meta: Mapping[str, Any],
        parts: Sequence[str],
        names: Mapping[str, Mapping[int, str]],
    ) -> None:
        """Add entries (one whose id stands already is passed over), parts and names, and replace `meta`: atomically."""
        self._base.execute("BEGIN IMMEDIATE")
        try:
            self._base.executemany(
                "INSERT INTO meta VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
                [(name, _canonical(value)) for name, value in {**meta, "entries": self._append(entries)}.items()],
            )
            self._base.executemany("INSERT OR IGNORE INTO parts VALUES (?)", [(part,) for part in parts])
            self._base.executemany(
                "INSERT OR REPLACE INTO names VALUES (?, ?, ?)",
                [(kind, _signed(key), name) for kind, named in names.items() for key, name in named.items()],
            )
            self._base.execute("COMMIT")
        except BaseException:
            if self._base.in_transaction:  # a full disk has already undone it
                self._base.execute("ROLLBACK")
            raise

    def _append(self, entries: Sequence[Entry]) -> int:
        """Add entries to the chain; return how many it holds."""
        seq, last = self._base.execute("SELECT seq, hash FROM entries ORDER BY seq DESC LIMIT 1").fetchone() or (
            0,
            self._genesis,
        )
        for name, kind, at, body in entries:
            if self._base.execute("SELECT 1 FROM entries WHERE id = ?", (name,)).fetchone():
                continue
            text = _canonical(body)
            seq, last = seq + 1, _link(last, name, kind, at, text)
            self._base.execute("INSERT INTO entries VALUES (?, ?, ?, ?, ?, ?)", (seq, name, kind, at, text, last))
        return int(seq)

    def meta(self, name: str) -> Any:  # noqa: ANN401 - whatever was stored
        """Return what the last commit stored under `name`, or None. Raises StateError where it is damaged."""
        found = self._base.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
        try:
            return msgspec.json.decode(found[0]) if found else None
        except msgspec.DecodeError:
            raise StateError(
                f"the ledger is damaged: its memory of {name!r} cannot be read; restore the state from its backup"
            ) from None

    def entries(self, kind: str) -> list[dict[str, Any]]:
        """Return the bodies of all entries of a kind, in event-time order."""
        rows = self._base.execute("SELECT body FROM entries WHERE kind = ? ORDER BY at, seq", (kind,))
        return [msgspec.json.decode(body) for (body,) in rows]

    def parts(self) -> list[str]:
        """Return the lake parts that count."""
        return [path for (path,) in self._base.execute("SELECT path FROM parts ORDER BY path")]

    def names(self) -> dict[str, dict[int, str]]:
        """Return the readable names by kind and hash."""
        out: dict[str, dict[int, str]] = {}
        for kind, key, name in self._base.execute("SELECT kind, hash, name FROM names"):
            out.setdefault(kind, {})[key % 2**64] = name
        return out

    def verify(self) -> tuple[int, str]:
        """Walk the chain; return how many entries are whole, and what is wrong with the next ("" = nothing)."""
        whole, last = 0, self._genesis
        try:
            for seq, name, kind, at, body, stored in self._base.execute("SELECT * FROM entries ORDER BY seq"):
                last = _link(last, name, kind, at, body)
                if seq != whole + 1:
                    return whole, f"entry {whole + 1} is missing"
                if last != stored:
                    return whole, f"entry {seq} ({kind}) was changed, or one before it"
                whole += 1
            if (held := self.meta("entries") or 0) > whole:
                return whole, f"the last {held - whole} entries were cut off"
            (told,) = self._base.execute("PRAGMA integrity_check(1)").fetchone()
        except (sqlite3.Error, StateError) as error:
            return whole, f"what follows is damaged: {_why(error)}"
        return whole, "" if told == "ok" else f"the file around them is damaged: {told}"

    def backup(self, path: Path) -> None:
        """Write a consistent copy of the file."""
        with sqlite3.connect(path) as copy:
            self._base.backup(copy)
        copy.close()

    def close(self) -> None:
        """Close the file."""
        self._base.close()


def _canonical(value: Any) -> str:  # noqa: ANN401 - plain JSON
    return msgspec.json.encode(value, order="sorted").decode()


def _link(*parts: object) -> str:
    return sha256("\x1f".join(map(str, parts)).encode("utf-8", "surrogatepass")).hexdigest()


def _why(error: Exception) -> str:
    return error.strerror or str(error) if isinstance(error, OSError) else str(error)


def _signed(key: int) -> int:
    return key - 2**64 if key >= 2**63 else key
