"""`maillon drill`: a thief planted in a copy of one's own log."""

from __future__ import annotations

import argparse
from textwrap import wrap

from maillon.cli.history import add_history
from maillon.cli.simulate import ATTACKS

EPILOG = """A drill plants a synthetic thief in a copy of your own log, in memory: it reads your patients through one of
your accounts, on your routes, from a network of its own. Maillon then judges the copy as it judged the log, and tells
for each rung of the ladder when it would have come, how many records had been read by then, and why. Nothing is
written and nobody is disturbed.

{shelf}

examples:
  maillon drill access.log* --attack paced                       an account is drawn
  maillon drill access.log* --attack smash --account j.martin    yours to choose
  maillon drill --state /var/lib/maillon --attack split --seed 7 --json

exit status: 0 every planted thief would have been contained · 10 some would not · 2 bad usage · 1 failure
"""


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the command; its help names the attacks."""
    shelf = tuple(name for name in ATTACKS if name != "none")
    told = "\n".join(wrap(", ".join(shelf), 110, initial_indent="  ", subsequent_indent="  "))
    parser.epilog = EPILOG.format(shelf=f"attacks (what each does: docs/drill.md):\n{told}")
    add_history(parser)
    parser.add_argument("--attack", required=True, choices=shelf, metavar="NAME", help="one of those below")
    parser.add_argument(
        "--account",
        action="append",
        default=[],
        metavar="A",
        help="the account to steal, as the log names it; may be given several times (default: drawn)",
    )
    parser.add_argument(
        "--seed", type=int, default=1, metavar="N", help="any number: another thief (default: %(default)s)"
    )
    parser.add_argument(
        "--budget", type=float, metavar="N", help="wrong containments a month per 40,000 accounts (default: 0.5)"
    )


def run(args: argparse.Namespace) -> int:
    """Play the attack and print what came of it."""
    from maillon.cli.history import history
    from maillon.cli.scanning import policy_for
    from maillon.render.drill import drill_lines, drill_screen
    from maillon.run.drill import drill, survey

    policy = policy_for(args.budget)
    with history(args) as (state, _):
        played = drill(state, survey(state), policy, args.attack, args.account, args.seed)
    if args.json:
        for line in drill_lines(played):
            print(line)
    else:
        print(drill_screen(played, args.lang))
    contained = all(any(stop.rung == "contain" for stop in one.stops) for one in played.stolen)
    return 0 if contained else 10
