"""The past that a trial is played on: logs, read as `scan` reads them into a state that vanishes, or a state's lake."""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from maillon.cli.options import add_key, add_language, add_state
from maillon.facts.errors import UsageError

if TYPE_CHECKING:
    from maillon.edges.state import State
    from maillon.facts.coverage import Coverage


def add_history(parser: argparse.ArgumentParser) -> None:
    """Declare what names a past: logs with what `scan` needs to read them, or a state."""
    parser.add_argument("logs", nargs="*", metavar="LOG", help="what to read, as for `maillon scan`")
    add_state(parser, required=False)
    parser.add_argument(
        "--service", action="append", type=Path, default=[], metavar="PROFILE", help="a service profile (TOML)"
    )
    parser.add_argument("--log-format", default="", metavar="STRING", help="an nginx log_format string for custom logs")
    parser.add_argument("--tz", default="", metavar="ZONE", help="time zone of logs that write none, e.g. Europe/Paris")
    parser.add_argument("--json", action="store_true", help="one JSON object a line on standard output, nothing else")
    add_key(parser)
    add_language(parser)


@contextmanager
def history(args: argparse.Namespace) -> Iterator[tuple[State, list[Coverage]]]:
    """Open the past that `args` name, only to read it; with logs, also how much of them was understood."""
    from maillon.edges.keys import load_or_create
    from maillon.edges.ledger_place import holds_ledger
    from maillon.edges.state import State
    from maillon.read.pseudonym import Keys

    if bool(args.logs) == bool(args.state):
        raise UsageError("name logs to read, or a state directory with --state DIR: one of the two")
    keys = Keys(*load_or_create(args.key, args.state))
    key_id = keys.pseudonym("state", b"key id")
    if args.state:
        if not holds_ledger(args.state):
            raise UsageError(f"{args.state} holds no state: `maillon scan --state {args.state} LOG…` makes one")
        with State(args.state, key_id, hold=False) as state:
            yield state, []
        return
    with tempfile.TemporaryDirectory(prefix="maillon-") as folder:
        coverages = _scanned(args, Path(folder) / "state")
        with State(Path(folder) / "state", key_id, hold=False) as state:
            yield state, coverages


def _scanned(args: argparse.Namespace, folder: Path) -> list[Coverage]:
    from maillon.cli.scanning import scan

    asked = argparse.Namespace(
        logs=args.logs, service=args.service, state=folder, rebuild=False, engine="here", log_format=args.log_format,
        tz=args.tz, budget=None, key=args.key, hour_limit=0, directory=None,
    )  # fmt: skip
    return scan(asked).coverages
