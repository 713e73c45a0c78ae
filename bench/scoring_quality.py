"""How much is lost before each rung, and how many honest accounts are troubled, on simulated regions.

    python bench/scoring_quality.py [seeds] [first seed] [attack …]

Thieves that a rung never stops count with all that they read. Without a first seed, seeds are those kept for reports.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, field

import numpy as np

from maillon.facts.event import Action, Outcome
from maillon.facts.evidence import Rung
from maillon.facts.policy import Policy
from maillon.score.fold import Scoring
from maillon.sim.region import simulate
from maillon.sim.seeds import FIRST_REPORTING

RUNGS = (Rung.STEP_UP, Rung.PACE, Rung.CONTAIN)


@dataclass
class Tally:
    """What happened over all seeds of one attack."""

    lost: dict[Rung, list[float]] = field(default_factory=lambda: {rung: [] for rung in RUNGS})
    stopped: dict[Rung, int] = field(default_factory=lambda: dict.fromkeys(RUNGS, 0))
    honest: dict[Rung, int] = field(default_factory=lambda: dict.fromkeys(RUNGS, 0))
    account_days: int = 0
    thieves: int = 0
    regions_complete: int = 0  # at least nine thieves in ten reached step-up


def judge(seed: int, attack: str, accounts: int, days: int, tally: Tally) -> None:
    """Add one region to the tally."""
    region = simulate(seed, accounts=accounts, days=days, attack=attack)
    events, thief = region.events, region.truth.thief
    evidence = Scoring(Policy()).fold(events)
    hashes = region.account_hashes
    start = {int(hashes[theft.index]): theft.start for theft in region.truth.thefts}
    read = (events["action"] == Action.READ) & (events["outcome"] == Outcome.OK) & thief
    seen = 0
    for theft in region.truth.thefts:
        account = int(hashes[theft.index])
        mine = evidence[(evidence["account"] == account) & (evidence["at"] >= theft.start)]
        own = events[read & (events["account"] == account)]
        tally.thieves += 1
        for rung in RUNGS:
            crossed = mine[mine["rung"] >= rung]
            before = own["at"] < crossed["at"].min() if len(crossed) else np.ones(len(own), bool)
            tally.stopped[rung] += bool(len(crossed))
            tally.lost[rung].append(len(np.unique(own["patient"][before])))
            seen += rung == Rung.STEP_UP and bool(len(crossed))
    tally.regions_complete += 10 * seen >= 9 * len(region.truth.thefts)
    honest = np.array([at < start.get(int(account), at + 1) for at, account in evidence[["at", "account"]]], bool)
    for rung in RUNGS:
        days_of = {(int(r["account"]), int(r["day"])) for r in evidence[honest & (evidence["rung"] >= rung)]}
        tally.honest[rung] += len(days_of)
    local = (events["at"] + events["zone"].astype(np.int64) * 1_000_000) // 86_400_000_000
    tally.account_days += len(np.unique(np.stack([events["account"], local.astype(np.uint64)]), axis=1)[0])


def main() -> None:
    seeds = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    first = int(sys.argv[2]) if len(sys.argv) > 2 else FIRST_REPORTING
    attacks = sys.argv[3:] or ["campaign", "smash", "paced", "slow", "walk", "replay"]
    print("lost = patients read before the rung: median / p90; honest = account-days that reach it, per 600,000")
    for attack in attacks:
        tally = Tally()
        for seed in range(first, first + seeds):
            judge(seed, attack, 400, 21, tally)
        print(f"{attack}: {tally.thieves} thieves, {tally.regions_complete} of {seeds} regions with nine in ten seen")
        for rung in RUNGS:
            median, high = np.quantile(tally.lost[rung], (0.5, 0.9))
            troubled = tally.honest[rung] / tally.account_days * Policy().account_days_a_month
            share = tally.stopped[rung] / max(tally.thieves, 1)
            print(
                f"  {rung.name.lower():8} {share:5.0%} of thieves, lost {median:6.0f} / {high:6.0f}; "
                f"honest {tally.honest[rung]:3} in {tally.account_days:,} ({troubled:.1f})"
            )


if __name__ == "__main__":
    main()
