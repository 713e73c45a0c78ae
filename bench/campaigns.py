"""What joining accounts by a rare network costs honest people, and what it finds.

    python bench/campaigns.py [--seeds 200] [--first 20000] [--accounts 400]

Half of the regions have no theft at all, half a campaign of ten accounts. Printed: honest accounts asked and contained
because of a shared network, beside those asked and contained on their own evidence, each as a count, a rate a month
per 40,000 accounts, and (containments) the exact 95 % upper bound of that rate. Every region has one facility that
migrates to another network in mid-period, people at home and on phones, and newcomers.
"""

from __future__ import annotations

import argparse
from collections import Counter
from math import exp, factorial

import numpy as np

from maillon.decide.campaign import Campaigns
from maillon.decide.decisions import decisions as decide
from maillon.decide.ladder import Ladder
from maillon.facts.policy import Policy
from maillon.score.fold import Scoring
from maillon.sim import NO_ATTACK, simulate

DAYS = 21


def region(seed: int, accounts: int, attack: str) -> tuple[Counter[tuple[str, str]], int, int]:
    """Return how many honest accounts were decided about (by cause and action), thieves contained, thieves."""
    simulated = simulate(seed, accounts=accounts, days=DAYS, attack=attack)
    names, events = simulated.names(), simulated.events
    ladder, campaigns = Ladder(), Campaigns()
    evidence = Scoring(Policy()).fold(events)
    decisions = decide(events, evidence, ladder, campaigns, names)
    start = {theft.account: theft.start for theft in simulated.truth.thefts}
    honest = {
        ("network" if one.kind == "campaign" else "own", one.action, one.account)
        for one in decisions
        if one.at < start.get(one.account, one.at + 1)
    }
    contained = {one.account for one in decisions if one.action == "contain" and one.account in start}
    return Counter((cause, action) for cause, action, _ in honest), len(contained), len(start)


def upper(count: int) -> float:
    """Return the exact 95 % upper bound of a Poisson mean of which `count` were seen (one-sided, by bisection)."""
    low, high = float(count), count + 10.0 * (count + 1) ** 0.5 + 10
    for _ in range(60):
        middle = (low + high) / 2
        below = sum(exp(-middle) * middle**k / factorial(k) for k in range(count + 1))
        low, high = (middle, high) if below > 0.05 else (low, middle)
    return high


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--seeds", type=int, default=200)
    arguments.add_argument("--first", type=int, default=20_000, help="reporting seeds begin at 20,000")
    arguments.add_argument("--accounts", type=int, default=400)
    args = arguments.parse_args()
    honest: Counter[tuple[str, str]] = Counter()
    contained = thieves = 0
    for seed in range(args.first, args.first + args.seeds):
        one = region(seed, args.accounts, NO_ATTACK if seed % 2 else "campaign")
        honest += one[0]
        contained, thieves = contained + one[1], thieves + one[2]
    months = args.seeds * args.accounts / 40_000 * DAYS / 30
    print(f"{args.seeds} regions of {args.accounts} accounts over {DAYS} days = {months:.2f} months of 40,000 accounts")
    for (cause, action), count in sorted(honest.items()):
        print(f"  honest, {cause:8} {action:8} {count:5}  {count / months:7.1f} a month")
    for cause in ("own", "network"):
        count = honest[cause, "contain"]
        print(f"  honest contained, {cause}: {count}, 95 % upper bound {upper(count) / months:.1f} a month")
    print(f"  thieves contained: {contained} of {thieves} ({np.round(100 * contained / max(thieves, 1))} %)")


if __name__ == "__main__":
    main()
