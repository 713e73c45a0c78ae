"""The options by which a person speaks: who and why, with the state, the key and the language."""

from __future__ import annotations

import argparse
import getpass
import os

from maillon.cli.options import add_key, add_language, add_state


def add_person(parser: argparse.ArgumentParser, *, second: bool = False) -> None:
    """Declare who speaks and why, with the state, the key and the language."""
    add_state(parser, required=True)
    parser.add_argument("--why", required=True, metavar="TEXT", help="why, in your words; no patient's name")
    parser.add_argument("--who", default=_login(), metavar="NAME", help="who says it (default: who is logged in)")
    if second:
        parser.add_argument("--second", default="", metavar="NAME", help="the second person who agrees")
    add_key(parser)
    add_language(parser)


def _login() -> str:
    return os.environ.get("SUDO_USER") or getpass.getuser()
