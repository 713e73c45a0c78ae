"""`maillon incidents`: what was found so far."""

from __future__ import annotations

import argparse

from maillon.cli.options import add_key, add_language, add_state


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the command."""
    parser.epilog = "example: maillon incidents --state /var/lib/maillon --json"
    add_state(parser, required=True)
    parser.add_argument("--json", action="store_true", help="every decision and incident, one JSON object a line")
    add_key(parser)
    add_language(parser)


def run(args: argparse.Namespace) -> int:
    """Print every decision and incident of the state."""
    from maillon.cli.remembering import remembered

    findings = remembered(args)
    if args.json:
        from maillon.render.json_lines import lines

        for line in lines(findings):
            print(line)
    else:
        from maillon.render.screen import screen

        print(screen(findings, args.lang))
    return 10 if findings.decisions else 0
