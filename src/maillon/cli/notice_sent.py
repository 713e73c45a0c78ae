"""`maillon notice --sent`: a person says that they sent a notice; Maillon sends none."""

from __future__ import annotations

import argparse
from dataclasses import asdict

from maillon.cli.aware import moment_of
from maillon.cli.chosen import chosen
from maillon.cli.handing import checked, reading, said
from maillon.facts.errors import UsageError
from maillon.render.clock import to_the_minute
from maillon.run.notes import announced, notice_entry


def record_sent(args: argparse.Namespace) -> int:
    """Enter in the ledger when a form was sent. Raises UsageError for a moment that cannot be meant."""
    if not args.id or not args.state:
        raise UsageError("--sent: name the incident, and its state directory with --state DIR")
    keys = checked(args)
    incident, _ = chosen(args)
    now = said()
    sent = now if args.sent == "now" else moment_of(args.sent, incident.zone, "--sent")
    if not incident.since <= sent <= now:
        raise UsageError(f"--sent {args.sent}: lies in the future, or before the first access of this incident")
    with reading(args, keys) as (state, _):
        given = announced(state, incident)
        body = {
            "incident": incident.id,
            "form": args.form,
            "phase": args.phase if args.form == "cnil" else "",
            "lang": args.lang,
            "made": now,
            "sent": sent,
            "patients": asdict(given.patients) if given and args.form == "cnil" else None,
            "who": args.who,
        }
        state.record([notice_entry(body)])
    print(f"{args.form}: {to_the_minute(sent, incident.zone, args.lang)}")
    return 0
