"""The posture of a state: its ranking added up by establishment, and its months."""

from __future__ import annotations

from maillon.ahead.posture import by_month, posture
from maillon.edges.state import State
from maillon.facts.directory import Directory
from maillon.facts.policy import Policy
from maillon.facts.posture import Posture
from maillon.facts.weakest import Weakest
from maillon.run.hands import policy_of
from maillon.run.weakest import Progress, weakest


def posture_of(state: State, directory: Directory, policy: Policy, progress: Progress) -> tuple[Posture, Weakest]:
    """Return how well the accounts of `state` are kept, and the ranking it rests on. Raises UsageError."""
    found = weakest(state, directory, policy, progress)
    enough = policy_of(state).step_up_acr
    levels = [
        (int(one["at"]), int(one["account_hash"]), one["acr"] in enough)
        for one in state.entries("stepped_up")
        if one["acr"]
    ]
    months = by_month(state.lake(), state.names().get("device", {}), levels, found.zone)
    return posture(found, months, state.names().get("network", {})), found
