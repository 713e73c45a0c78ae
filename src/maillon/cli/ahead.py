"""What `weakest` and `posture` share: the state they read, the page they write."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from maillon.cli.directory import directory_of
from maillon.cli.handing import checked
from maillon.edges.durable import write_whole
from maillon.edges.state import State
from maillon.facts.directory import Directory
from maillon.facts.errors import StateError
from maillon.facts.posture import Posture
from maillon.facts.weakest import Weakest
from maillon.render.ahead import page


@contextmanager
def looking(args: argparse.Namespace) -> Iterator[tuple[State, Directory]]:
    """Open the state that `args` names, only to read it, and the directory. Raises UsageError where there is none."""
    keys = checked(args)
    directory = directory_of(args)
    with State(args.state, keys.pseudonym("state", b"key id"), hold=False) as state:
        yield state, directory


def progress(plan: str, accounts: int) -> None:
    """Say on standard error, where that is a terminal, which thief is being played."""
    if sys.stderr.isatty():
        print(f"maillon: thief {plan!r} on {accounts:,} accounts", file=sys.stderr)


def write_page(args: argparse.Namespace, posture: Posture | None = None, weakest: Weakest | None = None) -> None:
    """Write the page that `--report` names. Raises StateError."""
    try:
        write_whole(args.report, page(args.lang, posture, weakest).encode())
    except OSError as error:
        raise StateError(f"the report {args.report} cannot be written: {error.strerror}") from None
    print(f"report: {args.report}", file=sys.stderr)
