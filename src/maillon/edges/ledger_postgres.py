"""The ledger in PostgreSQL, where several processes write: one chain, to which one after the other adds.

Entries and names are common to all states that write to it; positions, lake parts and the snapshot's name are each
state's own. Who adds holds the lock of the table of entries until its transaction ends, so that two links never follow
the same one. A server that goes away meanwhile is waited for: what is asked again adds nothing twice.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from secrets import token_hex
from typing import Any, TypeVar

from maillon.edges import chain
from maillon.edges.chain import Link
from maillon.edges.ledger import Entry, Ledger
from maillon.edges.ledger_steps import STEPS, brought_up
from maillon.facts.errors import StateError, UsageError

_COMMON = frozenset(("state", "entries", "untidy", "key"))
"""What is stored once for all states; the rest is each one's own."""

_AT_ONCE = 5000
_AGAIN_S = 0.5
_LOCAL = ("", "localhost", "127.0.0.1", "::1")
_SAFE = ("require", "verify-ca", "verify-full")
_LINKS = """
SELECT seq, id, kind, at, body, COALESCE(salt, ''), COALESCE(commitment, ''), hash
FROM entries LEFT JOIN commitments USING (seq) WHERE seq >= ? ORDER BY seq LIMIT ?
"""
T = TypeVar("T")


class LostError(StateError):
    """The server has gone away: whether the transaction stands is not known."""


class PostgresLedger(Ledger):
    """The schema `maillon` of one database."""

    def __init__(self, dsn: str, state: str, *, patience_s: float = 300.0) -> None:
        """Open it for the state of that name, and make or bring up its tables.

        `patience_s`: for so long a server that goes away later is waited for. Raises StateError, UsageError.
        """
        self._dsn = checked(dsn)
        self._state = state
        self._patience_s = patience_s
        self._base = _Base(self._dsn)
        try:
            brought_up(self._base, STEPS)
            with self._writing():
                if self.meta("state") is None:
                    self._set({"state": token_hex(16)})
            self.genesis = chain.genesis(str(self.meta("state")))
        except BaseException:
            self._base.close()
            raise

    def commit(
        self,
        entries: Sequence[Entry],
        meta: Mapping[str, Any],
        parts: Sequence[str],
        names: Mapping[str, Mapping[int, str]],
    ) -> None:
        """Add entries, parts and names, and replace `meta`: atomically. Raises StateError."""
        self._again(lambda: super(PostgresLedger, self).commit(entries, meta, parts, names))

    def replace(
        self,
        entries: Sequence[Entry],
        meta: Mapping[str, Any],
        parts: Sequence[str],
        *,
        erase: Collection[int] = (),
        unname: Mapping[str, Collection[int]] | None = None,
    ) -> None:
        """Forget, atomically. Raises StateError."""
        self._again(lambda: super(PostgresLedger, self).replace(entries, meta, parts, erase=erase, unname=unname))

    def meta(self, name: str) -> Any:  # noqa: ANN401 - whatever was stored
        """Return what the last commit stored under `name`, or None. Raises StateError."""
        return self._again(lambda: super(PostgresLedger, self).meta(name))

    def tidy(self) -> bool:
        """Write the tables anew where something was forgotten since; return whether that was done.

        The server's own log of writes, and backups of it, are not Maillon's to tidy.
        """
        if not self.meta("untidy"):
            return True
        self._base.execute("SET lock_timeout = '2s'")
        try:
            self._base.execute("VACUUM FULL entries, commitments, names")
        except LostError:
            raise
        except StateError:
            return False  # somebody reads
        finally:
            self._base.execute("RESET lock_timeout")
        self._set({"untidy": False})
        return True

    def links(self, first: int = 1) -> Iterator[Link]:
        """Yield the entries from number `first` on, as they stand in the chain."""
        while some := self._base.execute(_LINKS, (first, _AT_ONCE)).fetchall():
            yield from map(Link._make, some)
            first = some[-1][0] + 1

    def parts(self) -> list[str]:
        """Return this state's lake parts that count."""
        found = self._base.execute("SELECT path FROM parts WHERE state = ? ORDER BY path", (self._state,))
        return [path for (path,) in found]

    def verify(self) -> tuple[int, str]:
        """Walk the chain of one moment, whoever adds to it meanwhile."""
        self._base.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        try:
            return super().verify()
        finally:
            self._base.execute("ROLLBACK")

    def backup(self, path: Path) -> None:
        """Write all entries, and what is this state's own, as a file of SQLite."""
        self._base.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        try:
            copy = Ledger(path, durable=False)
            try:
                copy.take_over(self)
            finally:
                copy.close()
        finally:
            self._base.execute("ROLLBACK")

    def stored(self) -> dict[str, Any]:
        """Return everything that `meta` tells, by name."""
        found = [name for (name,) in self._base.execute("SELECT name FROM meta").fetchall()]
        mine = f"{self._state} "
        names = [name.removeprefix(mine) for name in found if name.startswith(mine) or name in _COMMON]
        return {name: self.meta(name) for name in names}

    @contextmanager
    def _writing(self, *, erasing: bool = False) -> Iterator[None]:  # noqa: ARG002 - `tidy` does it
        self._base.execute("BEGIN")
        try:
            self._base.execute("LOCK TABLE entries IN SHARE ROW EXCLUSIVE MODE")
            yield
            self._base.execute("COMMIT")
        except BaseException:
            self._base.give_up()
            raise

    def _mine(self, name: str) -> str:
        return name if name in _COMMON else f"{self._state} {name}"

    def _add_parts(self, parts: Sequence[str]) -> None:
        rows = [(self._state, part) for part in parts]
        self._base.executemany("INSERT INTO parts VALUES (?, ?) ON CONFLICT DO NOTHING", rows)

    def _drop_parts(self) -> None:
        self._base.execute("DELETE FROM parts WHERE state = ?", (self._state,))

    def _integrity(self) -> str:
        return "ok"  # the server's own checksums are its own to check

    def _again(self, ask: Callable[[], T]) -> T:
        """Ask, and again while the server is away. Within a transaction there is nothing to ask again."""
        end = time.monotonic() + self._patience_s
        while True:
            inside = self._base.in_transaction
            try:
                return ask()
            except LostError:
                if inside or time.monotonic() > end:
                    raise
                time.sleep(_AGAIN_S)
                self._base.open()


