"""`maillon scan`: from a real log to a finding."""

from __future__ import annotations

import argparse
import gc
import sys
from pathlib import Path

from maillon.cli.options import add_key, add_language, add_state

EPILOG = """LOG is a file, a glob, a directory or - for standard input; plain, gzip, zstd or xz; rotated sets in any
order. The format is told by content: nginx and Apache access logs, EZproxy, JSON logs of nginx, Caddy, Traefik and
Envoy, Keycloak events, FHIR AuditEvents, IHE ATNA and DICOM audit messages, OCSF and ECS events, Maillon's own event
lines (docs/formats.md). Without --service the routes are learnt (docs/learning.md).

examples:
  maillon scan /var/log/nginx/                              everything there
  maillon scan access.log* keycloak.log --report day.html   two services at once, and a report to read
  maillon scan --state /var/lib/maillon /var/log/nginx/     keep what was learnt; the next scan continues
  maillon scan --engine spark --state DIR --rebuild         years of history, on as many machines as Spark has
  zcat old.gz | maillon scan - --json                       one JSON object a line, for programs

exit status: 0 nothing found · 10 something to look at · 2 bad usage or configuration · 1 failure
"""


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the command."""
    parser.epilog = EPILOG
    parser.add_argument("logs", nargs="*", metavar="LOG", help="what to read")
    parser.add_argument(
        "--service",
        action="append",
        type=Path,
        default=[],
        metavar="PROFILE",
        help="a service profile (TOML, docs/profile.md); may be given several times",
    )
    add_state(parser, required=False)
    parser.add_argument("--rebuild", action="store_true", help="with --state: fold the lake again from its first event")
    parser.add_argument(
        "--engine",
        choices=("here", "spark"),
        default="here",
        help="with --state: where the lake is folded, in this process or on Spark, again from its first event "
        "(docs/spark.md; default: here)",
    )
    parser.add_argument("--shards", type=int, default=16, metavar="N", help="with --engine spark (default: 16)")
    parser.add_argument("--json", action="store_true", help="one JSON object a line on standard output, nothing else")
    parser.add_argument("--report", type=Path, metavar="FILE.html", help="write a self-contained report")
    parser.add_argument("--log-format", default="", metavar="STRING", help="an nginx log_format string for custom logs")
    parser.add_argument("--tz", default="", metavar="ZONE", help="time zone of logs that write none, e.g. Europe/Paris")
    parser.add_argument(
        "--budget", type=float, metavar="N", help="wrong containments a month per 40,000 accounts (default: 0.5)"
    )
    parser.add_argument(
        "--directory", type=Path, metavar="FILE.csv", help="who works where as what (docs/directory.md)"
    )
    add_key(parser)
    add_language(parser)
    parser.set_defaults(hour_limit=0)  # the demo stands a fixed limit beside Maillon


def run(args: argparse.Namespace) -> int:
    """Scan, print, and say by the exit status whether there is something to look at."""
    gc.disable()  # nothing that is made while it starts is ever garbage: `scanning` enables it before it reads
    sys.setswitchinterval(0.0005)  # threads that parse give the interpreter back soon, and must not wait long for it
    from maillon.cli.directory import directory_of, placed
    from maillon.cli.scanning import scan
    from maillon.render.screen import screen

    directory = directory_of(args)
    findings = scan(args, directory.programs())
    findings.decisions = placed(findings.decisions, directory)
    write_report(args, findings)
    if args.json:
        from maillon.render.json_lines import lines

        for line in lines(findings):
            print(line)
    else:
        print(screen(findings, args.lang))
        if args.report:
            print(f"\n{args.report.resolve()}")
    return 10 if findings.decisions else 0


def write_report(args: argparse.Namespace, findings: object) -> None:
    """Write the HTML report where one was asked for."""
    if not args.report:
        return
    from maillon.edges.durable import write_whole
    from maillon.facts.errors import StateError
    from maillon.facts.findings import Findings
    from maillon.render.report import report

    assert isinstance(findings, Findings)
    try:
        # It names accounts: only its owner reads it until they decide otherwise.
        write_whole(args.report, report(findings, args.lang).encode())
    except OSError as error:
        raise StateError(f"the report {args.report} cannot be written: {error.strerror}") from None
    print(f"report: {args.report}", file=sys.stderr)
