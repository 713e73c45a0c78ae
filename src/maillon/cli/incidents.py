"""`maillon incidents`: what was found so far."""

from __future__ import annotations

import argparse

from maillon.cli.options import add_key, add_language, add_state


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the command."""
    parser.epilog = "example: maillon incidents --state /var/lib/maillon --json"
    add_state(parser, required=True)
    parser.add_argument(
        "--json", action="store_true", help="decisions, incidents, what is in force: a JSON object each"
    )
    add_key(parser)
    add_language(parser)


def run(args: argparse.Namespace) -> int:
    """Print every decision and incident of the state, and what is in force."""
    from maillon.cli.remembering import remembered, standing
    from maillon.render.in_force import in_force_json, in_force_lines

    findings = remembered(args)
    in_force, at = standing(args)
    if args.json:
        from maillon.cli.chain import of_incidents
        from maillon.render.chain import chain_lines
        from maillon.render.json_lines import lines

        for line in lines(findings):
            print(line)
        for line in (*chain_lines(of_incidents(args, findings)), *in_force_json(in_force, at, findings.zone)):
            print(line)
    else:
        from maillon.render.screen import screen

        print(screen(findings, args.lang))
        if text := in_force_lines(in_force, at, findings.zone, args.lang):
            print(f"\n{text}")
    return 10 if findings.decisions else 0
