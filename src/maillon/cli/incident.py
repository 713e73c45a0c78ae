"""`maillon incident`: one incident with its accounts and reasons, and its evidence in one file."""

from __future__ import annotations

import argparse
from pathlib import Path

from maillon.cli.options import add_key, add_language, add_state
from maillon.facts.findings import Findings
from maillon.facts.incident import Incident

EPILOG = """examples:
  maillon incident show 4f1c09ab77d2 --state /var/lib/maillon --report incident.html
  maillon incident export 4f1c09ab77d2 --state /var/lib/maillon --out 4f1c09ab77d2.zip --why "complaint"

An export holds decisions with reasons, accesses and exposure (patients as pseudonyms), coverage, configuration,
versions and the ledger's part about it. openssl and sha256sum check it, and so does `maillon verify FILE`
(docs/evidence.md).
"""


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the command."""
    parser.epilog = EPILOG
    verbs = parser.add_subparsers(dest="verb", metavar="show|export", required=True)
    show = verbs.add_parser("show", help="who, since when, how many patients, why")
    show.add_argument("id", metavar="ID", help="the incident, or the beginning of its name")
    show.add_argument("--report", type=Path, metavar="FILE.html", help="write a self-contained report")
    add_state(show, required=True)
    add_key(show)
    add_language(show)
    export = verbs.add_parser("export", help="everything about it in one signed archive, for others to check")
    export.add_argument("id", metavar="ID", help="the incident, or the beginning of its name")
    export.add_argument("--out", type=Path, required=True, metavar="FILE.zip|tar", help="where the archive goes")
    export.add_argument(
        "--who", default="", metavar="NAME", help="who asks: it is written in the ledger (default: you)"
    )
    export.add_argument("--why", default="", metavar="TEXT", help="what for: it is written in the ledger")
    export.add_argument(
        "--signing-key",
        type=Path,
        metavar="FILE",
        help="the key that signs (default: $MAILLON_SIGNING_KEY, else the user's configuration; made at first use)",
    )
    add_state(export, required=True)
    add_key(export)


def run(args: argparse.Namespace) -> int:
    """Print one incident, or write its evidence."""
    return _export(args) if args.verb == "export" else _show(args)


def _export(args: argparse.Namespace) -> int:
    import getpass
    import time

    from maillon.cli.exposure_files import write_bytes
    from maillon.cli.handing import checked
    from maillon.edges.archive import kind_of, packed
    from maillon.edges.signing import signer
    from maillon.edges.state import State
    from maillon.run.evidence import Request, evidence

    kind = kind_of(args.out)
    request = Request(args.who.strip() or getpass.getuser(), args.why.strip(), time.time_ns() // 1_000)
    args.who, args.why = request.who, request.why or "-"
    keys, signed = checked(args), signer(args.signing_key, args.state)
    with State(args.state, keys.pseudonym("state", b"key id"), hold=False) as state:
        files = evidence(state, args.id, request, str(keys.version), signed)
    write_bytes(args.out, packed(files, kind))
    print(f"{args.out}: {len(files)} files, signed by {signed.name}; the ledger remembers the export")
    return 0


def _show(args: argparse.Namespace) -> int:
    from maillon.cli.chain import of_incidents
    from maillon.cli.noting import note
    from maillon.cli.remembering import remembered
    from maillon.cli.scan import write_report
    from maillon.facts.errors import UsageError
    from maillon.render.chain import chain_screen
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
    if found := of_incidents(args, findings):
        print(f"\n{chain_screen(found, args.lang)}")
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
