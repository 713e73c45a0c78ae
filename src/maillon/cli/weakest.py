"""`maillon weakest`: what each account's theft would cost, and the cheapest mend."""

from __future__ import annotations

import argparse
from pathlib import Path

from maillon.cli.options import add_key, add_language, add_state

EPILOG = """For every account of a state: how many patients are within its reach; how many of them thieves (fast,
steady, slow, with exports) would read before Maillon contains it, played in memory through the account's own history;
how much likelier its theft is than another's (a leak names it, its log-in is weak, it is shared, dormant, used with an
old client); and the cheapest thing that mends it. docs/weakest.md tells how far to trust these numbers. Nothing is
written to the state and nobody is disturbed.

examples:
  maillon weakest --state /var/lib/maillon
  maillon weakest --state /var/lib/maillon --directory people.csv --top 50 --report weakest.html
  maillon weakest --state /var/lib/maillon --json | jq 'select(.kind == "weak_account" and .mend == "close").account'

exit status: 0 told · 2 bad usage, or a state without accesses · 1 failure
"""


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the command."""
    parser.epilog = EPILOG
    add_state(parser, required=True)
    parser.add_argument("--json", action="store_true", help="one JSON object a line on standard output, nothing else")
    parser.add_argument(
        "--top", type=int, default=0, metavar="N", help="how many accounts are told (default: 20; with --json, all)"
    )
    parser.add_argument(
        "--directory", type=Path, metavar="FILE.csv", help="who works where as what (docs/directory.md)"
    )
    parser.add_argument("--report", type=Path, metavar="FILE.html", help="write a self-contained page with the curve")
    add_key(parser)
    add_language(parser)


def run(args: argparse.Namespace) -> int:
    """Rank the accounts and print the ranking."""
    from maillon.cli.ahead import looking, progress, write_page
    from maillon.facts.errors import UsageError
    from maillon.facts.policy import Policy
    from maillon.render.weakest import weakest_lines, weakest_screen
    from maillon.run.weakest import weakest

    if args.top < 0:
        raise UsageError(f"--top {args.top}: tell one account at least")
    with looking(args) as (state, directory):
        found = weakest(state, directory, Policy(), progress)
    if args.report:
        write_page(args, weakest=found)
    if args.json:
        for line in weakest_lines(found, args.top or len(found.ranked)):
            print(line)
    else:
        print(weakest_screen(found, args.lang, args.top or 20))
    return 0
