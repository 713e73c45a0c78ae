"""What a state directory remembers, as findings. Used by `incidents` and `incident`."""

from __future__ import annotations

import argparse

from maillon.cli.scanning import all_decisions, policy_for
from maillon.decide.in_force import InForce
from maillon.edges.keys import load_or_create
from maillon.edges.ledger_place import holds_ledger
from maillon.edges.state import State
from maillon.facts.errors import UsageError
from maillon.facts.findings import Findings
from maillon.read.pseudonym import Keys
from maillon.run.conclude import days_until_own, incidents, with_incidents
from maillon.run.hands import look, reached
from maillon.run.retention import with_kept_numbers
from maillon.run.scan import campaigns_of


def remembered(args: argparse.Namespace) -> Findings:
    """Return every decision and incident of the state directory. Raises UsageError where there is none."""
    if not holds_ledger(args.state):
        raise UsageError(f"{args.state}: no state of Maillon here; `maillon scan --state {args.state} LOG…` makes one")
    keys = Keys(*load_or_create(args.key, args.state, create=False))
    with State(args.state, keys.pseudonym("state", b"key id"), hold=False) as state:
        decided, lake = all_decisions(state), state.lake()
        found, series = incidents(lake, decided, campaigns_of(state).links(), state.names())
        with_kept_numbers(state, found)
        return Findings(
            [],
            with_incidents(decided, found),
            found,
            series,
            zone=decided[-1].zone if decided else 0,
            days_until_own=days_until_own(lake, policy_for(None)),
        )


def standing(args: argparse.Namespace) -> tuple[InForce, int]:
    """Return what is in force in the state directory, and the moment of event time that it has reached."""
    keys = Keys(*load_or_create(args.key, args.state, create=False))
    with State(args.state, keys.pseudonym("state", b"key id"), hold=False) as state:
        hands = look(state)
        return hands.in_force, max(reached(state), hands.last)
