"""`maillon forget`: one patient or one professional's account, where the right to it applies."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from maillon.cli.person import add_person

if TYPE_CHECKING:
    from maillon.edges.state import State
    from maillon.read.pseudonym import Keys

EPILOG = """A patient: accesses to them stay as accesses to nobody, so that a carer's work is still counted; their
pseudonym goes. An account: its accesses, its name and the ledger's entries about it go. The records are then folded
again from the lake, which takes as long as it took to read it; no process may hold the state meanwhile. Evidence of an
incident, entries that speak of others too, and who forgot and why are kept (docs/retention.md). Backups are yours to
destroy.

examples:
  maillon forget --patient 1-NSGY3F33IZJWKAHFIPT76GUY6E --state DIR --why "request 2026-17"
  maillon forget --identifier-from request.txt --state DIR --why "request 2026-17"     one identifier a line
  maillon forget --account agent05 --state DIR --why "left in 2024, request 2026-18"
"""


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the command."""
    parser.epilog = EPILOG
    whom = parser.add_mutually_exclusive_group(required=True)
    whom.add_argument("--patient", action="append", metavar="PSEUDONYM", help="a patient, as an exposure names them")
    whom.add_argument(
        "--identifier-from",
        type=Path,
        metavar="FILE",
        help="a file with identifiers as the logs write them, one a line (- for standard input): never an argument, "
        "which others on this machine could see",
    )
    whom.add_argument("--account", metavar="NAME", help="a professional's account")
    parser.add_argument("--even-evidence", action="store_true", help="also what an incident rests on")
    parser.add_argument(
        "--budget", type=float, metavar="B", help="the alarm budget that this state is run with, as for `scan`"
    )
    add_person(parser)


def run(args: argparse.Namespace) -> int:
    """Forget whom was named and say what went."""
    import time
    from dataclasses import asdict

    from maillon.cli.handing import account_of, checked
    from maillon.cli.scanning import policy_for
    from maillon.edges.state import State
    from maillon.render.kept import forgotten_words
    from maillon.run.forget import Wish, forget_account, forget_patients

    keys, policy = checked(args), policy_for(args.budget)
    wish = Wish(args.who.strip(), args.why.strip(), time.time_ns() // 1_000, args.even_evidence)
    with State(args.state, keys.pseudonym("state", b"key id")) as state:
        if args.account:
            _, account = account_of(args.account, keys, state)
            done = forget_account(state, account, wish, policy)
        else:
            done = forget_patients(state, _patients(args, state, keys), wish, policy)
    print(forgotten_words(args.lang, account=bool(args.account), **asdict(done)))
    return 0


def _patients(args: argparse.Namespace, state: State, keys: Keys) -> set[int]:
    """Return the hashes of the patients that were named. Raises UsageError."""
    import sys

    import polars as pl

    from maillon.edges import lake_window
    from maillon.facts.errors import UsageError
    from maillon.read.registry import hashed
    from maillon.run.reidentify import domains_of

    if args.patient:
        known = lake_window.pseudonyms(state.folder, state.parts())
        found = known.filter(pl.col("pseudonym").is_in(args.patient)).collect()
        unknown = set(args.patient) - set(found["pseudonym"])
        if unknown:
            raise UsageError(f"{', '.join(sorted(unknown))}: no such pseudonym in this state")
        return set(found["patient"])
    try:
        text = sys.stdin.read() if str(args.identifier_from) == "-" else args.identifier_from.read_text("utf-8-sig")
    except OSError as error:
        raise UsageError(f"{args.identifier_from} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise UsageError(f"{args.identifier_from} is not UTF-8 text") from None
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if not lines:
        raise UsageError(f"{args.identifier_from} holds no identifier")
    _, hashes = hashed(pl.Series(lines), [keys], domains_of(state))
    return {int(one) for one in hashes.ravel() if one}
