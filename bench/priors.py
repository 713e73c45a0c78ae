"""What a leak's prior costs honest people, and what it saves.

    python bench/priors.py [--seeds 12] [--first 10300] [--thefts 2] [--decades 0 1 2]

First generator. Honest: every account of a quiet region (400 accounts, 60 days) has a prior from its 28th day on; told
is how many accounts were asked, paced and contained since, a month of 1,000 accounts with such a prior. Thefts: each
attack of ATTACKS over regions of 400 accounts and 42 days, ten thieves, whose accounts all have a prior from the
beginning; told is what a thief had read until asked and until contained (median and mean over thieves; one that is
never stopped counts with all it read). Everything is decided as a scan decides, campaigns and waves included.
"""

from __future__ import annotations

import argparse
from collections import Counter

import numpy as np

from maillon.decide.campaign import Campaigns
from maillon.decide.decisions import decisions
from maillon.decide.ladder import Ladder
from maillon.facts.leak import Prior, Why
from maillon.facts.policy import Policy
from maillon.score.fold import Scoring
from maillon.sim import simulate

DAY = 86_400_000_000
ATTACKS = ("smash", "paced", "slow", "mimic", "replay")
TOLD_DAY, DAYS = 28, 60
ACTIONS = ("step_up", "pace", "contain")


def decided(events: np.ndarray, accounts: np.ndarray, decades: float, told: int) -> list:
    """Return the decisions about a region whose `accounts` have a prior from `told` on."""
    scoring, ladder, campaigns, found = Scoring(Policy()), Ladder(), Campaigns(), []
    cut = int(np.searchsorted(events["at"], told))
    for number, part in enumerate((events[:cut], events[cut:])):
        if number and decades:
            for account in accounts.tolist():
                scoring.raise_prior(Prior("", account, 10.0**decades, 1 << 62, Why.PASSWORD, decades))
        if len(part):
            found += decisions(part, scoring.fold(part), ladder, campaigns, {"account": {}})
    return found


def honest(seeds: range, decades: list[float]) -> None:
    """Print steps against honest accounts a month of 1,000 accounts with a prior."""
    counts, months = {one: Counter() for one in decades}, 0.0
    for seed in seeds:
        region = simulate(seed, accounts=400, days=DAYS, attack="none")
        events, accounts = region.events, region.account_hashes
        told = int(events["at"][0]) + TOLD_DAY * DAY
        months += len(accounts) * (DAYS - TOLD_DAY) / 30
        for one in decades:
            steps = {(d.account_hash, d.action) for d in decided(events, accounts, one, told) if d.at >= told}
            counts[one].update(action for _, action in steps)
    print(f"honest, {months:,.0f} account-months; accounts a month of 1,000 with a prior:")
    for one in decades:
        per = "  ".join(f"{action} {1000 * counts[one][action] / months:6.2f}" for action in ACTIONS)
        print(f"  {one:g} decades: {per}  (contained: {counts[one]['contain']} in all)")


def thefts(seeds: range, decades: list[float]) -> None:
    """Print what thieves read until they were stopped."""
    for attack in ATTACKS:
        lost: dict[tuple[float, str], list[int]] = {}
        for seed in seeds:
            region = simulate(seed, accounts=400, days=42, thieves=10, attack=attack)
            events, names = region.events, dict(zip(region.accounts, region.account_hashes.tolist(), strict=True))
            stolen = np.array([names[theft.account] for theft in region.truth.thefts], np.uint64)
            for one in decades:
                found = decided(events, stolen, one, int(events["at"][0]))
                for theft in region.truth.thefts:
                    mine = (events["account"] == names[theft.account]) & region.truth.thief & (events["patient"] != 0)
                    for rung, action in ((1, "asked"), (3, "contained")):
                        stop = min(
                            (
                                d.at
                                for d in found
                                if d.account_hash == names[theft.account]
                                and d.at >= theft.start
                                and (d.action == "contain" or (rung == 1 and d.action in ACTIONS))
                            ),
                            default=1 << 62,
                        )
                        read = len(np.unique(events["patient"][mine & (events["at"] <= stop)]))
                        lost.setdefault((one, action), []).append(read)
        for (one, action), values in sorted(lost.items(), key=lambda each: (each[0][1], each[0][0])):
            middle, mean = np.median(values), np.mean(values)
            print(f"  {attack:8} until {action:9} {one:g} decades: median {middle:6.0f}  mean {mean:6.0f}")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--seeds", type=int, default=12)
    options.add_argument("--thefts", type=int, default=2)
    options.add_argument("--first", type=int, default=10_300)
    options.add_argument("--decades", type=float, nargs="*", default=[0.0, 1.0, 2.0])
    args = options.parse_args()
    thefts(range(args.first, args.first + args.thefts), args.decades)
    honest(range(args.first + 50, args.first + 50 + args.seeds), args.decades)


if __name__ == "__main__":
    main()
