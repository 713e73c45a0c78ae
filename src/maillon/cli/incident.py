"""`maillon incident`: one incident with its accounts and reasons."""

from __future__ import annotations

import argparse
from pathlib import Path

from maillon.cli.options import add_key, add_language, add_state


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the command."""
    parser.epilog = "example: maillon incident show 4f1c09ab77d2 --state /var/lib/maillon --report incident.html"
    verbs = parser.add_subparsers(dest="verb", metavar="show", required=True)
    show = verbs.add_parser("show", help="who, since when, how many patients, why")
    show.add_argument("id", metavar="ID", help="the incident, or the beginning of its name")
    show.add_argument("--report", type=Path, metavar="FILE.html", help="write a self-contained report")
    add_state(show, required=True)
    add_key(show)
    add_language(show)


def run(args: argparse.Namespace) -> int:
    """Print one incident."""
    from maillon.cli.remembering import remembered
    from maillon.cli.scan import write_report
    from maillon.facts.errors import UsageError
    from maillon.render.screen import screen

    findings = remembered(args)
    chosen = [one for one in findings.incidents if args.id in {one.id, *one.absorbs} or one.id.startswith(args.id)]
    if len(chosen) != 1:
        many = "more than one incident begins so" if chosen else "no such incident"
        raise UsageError(f"{args.id}: {many}; `maillon incidents --state {args.state}` lists them")
    findings.incidents = chosen
    findings.decisions = [one for one in findings.decisions if one.incident == chosen[0].id]
    print(screen(findings, args.lang))
    write_report(args, findings)
    return 10
