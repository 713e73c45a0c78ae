"""What people noted of incidents, added to what a state remembers. Used by `incident`."""

from __future__ import annotations

import argparse

from maillon.cli.handing import checked, reading
from maillon.facts.findings import Findings
from maillon.run.notes import awareness_of, logs_begin, notices_of


def note(args: argparse.Namespace, findings: Findings) -> None:
    """Add to the findings of a state: awareness, notices drawn up, and where its logs begin."""
    with reading(args, checked(args)) as (state, _):
        findings.awareness = awareness_of(state, findings.incidents)
        findings.notices = {one.id: [told["form"] for told in notices_of(state, one)] for one in findings.incidents}
        findings.logs_begin = logs_begin(state.lake())
