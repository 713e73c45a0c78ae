"""What the transmitter must not forget: its receivers' streams, and the tokens that wait for them. One SQLite file."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from maillon.edges.durable import make_folder
from maillon.exchange.stream import Stream
from maillon.facts.errors import UsageError

_SCHEMA = """
create table if not exists stream (
    id text primary key, audience text unique not null, method text not null, endpoint text not null,
    authorization text not null, requested text not null, description text not null, status text not null,
    reason text not null, verified integer not null default 0
);
create table if not exists token (
    jti text primary key, stream text not null, at integer not null, token text not null,
    state text not null default 'waiting', tries integer not null default 0, error text not null default ''
);
create index if not exists waiting on token (stream, state, at);
"""


@dataclass(frozen=True)
class Waiting:
    """A token that its receiver has not acknowledged."""

    jti: str
    token: str


@contextmanager
def store(folder: Path) -> Iterator[sqlite3.Connection]:
    """Open the store in one transaction; make it where it is missing. Raises UsageError."""
    path = folder / "streams.sqlite"
    try:
        make_folder(folder)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))  # before SQLite makes one that others may read
        with closing(sqlite3.connect(path, timeout=10)) as base:
            base.executescript(_SCHEMA)
            with base:
                yield base
    except (OSError, sqlite3.OperationalError) as error:
        raise UsageError(f"the streams in {path} cannot be used: {error}") from None


def streams(base: sqlite3.Connection, audience: str = "") -> list[Stream]:
    """Return every stream, or the one of a receiver."""
    rows = base.execute(
        "select id, audience, method, endpoint, authorization, requested, description, status, reason from stream "
        "where ? in ('', audience) order by id",
        (audience,),
    )
    return [
        Stream(own, audience, method, endpoint, header, tuple(requested.split()), description, status, reason)
        for own, audience, method, endpoint, header, requested, description, status, reason in rows
    ]


def save(base: sqlite3.Connection, stream: Stream) -> None:
    """Keep a stream, in place of what was kept under its id."""
    base.execute(
        "insert into stream values (?, ?, ?, ?, ?, ?, ?, ?, ?, 0) on conflict (id) do update set method = "
        "excluded.method, endpoint = excluded.endpoint, authorization = excluded.authorization, requested = "
        "excluded.requested, description = excluded.description, status = excluded.status, reason = excluded.reason",
        (
            stream.id,
            stream.audience,
            stream.method,
            stream.endpoint,
            stream.authorization,
            " ".join(stream.requested),
            stream.description,
            stream.status,
            stream.reason,
        ),
    )


def forget(base: sqlite3.Connection, stream: Stream) -> None:
    """Delete a stream and all that waits for it."""
    base.execute("delete from stream where id = ?", (stream.id,))
    base.execute("delete from token where stream = ?", (stream.id,))


def verified(base: sqlite3.Connection, stream: Stream, now: int, pause: int) -> bool:
    """Note a verification, and say whether the last one is at least `pause` microseconds ago."""
    done = base.execute("update stream set verified = ? where id = ? and verified <= ?", (now, stream.id, now - pause))
    return done.rowcount > 0


def enqueue(base: sqlite3.Connection, stream: Stream, jti: str, token: str, now: int) -> bool:
    """Keep a token until its receiver has it; false where the same one was kept before."""
    done = base.execute(
        "insert or ignore into token (jti, stream, at, token) values (?, ?, ?, ?)", (jti, stream.id, now, token)
    )
    return done.rowcount > 0


def waiting(base: sqlite3.Connection, stream: Stream, most: int) -> tuple[list[Waiting], bool]:
    """Return the oldest tokens that wait for a stream, at most so many, and whether there are more."""
    rows = base.execute(
        "select jti, token from token where stream = ? and state = 'waiting' order by at, rowid limit ?",
        (stream.id, most + 1),
    ).fetchall()
    return [Waiting(*row) for row in rows[:most]], len(rows) > most


def delivered(base: sqlite3.Connection, stream: Stream, jti: str) -> None:
    """Note that a receiver has a token. Its text goes, its id stays: the same order is not sent twice."""
    _settle(base, stream, jti, "delivered", "")


def refused(base: sqlite3.Connection, stream: Stream, jti: str, error: str) -> None:
    """Set a token aside that its receiver will not take."""
    _settle(base, stream, jti, "refused", error)


def missed(base: sqlite3.Connection, stream: Stream, jti: str) -> None:
    """Count a try that brought no answer; the token goes on waiting."""
    base.execute("update token set tries = tries + 1 where jti = ? and stream = ?", (jti, stream.id))


def forget_old(base: sqlite3.Connection, before: int) -> None:
    """Delete what was settled, or waited in vain, since before a moment."""
    base.execute("delete from token where at < ?", (before,))


def counts(base: sqlite3.Connection) -> dict[str, int]:
    """Return how many tokens are in which state."""
    return dict(base.execute("select state, count(*) from token group by state order by state"))


def _settle(base: sqlite3.Connection, stream: Stream, jti: str, state: str, error: str) -> None:
    base.execute(
        "update token set state = ?, error = ?, token = '' where jti = ? and stream = ?", (state, error, jti, stream.id)
    )