class _Base:
    """One connection, asked as SQLite is; every error is a StateError that names no secret."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._link: Any = None
        self._why = ""
        self.open()
        if self._link is None:
            raise StateError(f"the ledger's database cannot be reached: {self._why}")

    def open(self) -> None:
        """Connect; where that cannot be, `execute` says so."""
        import psycopg

        self.close()
        try:
            self._link = psycopg.connect(self._dsn, autocommit=True, connect_timeout=10, application_name="maillon")
            self._link.execute("SET search_path TO maillon")
        except psycopg.Error as error:
            self._link, self._why = None, _sentence(error)

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction is open."""
        return self._link is not None and self._link.info.transaction_status in (1, 2, 3)  # active, open, failed

    def execute(self, text: str, values: Sequence[Any] = ()) -> Any:  # noqa: ANN401 - a cursor
        """Ask, as SQLite is asked. Raises StateError."""
        return self._ask(lambda: self._connected().execute(text.replace("?", "%s"), _plain(values)))

    def executemany(self, text: str, rows: Sequence[Sequence[Any]]) -> None:
        """Ask for each row. Raises StateError."""
        if not rows:
            return

        def ask() -> None:
            with self._connected().cursor() as cursor:
                cursor.executemany(text.replace("?", "%s"), [_plain(row) for row in rows])

        self._ask(ask)

    def give_up(self) -> None:
        """Undo what was begun, where there is still somebody to tell."""
        if self.in_transaction and not self._link.broken:
            self.execute("ROLLBACK")

    def close(self) -> None:
        """Let it go."""
        if self._link is not None:
            self._link.close()

    def _connected(self) -> Any:  # noqa: ANN401 - a connection
        if self._link is None:
            raise LostError(f"the ledger's database cannot be reached: {self._why}")
        return self._link

    def _ask(self, ask: Callable[[], T]) -> T:
        import psycopg

        try:
            return ask()
        except psycopg.Error as error:
            lost = self._link.closed or self._link.broken
            kind = LostError if lost else StateError
            raise kind(f"the ledger's database: {_sentence(error)}") from None


def checked(dsn: str) -> str:
    """Return a connection string that can be meant. Raises UsageError, which never repeats any of it."""
    try:
        import psycopg
        from psycopg.conninfo import conninfo_to_dict
    except ImportError:
        raise UsageError(
            "a ledger in PostgreSQL needs a library that is not installed: pip install 'maillon[postgres]'"
        ) from None
    try:
        said: Mapping[str, Any] = conninfo_to_dict(dsn)
    except psycopg.ProgrammingError:
        raise UsageError(
            "the ledger's database is not named in a form that PostgreSQL knows (postgresql://USER@HOST/DATABASE)"
        ) from None
    hosts = f"{said.get('host', '')},{said.get('hostaddr', '')}".split(",")
    if any(not host.startswith("/") and host not in _LOCAL for host in hosts) and said.get("sslmode") not in _SAFE:
        raise UsageError(
            "the ledger's database is not on this machine: add sslmode=verify-full and sslrootcert to how it is named"
        )
    return dsn


def _plain(values: Sequence[Any]) -> list[Any]:
    """Return values as PostgreSQL takes them: its texts hold no zero bytes."""
    return [value.replace("\0", "\ufffd") if isinstance(value, str) else value for value in values]


def _sentence(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__
