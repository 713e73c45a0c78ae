"""`maillon exposure`: whose identity was read, which fields, through what, since when; and who they are, on demand."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from maillon.cli.options import add_key, add_language, add_state

if TYPE_CHECKING:
    import polars as pl

    from maillon.edges.state import State
    from maillon.facts.exposure import Exposure
    from maillon.read.pseudonym import Keys

EPILOG = """Every count has three values: at least (surely the thief), likely, at most (what nobody can exclude: unnamed
rows of lists and gaps in the logs too). docs/exposure.md says how they are computed.

examples:
  maillon exposure 4f1c09ab77d2 --state DIR
  maillon exposure 4f1c09ab77d2 --state DIR --json > exposure.jsonl
  maillon exposure 4f1c09ab77d2 --state DIR --csv exposure.csv --parquet exposure.parquet

who the patients are, from the platform's own base, encrypted for one reader (extra maillon[exposure]):
  maillon exposure 4f1c09ab77d2 --state DIR --patients registry.csv --id-column ipp \\
      --recipient age1… --who "A. Martin, DPO" --why "letters to patients" --out patients.csv.age
"""


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the command."""
    parser.epilog = EPILOG
    parser.add_argument("id", metavar="INCIDENT", help="the incident, or the beginning of its name")
    add_state(parser, required=True)
    parser.add_argument(
        "--json", action="store_true", help="a summary, then one JSON object a patient, route and account"
    )
    parser.add_argument("--csv", type=Path, metavar="FILE", help="write the rows as CSV")
    parser.add_argument("--parquet", type=Path, metavar="FILE", help="write the rows as Parquet")
    who = parser.add_argument_group("who the patients are")
    who.add_argument(
        "--patients",
        metavar="REGISTRY",
        help="the platform's patient base: CSV, Parquet or SQLite file, or an address such as postgresql://HOST/BASE",
    )
    who.add_argument("--query", metavar="SQL", default="", help="what to read of a database")
    who.add_argument(
        "--id-column", metavar="NAME", default="", help="its column of identifiers, as the logs write them"
    )
    who.add_argument(
        "--recipient",
        metavar="KEY",
        action="append",
        default=[],
        help="public key of the reader: age1… or ssh-ed25519 …",
    )
    who.add_argument("--who", metavar="NAME", default="", help="who asks: it is written in the ledger")
    who.add_argument("--why", metavar="TEXT", default="", help="what for: it is written in the ledger")
    who.add_argument("--out", type=Path, metavar="FILE.age", help="where the encrypted list goes")
    who.add_argument(
        "--old-key", type=Path, metavar="FILE", action="append", default=[], help="an earlier key of this state"
    )
    add_key(parser)
    add_language(parser)


def run(args: argparse.Namespace) -> int:
    """Print what an incident exposed; write what was asked for."""
    from maillon.cli.exposure_files import write_csv, write_parquet
    from maillon.edges.keys import load_or_create
    from maillon.edges.ledger_place import holds_ledger
    from maillon.edges.state import State
    from maillon.facts.errors import UsageError
    from maillon.read.pseudonym import Keys
    from maillon.run.exposure import exposure_of

    _refuse_incomplete(args)
    if not holds_ledger(args.state):
        raise UsageError(f"{args.state}: no state of Maillon here; `maillon scan --state {args.state} LOG…` makes one")
    keys = Keys(*load_or_create(args.key, args.state, create=False))
    with State(args.state, keys.pseudonym("state", b"key id"), hold=False) as state:
        exposure, lazy = exposure_of(state, args.id)
        rows = lazy.collect()
        _print(args, exposure, rows)
        if args.csv:
            write_csv(args.csv, exposure.incident, rows)
        if args.parquet:
            write_parquet(args.parquet, exposure.incident, rows)
        if args.patients:
            _find_patients(args, state, keys, exposure, rows)
    return 10 if exposure.patients.upper else 0


def _refuse_incomplete(args: argparse.Namespace) -> None:
    """Raise UsageError where patients are asked for without all that makes it lawful and safe."""
    from maillon.facts.errors import UsageError

    needed = {"--recipient": args.recipient, "--who": args.who.strip(), "--why": args.why.strip(), "--out": args.out}
    if args.patients and (missing := [name for name, value in needed.items() if not value]):
        raise UsageError(
            f"--patients also needs {', '.join(missing)}: the list leaves encrypted for its reader, and the ledger "
            "keeps who asked for it and why"
        )
    if not args.patients and (unused := [name for name, value in needed.items() if value]):
        raise UsageError(f"{', '.join(unused)}: only with --patients REGISTRY")


def _print(args: argparse.Namespace, exposure: Exposure, rows: pl.DataFrame) -> None:
    if args.json:
        from maillon.render.exposure_json import exposure_lines

        for line in exposure_lines(exposure, rows.iter_rows(named=True)):
            print(line)
    else:
        from maillon.render.exposure_screen import exposure_screen

        print(exposure_screen(exposure, args.lang))


def _find_patients(args: argparse.Namespace, state: State, keys: Keys, exposure: Exposure, rows: pl.DataFrame) -> None:
    """Join the patients with the registry, record it, and write the list encrypted: nothing of it is kept in clear."""
    import sys
    import time

    from maillon.cli.exposure_files import as_csv, write_bytes
    from maillon.edges.age import encrypt
    from maillon.edges.keys import load_or_create
    from maillon.edges.registry import read_registry
    from maillon.read.pseudonym import Keys
    from maillon.run.reidentify import domains_of, entry, reidentify

    older = [Keys(*load_or_create(path, args.state, create=False)) for path in args.old_key]
    encrypt(b"", args.recipient)  # a wrong key is told before a long join
    registry = read_registry(args.patients, args.id_column, args.query)
    found = reidentify(rows.lazy(), registry, [keys, *older], domains_of(state))
    sealed = encrypt(as_csv(found.table), args.recipient)
    request = {
        "incident": exposure.incident,
        "who": args.who.strip(),
        "why": args.why.strip(),
        "recipients": args.recipient,
        "registry": registry.name,
        "patients": found.patients,
        "missing": found.missing,
    }
    state.record([entry(request, time.time_ns() // 1_000)])  # before anything leaves
    write_bytes(args.out, sealed)
    for note in found.notes:
        print(f"maillon: {note}", file=sys.stderr)
    if found.missing:
        print(f"maillon: {found.missing} exposed patients are not in {registry.name}", file=sys.stderr)
    print(f"{args.out}: {found.patients} patients, encrypted; recorded in the ledger", file=sys.stderr)
