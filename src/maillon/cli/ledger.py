"""`maillon ledger`: where a state's ledger lies, and its way into PostgreSQL."""

from __future__ import annotations

import argparse

from maillon.cli.options import add_key, add_state

EPILOG = """Several processes that write (guards of several services, scans) can share one ledger in PostgreSQL: one
chain, one list of incidents. Lake and snapshot stay in each one's state directory. A new state keeps its ledger there
when MAILLON_LEDGER, or `ledger` in maillon.toml, names it; --to moves that of a living state into an empty database.
The database is named by where its address lies, as the address may hold a password. docs/postgres.md

examples:
  maillon ledger --state DIR                                   where it lies, how many entries it holds
  maillon ledger --state DIR --to file:/etc/maillon/ledger.dsn
"""


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the command."""
    parser.epilog = EPILOG
    add_state(parser, required=True)
    parser.add_argument(
        "--to",
        default="",
        metavar="PLACE",
        help="move it into the database whose address lies in file:/PATH or env:NAME",
    )
    add_key(parser)


def run(args: argparse.Namespace) -> int:
    """Say where the ledger lies, or move it."""
    from maillon.cli.handing import checked
    from maillon.edges.ledger_place import PLACE, SQLITE, move_ledger
    from maillon.edges.state import State

    keys = checked(args)
    with State(args.state, keys.pseudonym("state", b"key id"), hold=bool(args.to)) as state:
        if args.to:
            print(f"{move_ledger(args.state, args.to)} entries moved, whole, to the database of {args.to}")
            return 0
        place = args.state / PLACE
        where = f"the database of {place.read_text().split()[2]}" if place.exists() else str(args.state / SQLITE)
        print(f"{state.head()[0]} entries in {where}")
    return 0
