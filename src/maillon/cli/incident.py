"""`maillon incident`: one incident with its accounts and reasons."""

from __future__ import annotations

import argparse
from pathlib import Path

from maillon.cli.options import add_key, add_language, add_state
from maillon.facts.findings import Findings
from maillon.facts.incident import Incident


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
    from maillon.cli.noting import note
    from maillon.cli.remembering import remembered
    from maillon.cli.scan import write_report
    from maillon.facts.errors import UsageError
    from maillon.render.screen import screen

    findings = remembered(args)
    note(args, findings)
    every = findings.incidents
    chosen = [one for one in findings.incidents if args.id in {one.id, *one.absorbs} or one.id.startswith(args.id)]
    if len(chosen) != 1:
        many = "more than one incident begins so" if chosen else "no such incident"
        raise UsageError(f"{args.id}: {many}; `maillon incidents --state {args.state}` lists them")
    findings.incidents = chosen
    findings.decisions = [one for one in findings.decisions if one.incident == chosen[0].id]
    print(screen(findings, args.lang))
    print(f"\n{_what_now(findings, every, args.lang)}")
    write_report(args, findings)
    return 10


def _what_now(findings: Findings, every: list[Incident], lang: str) -> str:
    import time

    from maillon.render.checklist import places, what_now

    (incident,) = findings.incidents
    return what_now(
        incident,
        findings.decisions,
        findings.noted[incident.id],
        lang,
        others=every,
        places=places(findings.series.get(incident.id, ())),
        logs_begin=findings.logs_begin,
        now=time.time_ns() // 1_000,
    )
