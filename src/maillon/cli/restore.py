"""`maillon restore`: bring back what backup saved."""

from __future__ import annotations

import argparse
from pathlib import Path

from maillon.cli.options import add_key, add_state


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the command."""
    parser.epilog = (
        "examples:\n  maillon restore maillon.tar.zst --state /var/lib/maillon\n"
        "  maillon restore --key-from key.backup --key /etc/maillon/key"
    )
    parser.add_argument("archive", type=Path, nargs="?", help="what `maillon backup --out` wrote")
    add_state(parser, required=False)
    parser.add_argument("--key-from", type=Path, metavar="FILE", help="a key that `maillon backup --key-out` wrote")
    add_key(parser)


def run(args: argparse.Namespace) -> int:
    """Restore a state into an empty directory, or a key where none lies."""
    from maillon.edges.backup import restore
    from maillon.edges.keys import default_path, load_or_create, save
    from maillon.facts.errors import UsageError

    if bool(args.archive) != bool(args.state) or not (args.archive or args.key_from):
        raise UsageError("name the archive and where it goes (ARCHIVE --state DIR), or the key (--key-from FILE)")
    if args.key_from:
        if not args.key_from.exists():
            raise UsageError(f"{args.key_from}: no such file")
        save(args.key or default_path(), *load_or_create(args.key_from))
        print(f"{args.key or default_path()}: the key is back")
    if args.archive:
        print(f"{args.state}: {restore(args.archive, args.state)} files")
    return 0
