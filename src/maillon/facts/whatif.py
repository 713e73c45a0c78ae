"""What a policy would have done over the last days of a past: whom it would have touched, how it keeps its word."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from maillon.facts.decision import Decision
from maillon.facts.policy import Policy


@dataclass(frozen=True)
class WhatIf:
    """Moments are microseconds since 1970 UTC; the days end with the last access that is known."""

    policy: Policy
    since: int
    until: int
    zone: int
    accounts: int  # active in those days
    account_days: int
    decisions: tuple[Decision, ...]  # under the policy, in those days, in order of time
    before: tuple[Decision, ...]  # those that were taken in the same days as things are
    audit: Mapping[str, Any]  # values of the last seal named "audit"; empty where none falls in the past

    def allowed(self, rung: str) -> float:
        """Return how many wrong steps of a rung the policy allows for in so many account-days."""
        budget: float = getattr(self.policy, rung)
        return budget * self.account_days / self.policy.account_days_a_month
