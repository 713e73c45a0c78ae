"""`maillon demo`: the main job on an invented region, in one go."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from maillon.cli.options import add_language

EPILOG = """It writes the logs of an invented region (a web access log and Keycloak's events: some hundreds of accounts,
three weeks, a theft of ten accounts somewhere inside), then treats them as any other log: nothing is told to the
scan. Any --seed will do; thieves draw their pace and their moment at random.

examples:
  maillon demo
  maillon demo --seed 42 --out demo/     keep the logs and the report there
"""


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the command."""
    parser.epilog = EPILOG
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="any number (default: %(default)s)")
    parser.add_argument(
        "--out",
        type=Path,
        default=Path("maillon-demo"),
        metavar="DIR",
        help="where logs and report go (default: %(default)s)",
    )
    parser.add_argument("--json", action="store_true", help="print the findings as `maillon scan --json` does")
    add_language(parser)


def run(args: argparse.Namespace) -> int:
    """Write a region, scan it, show what was found."""
    from maillon.cli.region import scan_region, write_region
    from maillon.cli.scan import write_report

    _tell(f"writing the logs of an invented region (seed {args.seed}) …")
    region, paths = write_region(args.out, args.seed, 400, 21, 10, "campaign")
    _tell("reading them as any other log …")
    findings = scan_region(paths)
    stolen = {theft.account for theft in region.truth.thefts}
    found = {account for one in findings.incidents[:1] for account in one.accounts}
    honest = {one.account for one in findings.decisions if one.action == "contain"} - stolen
    findings.truth = {
        "stolen": len(stolen),
        "found": len(stolen & found),
        "patients": len({int(patient) for theft in region.truth.thefts for patient in theft.patients}),
        "honest_contained": len(honest),
        "honest_in_incident": len(found - stolen),
    }
    args.report = args.out / "report.html"
    if args.json:
        from maillon.render.json_lines import lines

        for line in lines(findings):
            print(line)
    else:
        from maillon.render.screen import screen

        print(screen(findings, args.lang))
    write_report(args, findings)
    if findings.incidents:
        from maillon.render.picture import picture

        (args.out / "theft.svg").write_text(picture(findings, args.lang), encoding="utf-8")
    return 0 if stolen & found else 1


def _tell(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
