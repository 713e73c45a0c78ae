"""The directory that a command was given: read, its mistakes told, its words put beside decisions."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace

from maillon.edges.keys import load_or_create
from maillon.facts.decision import Decision
from maillon.facts.directory import Directory
from maillon.facts.errors import UsageError

_TOLD = 20


def directory_of(args: argparse.Namespace) -> Directory:
    """Return what `--directory` names, empty without it; its mistakes go to standard error. Raises UsageError."""
    if not args.directory:
        return Directory()
    from maillon.read.directory import read_directory
    from maillon.read.pseudonym import Keys
    from maillon.render.safe import harmless

    try:
        data = args.directory.read_bytes()
    except OSError as error:
        raise UsageError(f"the directory {args.directory} cannot be read: {error.strerror}") from None
    directory, mistakes = read_directory(data, Keys(*load_or_create(args.key, args.state)))
    for sentence in mistakes[:_TOLD]:
        print(f"maillon: {args.directory}: {harmless(sentence)}", file=sys.stderr)
    if len(mistakes) > _TOLD:
        print(f"maillon: {args.directory}: {len(mistakes) - _TOLD} more mistakes", file=sys.stderr)
    return directory


def placed(decisions: Sequence[Decision], directory: Directory) -> list[Decision]:
    """Return the decisions with the role and the establishment of their accounts."""
    people = directory.people
    return [
        replace(one, role=people[one.account_hash].role, facility=people[one.account_hash].facility)
        if one.account_hash in people
        else one
        for one in decisions
    ]
