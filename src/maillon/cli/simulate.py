"""`maillon simulate`: the logs of an invented region, with or without a theft."""

from __future__ import annotations

import argparse
from pathlib import Path

ATTACKS = (
    "campaign", "smash", "paced", "slow", "walk", "dormant", "replay",
    "warmup", "saturate", "reread", "surge", "migration", "split", "mimic", "rotating", "lists", "exports", "none",
)  # fmt: skip
"""The shelf of sim/attacks by name, without importing it: `--help` answers at once."""

EPILOG = """It writes portal-access.log (nginx combined with trailing fields) and keycloak-events.jsonl, and the truth
beside them (truth.csv: which accounts were stolen, when, how many patients were read).

examples:
  maillon simulate --seed 7 --out region/
  maillon simulate --seed 7 --out region/ --attack slow --accounts 2000 --days 45
"""


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the command."""
    parser.epilog = EPILOG
    parser.add_argument(
        "--seed",
        type=int,
        default=1,
        metavar="N",
        help="any number; the same one gives the same logs (default: %(default)s)",
    )
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="where the logs go")
    parser.add_argument(
        "--accounts", type=int, default=400, metavar="N", help="professionals' accounts (default: %(default)s)"
    )
    parser.add_argument(
        "--days", type=int, default=21, metavar="N", help="days that the logs span (default: %(default)s)"
    )
    parser.add_argument("--thieves", type=int, default=10, metavar="N", help="stolen accounts (default: %(default)s)")
    parser.add_argument(
        "--attack", choices=ATTACKS, default="campaign", help="what the thieves do (default: %(default)s)"
    )


def run(args: argparse.Namespace) -> int:
    """Write the logs."""
    from maillon.cli.region import write_region

    for path in write_region(args.out, args.seed, args.accounts, args.days, args.thieves, args.attack)[1]:
        print(path)
    return 0
