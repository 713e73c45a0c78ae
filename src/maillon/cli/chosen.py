"""One incident of a state, by its name or the beginning of it. Used by `aware` and `notice`."""

from __future__ import annotations

import argparse

from maillon.cli.remembering import remembered
from maillon.facts.errors import UsageError
from maillon.facts.findings import Findings
from maillon.facts.incident import Incident


def chosen(args: argparse.Namespace) -> tuple[Incident, Findings]:
    """Return the incident that `args.id` names, and all findings of the state. Raises UsageError."""
    findings = remembered(args)
    found = [one for one in findings.incidents if args.id in {one.id, *one.absorbs}]
    found = found or [one for one in findings.incidents if one.id.startswith(args.id)]
    if len(found) != 1:
        many = "more than one incident begins so" if found else "no such incident"
        raise UsageError(f"{args.id}: {many}; `maillon incidents --state {args.state}` lists them")
    return found[0], findings
