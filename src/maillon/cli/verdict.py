"""`maillon verdict`: a person's word on an incident, a decision or an account."""

from __future__ import annotations

import argparse

EPILOG = """`legitimate` lifts what was ordered, holds back the same kind of evidence from the same network and client,
and teaches; it expires (30 days, or --days). Above a number of patients (100; [response] verdict_patients) it counts
only when a second person agrees: --second, or the same command by somebody else. `theft` confirms what was ordered: it
no longer lapses.

examples:
  maillon verdict 4f1c09ab77d2 legitimate --state /var/lib/maillon --why "yearly audit of the ward, announced"
  maillon verdict m.durand theft --state /var/lib/maillon --why "she was asleep"

exit status: 0 said · 2 bad usage · 1 failure
"""


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the command."""
    from maillon.cli.person import add_person

    parser.epilog = EPILOG
    parser.add_argument("id", metavar="ID", help="an incident, a decision (or how its name begins), or an account")
    parser.add_argument("word", choices=("legitimate", "theft"), help="what it was")
    parser.add_argument("--days", type=int, default=0, metavar="N", help="how long it holds")
    add_person(parser, second=True)


def run(args: argparse.Namespace) -> int:
    """Record it, and say what it does."""
    from maillon.cli.handing import checked, days, hand_over, new_id, reading, said
    from maillon.cli.naming import spoken_of
    from maillon.cli.remembering import remembered
    from maillon.facts.errors import UsageError
    from maillon.facts.verdict import Held, Verdict
    from maillon.render.in_force import told

    keys = checked(args)
    if args.days < 0:
        raise UsageError(f"--days {args.days}: a time to come is a number of days above 0")
    findings = remembered(args)
    of, decisions, whole = spoken_of(args.id, findings)
    with reading(args, keys) as (_, before):
        lasts = args.days or before.in_force.policy.verdict_days
    now = said()
    incidents = {one.incident for one in decisions}
    word = Verdict(
        id=new_id("verdict", of, now),
        at=now,
        of=of,
        word=args.word,
        who=args.who,
        why=args.why,
        until=now + days(lasts),
        second=args.second,
        said=now,
        patients=sum(one.patients_upper for one in findings.incidents if one.id in incidents),
        accounts=tuple(sorted({one.account_hash for one in decisions})),
        decisions=() if whole else tuple(one.id for one in decisions),
        holds=tuple(dict.fromkeys(Held(one.account_hash, one.kind, one.network, one.device) for one in decisions)),
    )
    hands = hand_over(args, keys, word)
    print(told(word, hands.in_force if hands else None, args.lang))
    return 0
