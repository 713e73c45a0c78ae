"""`maillon release`: take back all that was ordered about an account."""

from __future__ import annotations

import argparse

EPILOG = """It ends what is in force about the account, whoever ordered it, and what responders did is undone. It says
nothing about what scoring found: for that, `maillon verdict`.

example:
  maillon release m.durand --state /var/lib/maillon --why "she came with her card, her password is new"

exit status: 0 ordered · 2 bad usage · 1 failure
"""


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the command."""
    from maillon.cli.person import add_person

    parser.epilog = EPILOG
    parser.add_argument("account", metavar="ACCOUNT", help="the account, as the logs name it")
    parser.add_argument("--unseen", action="store_true", help="an account that no log has shown yet")
    add_person(parser)


def run(args: argparse.Namespace) -> int:
    """Order it, and say what is in force."""
    from maillon.cli.handing import account_of, checked, hand_over, new_id, reading, said
    from maillon.facts.hand import HandOrder
    from maillon.render.in_force import ordered

    keys = checked(args)
    with reading(args, keys) as (state, _):
        name, hash_ = account_of(args.account, keys, state, unseen=args.unseen)
    now = said()
    word = HandOrder(new_id("hand", hash_, now), now, name, hash_, "release", args.who, args.why, said=now)
    hands = hand_over(args, keys, word)
    print(ordered(word, hands.in_force if hands else None, hands.last if hands else 0, args.lang))
    return 0
