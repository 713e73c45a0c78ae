"""`maillon backup`: the state in one file, and the key apart."""

from __future__ import annotations

import argparse
from pathlib import Path

from maillon.cli.options import add_key, add_state

EPILOG = """examples:
  maillon backup --state /var/lib/maillon --out maillon.tar.zst     the state; it holds no key
  maillon backup --key-out key.backup                               the key, for another place than the state's
"""


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the command."""
    parser.epilog = EPILOG
    add_state(parser, required=False)
    parser.add_argument("--out", type=Path, metavar="FILE", help="where the state's archive goes (tar, zstd)")
    parser.add_argument("--key-out", type=Path, metavar="FILE", help="where a copy of the key goes")
    add_key(parser)


def run(args: argparse.Namespace) -> int:
    """Write what was asked for."""
    from maillon.edges.backup import backup
    from maillon.edges.keys import load_or_create, save
    from maillon.facts.errors import UsageError

    if bool(args.state) != bool(args.out) or not (args.out or args.key_out):
        raise UsageError(
            "name the state and its archive (--state DIR --out FILE), or where the key goes (--key-out FILE)"
        )
    if args.out:
        print(f"{args.out}: {backup(args.state, args.out)} files")
    if args.key_out:
        save(args.key_out, *load_or_create(args.key, args.state))
        print(f"{args.key_out}: the key; keep it apart from the state")
    return 0
