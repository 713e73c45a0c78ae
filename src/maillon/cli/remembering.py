"""What a state directory remembers, as findings. Used by `incidents` and `incident`."""

from __future__ import annotations

import argparse

from maillon.cli.scanning import all_decisions, open_state, policy_for
from maillon.edges.keys import load_or_create
from maillon.facts.errors import UsageError
from maillon.facts.findings import Findings
from maillon.read.pseudonym import Keys
from maillon.run.conclude import days_until_own, incidents, with_incidents
from maillon.run.scan import campaigns_of


def remembered(args: argparse.Namespace) -> Findings:
    """Return every decision and incident of the state directory. Raises UsageError where there is none."""
    if not (args.state / "ledger.sqlite").exists():
        raise UsageError(f"{args.state}: no state of Maillon here; `maillon scan --state {args.state} LOG…` makes one")
    keys = Keys(*load_or_create(args.key, args.state, create=False))
    with open_state(args.state, keys) as state:
        decided, lake = all_decisions(state), state.lake()
        found, series = incidents(lake, decided, campaigns_of(state).links(), state.names())
        return Findings(
            [],
            with_incidents(decided, found),
            found,
            series,
            zone=decided[-1].zone if decided else 0,
            days_until_own=days_until_own(lake, policy_for(None)),
        )
