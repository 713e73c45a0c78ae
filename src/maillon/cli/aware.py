"""`maillon aware`: the moment from which the 72 hours of art. 33 GDPR run, in a person's own word."""

from __future__ import annotations

import argparse

EPILOG = """Awareness is a reasonable degree of certainty that personal data are compromised. The 72 hours run from it,
weekends included. Until a person says otherwise Maillon proposes the first containment that was decided. The last word
counts; every word stays in the ledger.

examples:
  maillon aware 4f1c09ab77d2 --state DIR --at "2026-03-08 11:30" --why "the owner said on the telephone: not me"
  maillon aware 4f1c09ab77d2 --state DIR --why "list of accounts confirmed by the SOC"      from now on
"""


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the command."""
    from maillon.cli.person import add_person

    parser.epilog = EPILOG
    parser.add_argument("id", metavar="ID", help="the incident, or the beginning of its name")
    parser.add_argument(
        "--at",
        metavar="TIME",
        default="",
        help="when (RFC 3339, or date and time on the incident's own clock; default: now)",
    )
    add_person(parser)


def run(args: argparse.Namespace) -> int:
    """Record the moment in the ledger and say when the 72 hours end."""
    from maillon.cli.chosen import chosen
    from maillon.cli.handing import checked, reading, said
    from maillon.facts.awareness import Awareness
    from maillon.facts.errors import UsageError
    from maillon.render.checklist import clock_line
    from maillon.run.notes import awareness_entry

    keys = checked(args)
    incident, _ = chosen(args)
    now = said()
    at = moment_of(args.at, incident.zone, "--at") if args.at else now
    if at > now:
        raise UsageError(f"--at {args.at}: lies in the future")
    if at < incident.since:
        raise UsageError(f"--at {args.at}: lies before the first access of this incident; nobody could know yet")
    aware = Awareness(incident.id, at, args.why.strip(), args.who.strip(), now)
    with reading(args, keys) as (state, _):
        state.record([awareness_entry(aware)])
    print(clock_line(aware, incident.zone, args.lang, now))
    return 0


def moment_of(text: str, zone: int, option: str) -> int:
    """Return µs since 1970 of the moment that `option` gives; one without an offset is `zone` seconds east of UTC.

    Raises UsageError for what is no moment.
    """
    from datetime import datetime, timedelta, timezone

    from maillon.facts.errors import UsageError

    try:
        when = datetime.fromisoformat(text.strip())
    except ValueError:
        raise UsageError(
            f'{option} {text}: is no moment; write 2026-03-08T11:30:00+01:00, or "2026-03-08 11:30"'
        ) from None
    if when.tzinfo is None:
        when = when.replace(tzinfo=timezone(timedelta(seconds=zone)))
    return round(when.timestamp() * 1_000_000)
