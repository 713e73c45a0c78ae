"""`maillon responders`: who can act on an order, and whether their credentials work."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from maillon.edges.responders.configured import Configured

EPILOG = """examples:
  maillon responders list                                  who can act on an order
  maillon responders check --config maillon.toml           try all that are configured, without acting
  maillon responders check keycloak --config maillon.toml  try one

Without any [responders.NAME] in the configuration nothing is done: the dry run tells what would be
(docs/responders.md).
"""


def add(parser: argparse.ArgumentParser) -> None:
    """Declare the command."""
    parser.epilog = EPILOG
    verbs = parser.add_subparsers(dest="verb", metavar="list|check", required=True)
    verbs.add_parser("list", help="who can act on an order")
    check = verbs.add_parser("check", help="try credentials and rights, without acting")
    check.add_argument("name", nargs="?", default="", metavar="NAME", help="one responder (default: all configured)")
    check.add_argument(
        "--config", type=Path, required=True, metavar="FILE", help="the configuration of `maillon serve`"
    )


def run(args: argparse.Namespace) -> int:
    """Print the shelf, or try what is configured. 1 where one of them fails."""
    return _list() if args.verb == "list" else _check(args.name, args.config)


def _list() -> int:
    from maillon.edges.responders.described import lines

    print("\n".join(lines()))
    return 0


def _check(name: str, config: Path) -> int:
    from maillon.facts.errors import MaillonError, UsageError

    chosen = [one for one in _configured(config) if name in ("", one.responder.name)]
    if not chosen:
        raise UsageError(f"{config}: no [responders.{name}] there; `maillon responders list` names what there is")
    failed = 0
    for one in chosen:
        try:
            told = one.responder.check(one.settings)
        except MaillonError as error:
            failed += 1
            print(f"{one.responder.name}: {error}", file=sys.stderr)
        else:
            print("\n".join(f"{one.responder.name}: {sentence}" for sentence in told))
    return 1 if failed else 0


def _configured(config: Path) -> list[Configured]:
    import tomllib

    from maillon.edges.responders.configured import configured
    from maillon.facts.errors import UsageError

    try:
        tables = tomllib.loads(config.read_text(encoding="utf-8")).get("responders", {})
    except OSError as error:
        raise UsageError(f"the configuration {config} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise UsageError(f"the configuration {config} is not UTF-8 text") from None
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{config}: this is not TOML: {error}") from None
    if not isinstance(tables, dict):
        raise UsageError(f"{config}: `responders` must be tables, [responders.NAME]")
    return configured(tables, str(config))
