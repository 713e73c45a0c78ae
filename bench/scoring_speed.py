"""How many events a CPU-second the fold takes, cold and warm, and how much it remembers.

python bench/scoring_speed.py [accounts] [events]
"""

from __future__ import annotations

import sys
import time

import numpy as np

from maillon.facts.account import ACCOUNT
from maillon.facts.event import EVENT, Action
from maillon.facts.policy import Policy
from maillon.score.fold import Scoring

DAY_US = 86_400_000_000
DAYS = 20


def spread(numbers: np.ndarray, salt: int) -> np.ndarray:
    """Return 64-bit numbers that look like keyed hashes."""
    with np.errstate(over="ignore"):
        mixed = (numbers.astype(np.uint64) + np.uint64(salt)) * np.uint64(0x9E3779B97F4A7C15)
        return (mixed ^ (mixed >> np.uint64(29))) * np.uint64(0xBF58476D1CE4E5B9)


def region(accounts: int, count: int) -> np.ndarray:
    """Return events of accounts that read from panels of 400, a fifth of them with a care act, in working hours."""
    draw = np.random.default_rng(1)
    events = np.zeros(count, EVENT)
    day = draw.integers(0, DAYS, count)
    events["at"] = np.sort((20_000 + day) * DAY_US + draw.integers(7 * 3600, 19 * 3600, count) * 1_000_000)
    events["zone"] = 3600
    who = draw.integers(0, accounts, count)
    events["account"] = spread(who, 1)
    events["patient"] = spread(who * 1000 + draw.zipf(1.3, count) % 400, 2)
    events["action"] = np.where(draw.random(count) < 0.2, Action.CARE, Action.READ)
    events["network"] = spread(who % 50 + 1000 * (draw.random(count) < 0.02), 3)
    events["device"] = spread(who % 7, 4)
    return events


def main() -> None:
    accounts = int(sys.argv[1]) if len(sys.argv) > 1 else 5_000
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 3_000_000
    events = region(accounts, count)
    before = time.process_time()
    Scoring(Policy()).fold(events[:1])
    ready = time.process_time() - before
    scoring = Scoring(Policy())
    before = time.process_time()
    evidence = scoring.fold(events)
    spent = time.process_time() - before
    before = time.process_time()
    blob = scoring.to_bytes()
    packed = time.process_time() - before
    print(f"first call {ready:.2f} CPU-s (compiling, or loading what was compiled)")
    known = len(scoring.accounts)
    print(f"{count:,} events of {known:,} accounts: {spent:.2f} CPU-s, {count / spent / 1e6:.2f} M events/CPU-s")
    print(f"record {ACCOUNT.itemsize} B; snapshot {len(blob) / 1e6:.1f} MB in {packed:.2f} CPU-s")
    print(f"evidence {len(evidence)} rows")


if __name__ == "__main__":
    main()
