"""Print what the second simulator's honest accounts and thieves look like, and what a region costs.

    python bench/second_shape.py [--accounts 5000] [--days 60] [--seed 20000] [--no-events]

Figures are by trade over account-days of use. `--no-events` leaves out the 104-byte rows, to see what `simulate` alone
takes. Memory is the greatest of the process.
"""

from __future__ import annotations

import argparse
import resource
import sys
import time

import numpy as np

from maillon.facts.event import Action, Outcome
from maillon.sim import second
from maillon.sim.second.trades import NAMES


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--accounts", type=int, default=5_000)
    parser.add_argument("--days", type=int, default=60)
    parser.add_argument("--seed", type=int, default=20_000)
    parser.add_argument("--no-events", action="store_true")
    asked = parser.parse_args()
    begin = time.process_time()
    region = second.simulate(asked.seed, asked.accounts, asked.days)
    spent = time.process_time() - begin
    account_days = asked.accounts * asked.days
    print(f"seed {asked.seed}: {asked.accounts} accounts, {asked.days} days from {region.period.first}")
    print(f"{len(region):,} events, {region.known:,} identifiers, {len(region.sittings):,} sittings")
    print(f"simulate: {spent:.1f} s CPU, {account_days / spent:,.0f} account-days a CPU second, {memory():.2f} GB")
    if not asked.no_events:
        begin = time.process_time()
        events = region.events
        spent = time.process_time() - begin
        print(f"events: {spent:.1f} s CPU more, {events.nbytes / 1e9:.2f} GB, {memory():.2f} GB in all")
        trades(region, events)
        everyone(region, events)
    thefts(region)


def memory() -> float:
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e9


def trades(region, events) -> None:
    """Reads and distinct patients a day of use, days of use, revisits, acts, misses, clients and networks by trade."""
    honest = ~region.truth.thief
    account, day = region.account[honest], region.period.local(events["at"][honest]) // 86_400_000_000
    rows, sittings = events[honest], region.columns.sitting[honest]
    role = region.people.role
    print(f"\n{'trade':<20}{'accts':>7}{'days used':>10}{'pat/day p50':>12}{'p90':>6}{'p99':>7}{'max':>7}"
          f"{'revisit':>9}{'acts/pat':>9}{'404':>7}{'networks':>9}{'clients':>8}{'sessions':>9}")  # fmt: skip
    read = (rows["action"] == Action.READ) & (rows["outcome"] == Outcome.OK)
    for trade, name in enumerate(NAMES):
        mine = role[account] == trade
        used = np.unique(account[mine] * 1_000 + day[mine])
        shown = mine & read
        triples = np.unique(np.stack([account[shown], day[shown], rows["patient"][shown].astype(np.int64)]), axis=1)
        pairs = np.unique(triples[[0, 2]], axis=1).shape[1]
        seen = np.zeros(len(used))
        which, counts = np.unique(triples[0] * 1_000 + triples[1], return_counts=True)
        seen[np.searchsorted(used, which)] = counts
        acts = np.isin(rows["action"][mine], (Action.CARE, Action.UPDATE)).sum()
        asked = mine & (rows["action"] == Action.READ)
        missing = (asked & (rows["outcome"] == Outcome.MISSING)).sum() / max(asked.sum(), 1)
        networks = np.unique(np.stack([account[mine], rows["network"][mine].astype(np.int64)]), axis=1)[0]
        clients = np.unique(np.stack([account[mine], rows["device"][mine].astype(np.int64)]), axis=1)[0]
        people = max(len(np.unique(account[mine])), 1)
        p50, p90, p99, most = np.percentile(seen, (50, 90, 99, 100))
        print(f"{name:<20}{(role == trade).sum():>7}{len(used) / (role == trade).sum():>10.1f}{p50:>12.0f}{p90:>6.0f}"
              f"{p99:>7.0f}{most:>7.0f}{1 - pairs / triples.shape[1]:>9.2f}{acts / max(triples.shape[1], 1):>9.2f}"
              f"{missing:>7.3f}{len(networks) / people:>9.1f}{len(clients) / people:>8.1f}"
              f"{len(np.unique(sittings[mine])) / len(used):>9.2f}")  # fmt: skip


def everyone(region, events) -> None:
    """Hours, weekdays, actions, outcomes, answers that list."""
    local = region.period.local(events["at"])
    hours = np.bincount(local // 3_600_000_000 % 24, minlength=24) / len(local)
    weekday = np.bincount(
        region.period.weekday[np.minimum(local // 86_400_000_000, region.period.days - 1)], minlength=7
    )
    print("\nevents by hour, %:", " ".join(f"{100 * part:.1f}" for part in hours))
    print("events by weekday, %:", " ".join(f"{100 * part:.1f}" for part in weekday / len(local)))
    for column, kinds in (("action", Action), ("outcome", Outcome)):
        parts = {kind.name: (events[column] == kind).mean() for kind in kinds}
        print(f"{column}, %:", ", ".join(f"{name} {100 * part:.2f}" for name, part in parts.items() if part))
    for kind in (Action.SEARCH, Action.LIST, Action.EXPORT):
        listed = events["listed"][events["action"] == kind]
        print(f"{kind.name} lists p10/p50/p90/max:", *np.percentile(listed, (10, 50, 90, 100)).astype(int))
    per_day = np.bincount(local // 86_400_000_000, minlength=region.period.days)
    print("events a day, thousands:", " ".join(f"{count / 1000:.0f}" for count in per_day))


def thefts(region) -> None:
    """One line a stolen account."""
    print(f"\n{'kind':<18}{'account':<26}{'trade':<20}{'day':>5}{'hours':>8}{'pace':>7}{'taken':>7}{'listed':>8}")
    account = region.account
    for theft in region.truth.thefts:
        rows = region.truth.thief & (account == theft.index)
        print(f"{theft.attack:<18}{theft.account:<26}{region.role_of(theft.index):<20}"
              f"{(theft.start - region.period.start) // 86_400_000_000:>5}{(theft.end - theft.start) / 3.6e9:>8.1f}"
              f"{theft.pace:>7.0f}{len(theft.patients):>7}{region.columns.listed[rows].sum():>8}")  # fmt: skip


if __name__ == "__main__":
    main()
