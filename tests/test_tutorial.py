"""The tutorial is run as it stands: every command, every promised exit status, and the lines that it shows."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from conftest import REPOSITORY

TEXT = (REPOSITORY / "docs" / "tutorial.md").read_text()


def blocks():
    return re.findall(r"^```console\n(.*?)^```", TEXT, re.DOTALL | re.MULTILINE)


def steps():
    """Return each command with the lines that the tutorial shows under it."""
    found = []
    for block in blocks():
        for line in block.splitlines():
            if line.startswith("$ "):
                found.append((line[2:], []))
            else:
                found[-1][1].append(line)
    return found


def expected(line):
    """Return what a shown line matches: any number for a number, any incident for one, anything for …"""
    pieces = re.split(r"(…|\b[0-9a-f]{12}\b|\d[\d,.]*)", line)
    kinds = {"…": ".*"}
    loose = [
        re.escape(piece) if not index % 2 else kinds.get(piece, r"[0-9a-f]{12}" if len(piece) == 12 else r"\d[\d,.]*")
        for index, piece in enumerate(pieces)
    ]
    return re.compile("".join(loose))


def missing(shown, printed):
    """Return the first shown line that does not come, in its order, in what was printed."""
    rest = iter(printed.replace("\u00a0", " ").splitlines())
    for line in shown:
        if line != "…" and not any(expected(line).fullmatch(one) for one in rest):
            return line
    return None


@pytest.fixture(scope="module", name="home")
def _home(tmp_path_factory):
    """An empty home, and the command on the path."""
    folder = tmp_path_factory.mktemp("newcomer")
    (folder / "bin").mkdir()
    command = folder / "bin" / "maillon"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m maillon "$@"\n')
    command.chmod(0o755)
    return folder


def environment(home):
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("XDG_", "MAILLON_", "LC_"))}
    compiled = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    path = f"{home / 'bin'}:{os.environ['PATH']}"
    return kept | {"HOME": str(home), "PATH": path, "LC_ALL": "C.UTF-8", "XDG_CACHE_HOME": compiled}


def test_the_tutorial_does_what_it_says(home):
    work, status, incident = home / "work", 0, ""
    work.mkdir()
    for command, shown in steps():
        script = f"(exit {status}); {command.replace(' ID ', f' {incident} ')}"
        done = subprocess.run(
            ["bash", "-c", script], cwd=work, env=environment(home), capture_output=True, text=True, timeout=300
        )
        assert missing(shown, done.stdout) is None, f"$ {command}\n{done.stdout}{done.stderr}"
        assert done.returncode in (0, 10), f"$ {command}\n{done.stderr}"
        status = 0 if command == "echo $?" else done.returncode
        incident = next(iter(re.findall(r"^Incident ([0-9a-f]{12}):", done.stdout, re.MULTILINE)), incident)
    assert (work / "first.html").read_text().startswith("<!doctype html>")
    assert (home / ".config" / "maillon" / "key").stat().st_mode & 0o077 == 0


def test_it_names_every_command_of_a_first_day():
    told = {word for command, _ in steps() for word in re.findall(r"maillon (\w+)", command)}
    assert told >= {"simulate", "scan", "profile", "incidents", "incident", "verify", "backup", "restore"}
    assert [command for command, _ in steps() if command == "echo $?"], "exit statuses are promised and held"


def test_a_line_that_does_not_come_is_noticed():
    assert (
        missing(["a 12 b", "…", "Incident 0a1b2c3d4e5f: 10 accounts"], "a 7 b\nx\nIncident ffffffffffff: 9 accounts")
        is None
    )
    assert missing(["second", "first"], "first\nsecond") == "first"
    assert missing(["10 accounts, contained"], "10 accounts, slowed down") == "10 accounts, contained"
