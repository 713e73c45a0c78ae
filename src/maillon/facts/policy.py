"""What the operator decides: how many wrong steps a month they can bear, and how the ladder is climbed."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Policy:
    """Alarm budgets are wrong steps a month per 40,000 accounts, one for each rung of the ladder."""

    step_up: float = 100.0
    pace: float = 10.0
    contain: float = 0.5
    account_days_a_month: float = 600_000.0  # active account-days a month of 40,000 accounts
