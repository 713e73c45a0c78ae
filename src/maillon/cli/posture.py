"""`maillon posture`: how well accounts are kept, by establishment and month."""

from __future__ import annotations

import argparse
from pathlib import Path

from maillon.cli.options import add_key, add_language, add_state

EPILOG = """From the logs of a state alone: per establishment (the directory's, else by home network) the share of
strong log-ins where a log tells their level, dormant and shared accounts, old clients, and how many identities one
theft would cost on average before its account is contained; then month by month. docs/posture.md tells how each is
counted.
--for-others prints what may be shown to another region: no names, no group under ten accounts, sizes in classes.

examples:
  maillon posture --state /var/lib/maillon --directory people.csv --report posture.html
  maillon posture --state /var/lib/maillon --json | jq 'select(.kind == "posture_month")'
  maillon posture --state /var/lib/maillon --for-others > ours.json

exit status: 0 told · 2 bad usage, or a state without accesses · 1 failure
"""


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the command."""
    parser.epilog = EPILOG
    add_state(parser, required=True)
    parser.add_argument("--json", action="store_true", help="one JSON object a line on standard output, nothing else")
    parser.add_argument("--for-others", action="store_true", help="as --json, but only what may leave the region")
    parser.add_argument(
        "--directory", type=Path, metavar="FILE.csv", help="who works where as what (docs/directory.md)"
    )
    parser.add_argument(
        "--report", type=Path, metavar="FILE.html", help="write a self-contained page, with the weakest links"
    )
    add_key(parser)
    add_language(parser)


def run(args: argparse.Namespace) -> int:
    """Count and print."""
    from maillon.ahead.posture import for_others
    from maillon.cli.ahead import looking, progress, write_page
    from maillon.facts.policy import Policy
    from maillon.render.posture import lines_for_others, posture_lines, posture_screen
    from maillon.run.posture import posture_of

    with looking(args) as (state, directory):
        found, weakest = posture_of(state, directory, Policy(), progress)
    if args.report:
        write_page(args, posture=found, weakest=weakest)
    if args.json or args.for_others:
        for line in lines_for_others(for_others(found)) if args.for_others else posture_lines(found):
            print(line)
    else:
        print(posture_screen(found, args.lang))
    return 0
