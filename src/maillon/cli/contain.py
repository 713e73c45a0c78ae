"""`maillon contain`: do by hand what scoring does."""

from __future__ import annotations

import argparse

EPILOG = """The account's sessions are ended and it is blocked at the proxy until `maillon release`, or for
--hours. With --suspend it is closed at the identity provider too: that takes as many people as the policy wants (two
unless [response] suspend_persons = 1), each with this command, or one with --second; until then it is blocked only.

examples:
  maillon contain m.durand --state /var/lib/maillon --why "she calls: it is not her"
  maillon contain m.durand --state /var/lib/maillon --why "password sold" --suspend --second "Dr Roy"

exit status: 0 ordered · 2 bad usage · 1 failure
"""


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the command."""
    from maillon.cli.person import add_person

    parser.epilog = EPILOG
    parser.add_argument("account", metavar="ACCOUNT", help="the account, as the logs name it")
    parser.add_argument("--hours", type=int, default=0, metavar="N", help="let it lapse after N hours")
    parser.add_argument("--suspend", action="store_true", help="close it at the identity provider too")
    parser.add_argument("--unseen", action="store_true", help="an account that no log has shown yet")
    add_person(parser, second=True)


def run(args: argparse.Namespace) -> int:
    """Order it, and say what is in force."""
    from maillon.cli.handing import account_of, checked, hand_over, new_id, reading, said
    from maillon.facts.errors import UsageError
    from maillon.facts.hand import HandOrder
    from maillon.render.in_force import ordered

    keys = checked(args)
    if args.hours < 0:
        raise UsageError(f"--hours {args.hours}: a time to come is a number of hours above 0")
    with reading(args, keys) as (state, _):
        name, hash_ = account_of(args.account, keys, state, unseen=args.unseen)
    now = said()
    word = HandOrder(
        id=new_id("hand", hash_, now),
        at=now,
        account=name,
        account_hash=hash_,
        action="suspend" if args.suspend else "contain",
        who=args.who,
        why=args.why,
        second=args.second,
        until=now + args.hours * 3_600_000_000 if args.hours else 0,
        said=now,
    )
    hands = hand_over(args, keys, word)
    print(ordered(word, hands.in_force if hands else None, hands.last if hands else 0, args.lang))
    return 0
