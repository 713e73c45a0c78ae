"""The reference of the command line is what the commands declare, and every argument says what it is for."""

from __future__ import annotations

import re
import subprocess
import sys

from conftest import REPOSITORY
from maillon.facts.evidence import Kind


def printed(script="print_reference.py"):
    command = [sys.executable, REPOSITORY / "docs" / script]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def test_the_page_is_what_the_declarations_print():
    page = (REPOSITORY / "docs" / "reference" / "cli.md").read_text()
    assert page == printed(), "run: python docs/print_reference.py > docs/reference/cli.md"


def test_the_page_of_scores_is_what_the_kinds_declare():
    page = (REPOSITORY / "docs" / "reference" / "scores.md").read_text()
    assert page == printed("print_scores.py"), "run: python docs/print_scores.py > docs/reference/scores.md"
    assert [kind.name.lower() for kind in Kind] == re.findall(r"^## (\w+)$", page, re.MULTILINE)


def test_every_argument_says_what_it_is_for():
    rows = re.findall(r"^\| `(.+?)` \| (.*?) ?\|$", printed(), re.MULTILINE)
    assert len(rows) > 30
    assert [form for form, told in rows if not told] == []
