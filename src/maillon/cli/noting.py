"""What people noted of incidents, added to what a state remembers. Used by `incident`."""

from __future__ import annotations

import argparse

from maillon.cli.handing import checked, reading
from maillon.facts.findings import Findings
from maillon.run.notes import logs_begin, noted_of


def note(args: argparse.Namespace, findings: Findings) -> None:
    """Add to the findings of a state: what is on record of each incident, and where its logs begin."""
    with reading(args, checked(args)) as (state, _):
        findings.noted = noted_of(state, findings.incidents)
        findings.logs_begin = logs_begin(state.lake())
