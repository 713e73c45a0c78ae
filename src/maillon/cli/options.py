"""Options that several commands share."""

from __future__ import annotations

import argparse
import os
from pathlib import Path


def add_language(parser: argparse.ArgumentParser) -> None:
    """Declare `--lang`: the language of what a person reads."""
    parser.add_argument(
        "--lang", choices=("fr", "en"), default=_language(), help="language of what is printed (default: the locale's)"
    )


def add_key(parser: argparse.ArgumentParser) -> None:
    """Declare `--key`: the file of the pseudonym key."""
    parser.add_argument(
        "--key",
        type=Path,
        metavar="FILE",
        help="the key that makes pseudonyms (default: $MAILLON_KEY, else the user's configuration; made at first use)",
    )


def add_state(parser: argparse.ArgumentParser, *, required: bool) -> None:
    """Declare `--state`: the directory that keeps lake, ledger and records."""
    parser.add_argument("--state", type=Path, metavar="DIR", required=required, help="the state directory")


def _language() -> str:
    spoken = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG") or ""
    return "fr" if spoken.lower().startswith("fr") else "en"
