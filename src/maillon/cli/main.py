"""The command line: one table of commands, one place where errors become sentences and exit statuses.

Commands import what they need when they run, so that `--help` answers at once.
"""

from __future__ import annotations

import argparse
import os
import sys
import traceback
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from maillon import __version__
from maillon.facts.errors import MaillonError

COMMANDS = {
    "demo": "the main job on an invented region, in one go",
    "scan": "read logs, from a line to a finding",
    "serve": "follow live sources, decide, and answer proxies request by request",
    "responders": "who can act on an order, and whether their credentials work",
    "profile": "learn or check how a service's routes map to actions, patients and fields",
    "incidents": "what was found so far, from a state directory",
    "incident": "one incident with its reasons",
    "hunt": "which accounts were used from an address, a network or a client learnt of later",
    "exposure": "whose identity was read, which fields, since when; and who they are, on demand",
    "aware": "record when a breach became known: the 72 hours run from it",
    "notice": "notices to authorities, patients, owners and staff, filled from the evidence",
    "contain": "end an account's sessions and block it, by hand",
    "release": "take back all that was ordered about an account",
    "verdict": "say of an incident, a decision or an account what it was",
    "break-glass": "carers' emergency passages, and their review",
    "verify": "check that the ledger of a state directory is whole",
    "ledger": "where the ledger of a state directory lies, and its way into PostgreSQL",
    "retain": "erase what is older than it may be kept",
    "forget": "forget one patient or one account, where that is lawful",
    "keys": "the versions of the pseudonym key: rotate it, destroy an old one",
    "backup": "save a state directory, and the key apart",
    "restore": "bring back what backup saved",
    "simulate": "write the logs of an invented region",
    "drill": "plant a thief in a copy of your own log and see when it would have been stopped",
    "leaks": "which of your accounts stolen credentials name, and what to do",
    "lookalikes": "names of the Internet that imitate the brands of health and your portals",
    "whatif": "replay your own last month under a policy before enforcing it",
    "chain": "from a leak or a look-alike to what followed, and a stronger log-in for who was hit",
    "weakest": "what each account's theft would cost, and the cheapest mend",
    "posture": "how well accounts are kept, by establishment and month",
}
"""Each command lives in the module of its name: `add(parser)` declares it, `run(args)` does it."""

EPILOG = """examples:
  maillon demo                                   see it work on an invented region
  maillon scan /var/log/nginx/access.log*        a first finding, no configuration
  maillon scan --state /var/lib/maillon LOGS     keep what was learnt; the next scan reads only what is new
  maillon profile learn access.log               what Maillon understands of a service's routes

exit status: 0 nothing found · 10 something to look at · 2 bad usage or configuration · 1 failure
"""


def parser(only: str = "") -> argparse.ArgumentParser:
    """Build the parser. With `only`, just that command is declared in full, so that the others are not imported."""
    top = argparse.ArgumentParser(
        prog="maillon",
        description="Keeps stolen professional accounts from emptying shared health services.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    top.add_argument("--version", action="version", version=f"maillon {__version__}")
    commands = top.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name, summary in COMMANDS.items():
        declared = commands.add_parser(
            name, help=summary, description=summary, formatter_class=argparse.RawDescriptionHelpFormatter
        )
        if name == only:
            _module(name).add(declared)
    return top


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return its exit status."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    command = next((word for word in words if not word.startswith("-")), "")
    args = parser(command if command in COMMANDS else "").parse_args(words)
    try:
        status = int(_module(args.command).run(args))
        sys.stdout.flush()
    except MaillonError as error:
        print(f"maillon: {_harmless(str(error))}", file=sys.stderr)
        return error.exit_status
    except KeyboardInterrupt:
        print("maillon: stopped; what was committed is kept, the same command goes on from there", file=sys.stderr)
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:  # noqa: BLE001 - the last door: values of a trace could hold what logs hold
        print(_without_values(error), file=sys.stderr)
        return 1
    return status


def _module(command: str) -> Any:  # noqa: ANN401 - a module with `add` and `run`
    return import_module(f"maillon.cli.{command.replace('-', '_')}")


def _harmless(text: str) -> str:
    """Return a sentence with nothing in it that acts on a terminal: it may quote a name from outside."""
    from maillon.render.safe import harmless

    return "\n".join(harmless(line) for line in text.split("\n"))


def _without_values(error: Exception) -> str:
    """Tell of an unexpected error by its kind and place only: its message could carry a piece of a log."""
    if isinstance(error, OSError) and error.strerror:
        return f"maillon: {_harmless(str(error.filename or 'a file'))}: {error.strerror}"
    place = traceback.extract_tb(error.__traceback__)[-1]
    return (
        f"maillon: an unexpected {type(error).__name__} in {Path(place.filename).name}, line {place.lineno}. "
        "This is a defect of Maillon; please report this line. What was committed is kept."
    )
