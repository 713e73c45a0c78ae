"""The ledger: what was decided and sealed, each entry hash-chained to the one before; and the state's bookkeeping.

One transaction is the only moment at which anything becomes true: entries, positions, the list of lake parts and the
name of the snapshot change together or not at all. The same holds for what is forgotten. How entries are chained:
edges/chain.py. Here it lies in a file of SQLite; in PostgreSQL: edges/ledger_postgres.py.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from secrets import token_hex
from typing import Any

import msgspec

from maillon.edges import chain
from maillon.edges.chain import Link
from maillon.facts.errors import StateError

_TABLES = """
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS entries (
    seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, at INTEGER NOT NULL,
    body TEXT NOT NULL, hash TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS entries_by_kind ON entries (kind, at, seq);
CREATE TABLE IF NOT EXISTS commitments (seq INTEGER PRIMARY KEY, salt TEXT NOT NULL, commitment TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS parts (path TEXT PRIMARY KEY);
CREATE TABLE IF NOT EXISTS names (kind TEXT, hash INTEGER, name TEXT, PRIMARY KEY (kind, hash)) WITHOUT ROWID;
"""
_LINKS = """
SELECT seq, id, kind, at, body, COALESCE(salt, ''), COALESCE(commitment, ''), hash
FROM entries LEFT JOIN commitments USING (seq) WHERE seq >= ? ORDER BY seq
"""
Entry = tuple[str, str, int, dict[str, Any]]
"""(id, kind, at in µs, body): an entry before it stands in the ledger."""


class Ledger:
    """One SQLite file. What another base does otherwise are the methods that begin with an underscore."""

    _base: Any
    genesis: str

    def __init__(self, path: Path, *, durable: bool) -> None:
        """Open or make the file. Raises StateError."""
        try:
            path.touch(mode=0o600)  # what SQLite writes beside it takes its rights
            self._base = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
            self._base.execute(f"PRAGMA journal_mode={'WAL' if durable else 'OFF'}")
            self._base.execute(f"PRAGMA synchronous={'FULL' if durable else 'OFF'}")
            self._base.executescript(_TABLES)
            if self.meta("state") is None:
                self._base.execute("INSERT INTO meta VALUES ('state', ?)", (canonical(token_hex(16)),))
            self.genesis = chain.genesis(str(self.meta("state")))
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
        with self._writing():
            self._set({**meta, "entries": self._append(entries)})
            self._add_parts(parts)
            self._name(names)

    def replace(
        self,
        entries: Sequence[Entry],
        meta: Mapping[str, Any],
        parts: Sequence[str],
        *,
        erase: Collection[int] = (),
        unname: Mapping[str, Collection[int]] | None = None,
    ) -> None:
        """Forget: add entries, replace `meta` and the list of parts, erase entries and names. Atomically.

        `erase` are numbers of entries: what they said goes, their place in the chain stays, and one entry of the kind
        `erasure` tells which they were. `tidy` must follow, as the file's free pages may still hold it.
        """
        with self._writing(erasing=True):
            wanted = set(erase)
            gone = [one for one in self.links() if one.seq in wanted and one.body and one.kind != chain.ERASURE]
            if gone:
                at = max(entry[2] for entry in entries) if entries else gone[-1].at
                entries = [*entries, (token_hex(16), chain.ERASURE, at, chain.erasure(gone))]
            numbers = [(link.seq,) for link in gone]
            self._base.executemany("UPDATE entries SET body = '', id = 'erased ' || seq WHERE seq = ?", numbers)
            self._base.executemany("UPDATE commitments SET salt = '' WHERE seq = ?", numbers)
            self._set({**meta, "entries": self._append(entries), "untidy": True})
            self._drop_parts()
            self._add_parts(parts)
            self._base.executemany(
                "DELETE FROM names WHERE kind = ? AND hash = ?",
                [(kind, _signed(key)) for kind, keys in (unname or {}).items() for key in keys],
            )

    def tidy(self) -> bool:
        """Write the file anew where something was forgotten since: no page of it may hold what is no longer there.

        Return whether that was done: not while somebody else reads it.
        """
        if not self.meta("untidy"):
            return True
        try:
            self._base.execute("VACUUM")
            (busy, _, _) = self._base.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        except sqlite3.OperationalError:
            return False
        if not busy:
            self._set({"untidy": False})
        return not busy

    @contextmanager
    def _writing(self, *, erasing: bool = False) -> Iterator[None]:
        """Hold a transaction in which nobody else writes: all of it stands after it, or nothing does."""
        if erasing:
            self._base.execute("PRAGMA secure_delete=ON")
        self._base.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._base.execute("COMMIT")
        except BaseException:
            if self._base.in_transaction:  # a full disk has already undone it
                self._base.execute("ROLLBACK")
            raise

    def _set(self, meta: Mapping[str, Any]) -> None:
        self._base.executemany(
            "INSERT INTO meta VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            [(self._mine(name), canonical(value)) for name, value in meta.items()],
        )

    def _name(self, names: Mapping[str, Mapping[int, str]]) -> None:
        self._base.executemany(
            "INSERT INTO names VALUES (?, ?, ?) ON CONFLICT (kind, hash) DO UPDATE SET name = excluded.name",
            [(kind, _signed(key), name) for kind, named in names.items() for key, name in named.items()],
        )

    def _mine(self, name: str) -> str:
        """Return the name under which this state's own `name` is kept."""
        return name

    def _add_parts(self, parts: Sequence[str]) -> None:
        self._base.executemany("INSERT INTO parts VALUES (?) ON CONFLICT DO NOTHING", [(part,) for part in parts])

    def _drop_parts(self) -> None:
        self._base.execute("DELETE FROM parts")

    def _append(self, entries: Sequence[Entry]) -> int:
        """Add entries to the chain; return how many it holds."""
        seq, last = self.head()
        for name, kind, at, body in entries:
            if self._base.execute("SELECT 1 FROM entries WHERE id = ?", (name,)).fetchone():
                continue
            link = chain.sealed(last, seq + 1, name, kind, at, canonical(body))
            seq, last = link.seq, link.hash
            self._insert(link)
        return seq

    def _insert(self, link: Link) -> None:
        row = (link.seq, link.id, link.kind, link.at, link.body, link.hash)
        self._base.execute("INSERT INTO entries VALUES (?, ?, ?, ?, ?, ?)", row)
        if link.commitment:  # not in the first form
            self._base.execute("INSERT INTO commitments VALUES (?, ?, ?)", (link.seq, link.salt, link.commitment))

    def head(self, number: int | None = None) -> tuple[int, str]:
        """Return the number and the link of the last entry, or of entry `number`; (0, genesis) where there is none."""
        which = "(SELECT MAX(seq) FROM entries)" if number is None else "?"
        found = self._base.execute(
            f"SELECT seq, hash FROM entries WHERE seq = {which}",  # noqa: S608 - a constant
            () if number is None else (number,),
        ).fetchone()
        return found or (0, self.genesis)

    def links(self, first: int = 1) -> Iterator[Link]:
        """Yield the entries from number `first` on, as they stand in the chain."""
        return map(Link._make, self._base.execute(_LINKS, (first,)))

    def meta(self, name: str) -> Any:  # noqa: ANN401 - whatever was stored
        """Return what the last commit stored under `name`, or None. Raises StateError where it is damaged."""
        found = self._base.execute("SELECT value FROM meta WHERE name = ?", (self._mine(name),)).fetchone()
        try:
            return msgspec.json.decode(found[0]) if found else None
        except msgspec.DecodeError:
            raise StateError(
                f"the ledger is damaged: its memory of {name!r} cannot be read; restore the state from its backup"
            ) from None

    def entries(self, kind: str) -> list[dict[str, Any]]:
        """Return the bodies of all entries of a kind that were not erased, in event-time order."""
        rows = self._base.execute("SELECT body FROM entries WHERE kind = ? AND body != '' ORDER BY at, seq", (kind,))
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
        whole = 0
        try:
            whole, wrong = chain.walk(self.links(), self.genesis)
            if wrong:
                return whole, wrong
            if (held := self.meta("entries") or 0) > whole:
                return whole, f"the last {held - whole} entries were cut off"
            told = self._integrity()
        except (sqlite3.Error, StateError, msgspec.MsgspecError, UnicodeError) as error:
            return whole, f"what follows is damaged: {_why(error)}"
        return whole, "" if told == "ok" else f"the file around them is damaged: {told}"

    def _integrity(self) -> str:
        (told,) = self._base.execute("PRAGMA integrity_check(1)").fetchone()
        return str(told)

    def backup(self, path: Path) -> None:
        """Write a consistent copy of the file."""
        with sqlite3.connect(path) as copy:
            self._base.backup(copy)
        copy.close()

    def stored(self) -> dict[str, Any]:
        """Return everything that `meta` tells, by name."""
        return {name: self.meta(name) for (name,) in self._base.execute("SELECT name FROM meta").fetchall()}

    def take_over(self, other: Ledger) -> None:
        """Become a copy of `other`: its chain, its names, and what its state stored. Raises StateError if not empty."""
        with self._writing():
            if self.head()[0]:
                raise StateError("there is a ledger already: two chains cannot become one")
            for link in other.links():
                self._insert(link)
            self._set(other.stored())
            self._add_parts(other.parts())
            self._name(other.names())
        self.genesis = other.genesis

    def close(self) -> None:
        """Close the file."""
        self._base.close()


def canonical(value: Any) -> str:  # noqa: ANN401 - plain JSON
    """Return JSON that is always written the same way."""
    return msgspec.json.encode(value, order="sorted").decode()


def _why(error: Exception) -> str:
    return error.strerror or str(error) if isinstance(error, OSError) else str(error)


def _signed(key: int) -> int:
    return key - 2**64 if key >= 2**63 else key
