"""`maillon break-glass`: emergency passages, what was opened through them, and a person's word on each."""

from __future__ import annotations

import argparse

EPILOG = """Every passage is to be reviewed by somebody who was not the carer. One that was used beyond its limits, or
called an abuse, keeps the account from opening the next one without a person.

examples:
  maillon break-glass list --state /var/lib/maillon
  maillon break-glass review 09ab77d2 justified --state /var/lib/maillon --why "resuscitation, bed 4"
  maillon break-glass allow m.durand present --state /var/lib/maillon --why "second patient tonight, she called"
  maillon break-glass list --fhir --state /var/lib/maillon > audit.ndjson

exit status: 0 nothing to review, or done · 10 passages wait for a review · 2 bad usage · 1 failure
"""


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the command."""
    from maillon.cli.options import add_key, add_language, add_state
    from maillon.cli.person import add_person
    from maillon.facts.break_glass import REASONS

    parser.epilog = EPILOG
    verbs = parser.add_subparsers(dest="verb", metavar="list|review|allow", required=True)
    listed = verbs.add_parser("list", help="who opened one, why, how many patients, who reviewed it")
    listed.add_argument("--fhir", action="store_true", help="as FHIR AuditEvents, one JSON object a line")
    add_state(listed, required=True)
    add_key(listed)
    add_language(listed)
    review = verbs.add_parser("review", help="say whether one was justified")
    review.add_argument("id", metavar="ID", help="the passage, or how its name begins")
    review.add_argument("word", choices=("justified", "abuse"), help="what it was")
    add_person(review)
    allow = verbs.add_parser("allow", help="open one more for an account that has used its own")
    allow.add_argument("account", metavar="ACCOUNT", help="the account, as the logs name it")
    allow.add_argument("reason", choices=tuple(REASONS), help="why the carer needs it")
    allow.add_argument("--unseen", action="store_true", help="an account that no log has shown yet")
    add_person(allow)


def run(args: argparse.Namespace) -> int:
    """List, review or allow."""
    return {"list": _list, "review": _review, "allow": _allow}[args.verb](args)


def _list(args: argparse.Namespace) -> int:
    import json

    from maillon.cli.handing import checked, reading
    from maillon.decide.break_glass import to_review
    from maillon.render.audit_event import audit_event
    from maillon.render.in_force import passages

    keys = checked(args)
    with reading(args, keys) as (_, hands):
        in_force = hands.in_force
        if args.fhir:
            for glass in in_force.glasses():
                print(json.dumps(audit_event(glass, in_force.opened(glass), {}), ensure_ascii=False))
        else:
            print(passages(in_force, args.lang))
        return 10 if to_review(in_force) else 0


def _review(args: argparse.Namespace) -> int:
    from maillon.cli.handing import checked, hand_over, new_id, reading, said
    from maillon.decide.verdicts import persons
    from maillon.facts.break_glass import Review
    from maillon.facts.errors import UsageError
    from maillon.render.in_force import handed

    keys = checked(args)
    with reading(args, keys) as (_, hands):
        chosen = [one for one in hands.in_force.glasses() if one.id.startswith(args.id)]
    if len(chosen) != 1:
        raise UsageError(f"{args.id}: {'several begin so' if chosen else 'no such passage'}; `break-glass list` lists")
    glass, now = chosen[0], said()
    if persons([args.who]) == persons([glass.account]):
        raise UsageError(f"{args.who} opened this passage: somebody else reviews it")
    word = Review(
        new_id("review", glass.id, now), now, glass.id, glass.account_hash, args.word, args.who, args.why, said=now
    )
    print(handed(args.lang, taken=hand_over(args, keys, word) is not None))
    return 0


def _allow(args: argparse.Namespace) -> int:
    from maillon.cli.handing import account_of, checked, hand_over, reading, said
    from maillon.decide.break_glass import REFUSALS, open_glass
    from maillon.facts.errors import UsageError
    from maillon.render.in_force import handed

    keys = checked(args)
    with reading(args, keys) as (state, hands):
        name, hash_ = account_of(args.account, keys, state, unseen=args.unseen)
        now = said()
        glass = open_glass(name, hash_, args.reason, now, hands.in_force, person=args.who, why=args.why)
    if isinstance(glass, str):
        raise UsageError(f"{args.account}: {REFUSALS[glass][args.lang == 'en']}")
    print(handed(args.lang, taken=hand_over(args, keys, glass) is not None))
    return 0
