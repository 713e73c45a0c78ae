"""`maillon verify`: whether the ledger is whole."""

from __future__ import annotations

import argparse
from pathlib import Path


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the command."""
    parser.epilog = "exit status: 0 whole · 1 an entry was changed, removed or cut off (which one is said)"
    parser.add_argument("state", type=Path, metavar="DIR", help="a state directory")


def run(args: argparse.Namespace) -> int:
    """Walk the chain of the ledger and say where it breaks."""
    from maillon.edges.ledger import Ledger
    from maillon.facts.errors import UsageError

    path = args.state / "ledger.sqlite"
    if not path.exists():
        raise UsageError(f"{args.state}: no state of Maillon here")
    ledger = Ledger(path, durable=True)
    whole, wrong = ledger.verify()
    ledger.close()
    print(f"{whole} entries are whole" + (f"; {wrong}" if wrong else ", and nothing is missing"))
    return 1 if wrong else 0
