"""`maillon verify`: whether a ledger or an evidence pack is whole, and how far a ledger had come."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from maillon.edges.ledger import Ledger

EPILOG = """A cut of the ledger's end leaves what is before it whole. Hand a signed head to another party from time to
time (--head), who keeps it: --against it, a ledger that was cut or written anew is found. docs/evidence.md tells how
others check heads and packs without Maillon.

examples:
  maillon verify /var/lib/maillon
  maillon verify /var/lib/maillon --head 2026-03.head      to be kept elsewhere
  maillon verify /var/lib/maillon --against 2026-03.head
  maillon verify incident.zip --public site.pem

exit status: 0 whole · 1 something was changed, removed or cut off (which is said) · 2 no such state or pack
"""


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the command."""
    parser.epilog = EPILOG
    parser.add_argument(
        "place", type=Path, metavar="DIR|PACK", help="a state directory, or an evidence pack (zip, tar, or unpacked)"
    )
    parser.add_argument(
        "--head", nargs="?", const="-", metavar="FILE", help="write a signed head of the ledger (default: print it)"
    )
    parser.add_argument(
        "--against", type=Path, action="append", default=[], metavar="FILE", help="a head that was handed out before"
    )
    parser.add_argument("--public", type=Path, metavar="FILE.pem", help="the key that must have signed")
    parser.add_argument(
        "--signing-key",
        type=Path,
        metavar="FILE",
        help="the key that signs heads (default: $MAILLON_SIGNING_KEY, else the user's configuration; made at first "
        "use)",
    )


def run(args: argparse.Namespace) -> int:
    """Check what was named and say where it is not whole."""
    from maillon.edges.ledger_place import holds_ledger
    from maillon.facts.errors import UsageError

    if holds_ledger(args.place):
        return _ledger(args)
    if args.head or args.against:
        raise UsageError(f"{args.place}: no state of Maillon here; --head and --against are about a state directory")
    if args.place.is_dir() and not (args.place / "SHA256SUMS").exists():
        raise UsageError(f"{args.place}: neither a state of Maillon nor an evidence pack here")
    return _pack(args)


def _ledger(args: argparse.Namespace) -> int:
    from maillon.edges.ledger_place import open_ledger

    ledger = open_ledger(args.place)
    try:
        whole, wrong = ledger.verify()
        told = [f"{path}: {sentence}" for path in args.against if (sentence := _against(args, ledger, path))]
        head = ledger.head()
        genesis = ledger.genesis
    finally:
        ledger.close()
    out = sys.stderr if args.head == "-" else sys.stdout
    print(f"{whole} entries are whole" + (f"; {wrong}" if wrong else ", and nothing is missing"), file=out)
    for sentence in told:
        print(sentence, file=out)
    if args.against and not told:
        print(f"{len(args.against)} head(s) handed out before stand in it", file=out)
    if wrong or told:
        return 1
    if args.head:
        _write_head(args, genesis, *head)
    return 0


def _against(args: argparse.Namespace, ledger: Ledger, path: Path) -> str:
    """Return what is wrong with the ledger by a head that was handed out, "" = nothing."""
    from maillon.edges.heads import read_head
    from maillon.edges.signing import fingerprint

    head = read_head(_read(path), str(path))
    if args.public and fingerprint(_read(args.public)) != fingerprint(head.public):
        return f"it was not signed by the key {args.public}"
    if head.genesis != ledger.genesis:
        return "it is the head of another ledger, or this one was made anew from its start"
    number, link = ledger.head(head.entries)
    if number != head.entries:
        return f"{head.entries} entries stood in the ledger on {head.at}; the last of them were cut off"
    return "" if link == head.link else f"entry {number}, or one before it, is another than on {head.at}"


def _write_head(args: argparse.Namespace, genesis: str, entries: int, link: str) -> None:
    import time

    from maillon.cli.exposure_files import write_bytes
    from maillon.edges.heads import write_head
    from maillon.edges.signing import signer
    from maillon.render.clock import rfc3339

    made = signer(args.signing_key, args.place)
    text = write_head(genesis, entries, link, rfc3339(time.time_ns() // 1_000, 0), made)
    if args.head == "-":
        print(text, end="")
    else:
        write_bytes(Path(args.head), text.encode())
        print(f"{args.head}: the head of entry {entries}, signed by {made.name}; keep it elsewhere")


def _pack(args: argparse.Namespace) -> int:
    from maillon.edges.archive import unpacked
    from maillon.run.evidence_check import check

    if args.place.is_dir():
        files, frame = {path.name: _read(path) for path in sorted(args.place.iterdir()) if path.is_file()}, ""
    else:
        files, frame = unpacked(_read(args.place))
    done = check(files, frame, _read(args.public) if args.public else b"")
    for sentence in done.wrong:
        print(f"{args.place}: {sentence}")
    if done.wrong:
        return 1
    print(f"{args.place}: {done.files} files are whole, {done.entries} entries of the ledger are one chain")
    print(f"signed by {done.key}" + ("" if args.public else ": compare it with what you were told by another way"))
    return 0


def _read(path: Path) -> bytes:
    from maillon.facts.errors import UsageError

    try:
        return path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from None
