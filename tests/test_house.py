"""The house holds its own walls: style, types and imports are checked by the same command as everything else."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from conftest import REPOSITORY


@pytest.mark.parametrize(
    "command",
    [
        ["ruff", "check", "."],
        ["ruff", "format", "--check", "."],
        ["mypy"],
    ],
    ids=" ".join,
)
def test_gate(command):
    done = subprocess.run([sys.executable, "-m", *command], cwd=REPOSITORY, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_imports_go_downward_only():
    script = Path(sys.executable).parent / "lint-imports"
    done = subprocess.run([script], cwd=REPOSITORY, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_dependency_earns_its_line():
    text = (REPOSITORY / "pyproject.toml").read_text()
    named = re.findall(r'^    "([a-z0-9-]+)[>=<\[]', text, re.MULTILINE)
    assert named
    page = (REPOSITORY / "docs" / "dependencies.md").read_text()
    assert [name for name in named if f"`{name}`" not in page] == []


def test_core_reads_no_clock_and_does_no_io():
    modules = "os|time|random|socket|logging|subprocess|pathlib"
    calls = r"(?<![.\w])open\(|datetime\.now|default_rng\("
    forbidden = re.compile(rf"\bimport ({modules})\b|\bfrom ({modules}) import|{calls}")
    found = []
    for room in ("facts", "read", "score", "explain", "decide", "expose"):
        for file in (REPOSITORY / "src" / "maillon" / room).rglob("*.py"):
            for number, line in enumerate(file.read_text().splitlines(), 1):
                if forbidden.search(line):
                    found.append(f"{file.relative_to(REPOSITORY)}:{number}: {line.strip()}")
    assert found == []
