"""`maillon whatif`: one's own last month under a policy, before it is enforced."""

from __future__ import annotations

import argparse

from maillon.cli.history import add_history

EPILOG = """It folds your logs (or the lake of a state) again under a budget and shows, for the last days, who would
have been asked for a stronger log-in, slowed down or contained, each with its reasons, how many wrong steps the budget
allows for in so many account-days, and the audit that Maillon keeps of its own promises. All of the past teaches; the
last --days are told. Nothing is written.

examples:
  maillon whatif access.log* --budget 0.5
  maillon whatif --state /var/lib/maillon --budget 2 --days 30
  maillon whatif --state /var/lib/maillon --budget 2 --json | jq 'select(.kind == "whatif").rungs'

exit status: 0 nobody would have been touched · 10 somebody would · 2 bad usage or configuration · 1 failure
"""


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the command."""
    parser.epilog = EPILOG
    add_history(parser)
    parser.add_argument(
        "--budget",
        type=float,
        required=True,
        metavar="B",
        help="wrong containments a month per 40,000 accounts; the other rungs keep their proportion to it",
    )
    parser.add_argument(
        "--days", type=int, default=30, metavar="N", help="how many of the last days are told (default: %(default)s)"
    )


def run(args: argparse.Namespace) -> int:
    """Replay the past and print what would have come of it."""
    from maillon.cli.history import history
    from maillon.cli.scanning import policy_for
    from maillon.facts.errors import UsageError
    from maillon.render.json_lines import coverage_object, line
    from maillon.render.whatif import whatif_lines, whatif_screen
    from maillon.run.whatif import whatif

    policy = policy_for(args.budget)
    if args.days < 1:
        raise UsageError(f"--days {args.days}: tell one day at least")
    with history(args) as (state, coverages):
        found = whatif(state, policy, args.days)
    if args.json:
        for text in (*(line(coverage_object(one)) for one in coverages), *whatif_lines(found)):
            print(text)
    else:
        print(whatif_screen(found, args.lang))
    return 10 if found.decisions else 0
