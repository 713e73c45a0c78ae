"""The tables of a ledger in PostgreSQL, step by step: a base of an earlier version is brought up by what it lacks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from maillon.facts.errors import StateError

STEPS: tuple[tuple[str, ...], ...] = (
    (
        "CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL)",
        "CREATE TABLE entries (seq BIGINT PRIMARY KEY, id TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, "
        "at BIGINT NOT NULL, body TEXT NOT NULL, hash TEXT NOT NULL)",
        "CREATE INDEX entries_by_kind ON entries (kind, at, seq)",
        "CREATE TABLE commitments (seq BIGINT PRIMARY KEY, salt TEXT NOT NULL, commitment TEXT NOT NULL)",
        "CREATE TABLE parts (state TEXT, path TEXT, PRIMARY KEY (state, path))",
        "CREATE TABLE names (kind TEXT, hash BIGINT, name TEXT NOT NULL, PRIMARY KEY (kind, hash))",
    ),
)
"""What each step does. A step that was published never changes: another one follows it."""

_LOCK = 0x6D61696C6C6F6E  # so that two processes do not make the same table


def brought_up(base: Any, steps: Sequence[Sequence[str]]) -> None:  # noqa: ANN401 - a base that is asked as SQLite is
    """Do the steps that a base lacks, all or none. Raises StateError: a later version of Maillon has been here."""
    if (found := _done(base)) == len(steps):
        return
    if found > len(steps):
        raise StateError("the ledger's database was made by a later version of Maillon: install that one")
    # Held before the transaction begins: one that began earlier may not see what another process made meanwhile.
    base.execute("SELECT pg_advisory_lock(?)", (_LOCK,))
    try:
        base.execute("BEGIN")
        _do(base, steps)
        base.execute("COMMIT")
    except BaseException:
        base.give_up()
        raise
    finally:
        base.execute("SELECT pg_advisory_unlock(?)", (_LOCK,))


def _do(base: Any, steps: Sequence[Sequence[str]]) -> None:  # noqa: ANN401
    done = _done(base)
    if not done:
        base.execute("CREATE SCHEMA IF NOT EXISTS maillon")
        base.execute("CREATE TABLE steps (done INTEGER NOT NULL)")
        base.execute("INSERT INTO steps VALUES (0)")
    for step in steps[done:]:
        for text in step:
            base.execute(text)
    base.execute("UPDATE steps SET done = ?", (len(steps),))


def _done(base: Any) -> int:  # noqa: ANN401
    if base.execute("SELECT to_regclass('maillon.steps')").fetchone()[0] is None:
        return 0
    done: int = base.execute("SELECT done FROM steps").fetchone()[0]
    return done
