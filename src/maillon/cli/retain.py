"""`maillon retain`: what is older than it may be kept goes; the parts of each day are merged."""

from __future__ import annotations

import argparse

from maillon.cli.options import add_key, add_language, add_state

EPILOG = """Days of the lake go whole; with them the pseudonyms and names that nothing else names. Old entries of the
ledger lose what they said, their place in the chain stays: `maillon verify` finds the ledger whole. Accounts that are
still blocked keep their entries. Age is told by this machine's clock. It can run after every scan: where nothing is
due, nothing is written. docs/retention.md says what goes and what remains.

examples:
  maillon retain --state DIR --dry-run              what would go
  maillon retain --state DIR
  maillon retain --state DIR --lake-months 6 --ledger-years 3
"""


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the command."""
    parser.epilog = EPILOG
    add_state(parser, required=True)
    parser.add_argument(
        "--lake-months", type=int, default=12, metavar="N", help="months of accesses that are kept (default: 12)"
    )
    parser.add_argument(
        "--ledger-years", type=int, default=3, metavar="N", help="years of the ledger that are kept (default: 3)"
    )
    parser.add_argument("--dry-run", action="store_true", help="only say what would go")
    add_key(parser)
    add_language(parser)


def run(args: argparse.Namespace) -> int:
    """Erase what is due and say what went."""
    import time

    from maillon.cli.handing import checked
    from maillon.edges.state import State
    from maillon.facts.errors import UsageError
    from maillon.facts.retention import Terms
    from maillon.render.kept import retention_words
    from maillon.run.retention import retain

    if args.lake_months < 1 or args.ledger_years < 1:
        raise UsageError("--lake-months and --ledger-years: one at least")
    if args.lake_months > 12 * args.ledger_years:
        raise UsageError("the accesses would outlive the decisions about them: give --ledger-years more")
    keys = checked(args)
    terms = Terms(args.lake_months, args.ledger_years)
    with State(args.state, keys.pseudonym("state", b"key id")) as state:
        gone = retain(state, terms, time.time_ns() // 1_000, dry_run=args.dry_run)
    print(retention_words(gone, args.lang, dry_run=args.dry_run))
    return 0
