"""Where a ledger can lie: each test that asks for `store` runs on every one of them."""

from __future__ import annotations

import sqlite3

import pytest

from maillon.edges.ledger import Ledger


class SqliteStore:
    """A file."""

    def __init__(self, path):
        self.path = path

    def open(self):
        return Ledger(self.path, durable=True)

    def change(self, script):
        """Change it behind the ledger's back."""
        with sqlite3.connect(self.path) as base:
            base.executescript(script)
        base.close()


class PostgresStore:
    """A database of a real server."""

    def __init__(self, server, state="0123456789abcdef", dsn=""):
        self.server = server
        self.dsn = dsn or server.database()
        self.state = state

    def open(self, patience_s=0.0):
        from maillon.edges.ledger_postgres import PostgresLedger

        return PostgresLedger(self.dsn, self.state, patience_s=patience_s)

    def change(self, script):
        """Change it behind the ledger's back."""
        self.server.run(self.dsn, script)


@pytest.fixture(params=["sqlite", "postgres"])
def store(request, tmp_path):
    """Return an empty place for a ledger."""
    if request.param == "sqlite":
        return SqliteStore(tmp_path / "ledger.sqlite")
    return PostgresStore(request.getfixturevalue("postgres"))
