"""A real PostgreSQL server in a temporary folder, as a user without rights, stopped after the test session."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp

import pytest

from servers import free_port

OWNER, PASSWORD = "owner", "secret-of-the-server"
# A server for seconds: its disk need not outlive a loss of power.
OPTIONS = ("-c", "fsync=off", "-c", "full_page_writes=off", "-c", "shared_buffers=16MB", "-c", "max_connections=20")


@dataclass
class Postgres:
    """A running server, and in it one database, which each test gets empty."""

    folder: Path
    programs: Path
    port: int
    made: bool = False
    process: subprocess.Popen | None = None

    def start(self):
        import psycopg

        command = [self.programs / "postgres", "-D", self.folder / "data", "-k", self.folder, "-h", "127.0.0.1"]
        with (self.folder / "server.log").open("ab") as log:
            self.process = subprocess.Popen(
                [*command, "-p", str(self.port), *OPTIONS], stdout=log, stderr=log, **_without_rights()
            )
        for _ in range(200):
            assert self.process.poll() is None, (self.folder / "server.log").read_text()
            try:
                psycopg.connect(self.dsn("postgres")).close()
            except psycopg.OperationalError:
                time.sleep(0.05)
            else:
                return
        raise AssertionError((self.folder / "server.log").read_text())

    def stop(self):
        self.process.send_signal(3)  # SIGQUIT: at once, as a failure would
        self.process.wait(30)

    def dsn(self, database):
        return f"postgresql://{OWNER}:{PASSWORD}@127.0.0.1:{self.port}/{database}"

    def database(self):
        """Return how an empty database is reached."""
        if not self.made:
            self.run("postgres", "CREATE DATABASE tests")
            self.made = True
        self.run("tests", "DROP SCHEMA IF EXISTS maillon CASCADE")
        return self.dsn("tests")

    def run(self, database, script):
        import psycopg

        with psycopg.connect(self.dsn(database) if "/" not in database else database, autocommit=True) as link:
            link.execute("SET search_path TO maillon")
            for text in filter(str.strip, script.split(";")):
                link.execute(text)


@pytest.fixture(scope="session")
def postgres(part):
    """A running server without databases of Maillon."""
    with running_postgres(part) as server:
        yield server


@contextmanager
def running_postgres(part):
    """Run a server; `part` finds a program by its name."""
    pytest.importorskip("psycopg", reason="pip install 'maillon[postgres]'")
    part("pg_ctlcluster")
    programs = max(Path("/usr/lib/postgresql").glob("*/bin/initdb")).parent
    folder = Path(mkdtemp(prefix="maillon-postgres-"))
    try:
        if os.geteuid() == 0:
            shutil.chown(folder, *_nobody())
        (folder / "password").write_text(PASSWORD)
        (folder / "password").chmod(0o644)
        made = subprocess.run(
            [programs / "initdb", "-D", folder / "data", "-U", OWNER, "--pwfile", folder / "password", "-A",
             "scram-sha-256", "--no-sync", "-E", "UTF8", "--locale=C"],
            capture_output=True, text=True, **_without_rights(),
        )  # fmt: skip
        assert made.returncode == 0, made.stdout + made.stderr
        server = Postgres(folder, programs, free_port())
        server.start()
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder)


def _nobody():
    found = pwd.getpwnam("nobody")
    return found.pw_uid, found.pw_gid


def _without_rights():
    """The server refuses to run as root."""
    if os.geteuid() != 0:
        return {}
    user, group = _nobody()
    return {"user": user, "group": group, "extra_groups": []}
