"""Two people behind one log-in: how many are told, and how many of those told are (maillon.ahead.shared).

    python bench/shared_accounts.py [--seeds 3]

Second generator (3 % of accounts are shared by two people, each with a home and a client of their own, behind the same
gateway and on the same machine at work: most of them leave no trace): 2,000 accounts over 60 days. First generator (one
shared desk in 300 accounts): 900 accounts over 21 days. Robots are left out, as `maillon weakest` does.
"""

from __future__ import annotations

import argparse

import numpy as np
import polars as pl

from maillon.ahead.shared import shared
from maillon.sim import second, simulate
from maillon.sim.roles import ROLE
from maillon.sim.seeds import FIRST_REPORTING

_COLUMNS = ("at", "zone", "account", "session", "network", "outcome")


def told(region) -> np.ndarray:
    """Return which accounts of a region are told to be shared, by index."""
    events = region.events
    found = shared(pl.LazyFrame({name: events[name] for name in _COLUMNS})).collect()
    return np.isin(region.account_hashes, found["account"].to_numpy())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--first", type=int, default=FIRST_REPORTING)
    args = parser.parse_args()
    for name in ("second", "first"):
        true = found = both = people = 0
        for seed in range(args.first, args.first + args.seeds):
            if name == "second":
                region = second.simulate(max(seed, FIRST_REPORTING), accounts=2_000, days=60, thieves={})
                truth, person = region.people.shared, np.array([r != "robot" for r in _roles(region)])
            else:
                region = simulate(seed, accounts=900, days=21, attack="none")
                truth, person = region.people.role == ROLE["kiosk"], region.people.role != ROLE["service"]
            mine = told(region) & person
            true, found, both = true + int(truth.sum()), found + int(mine.sum()), both + int((mine & truth).sum())
            people += int(person.sum())
        print(
            f"{name}: {people} accounts, {true} shared, {found} told, {both} of them shared: "
            f"recall {both / max(true, 1):.0%}, precision {both / max(found, 1):.0%}"
        )


def _roles(region) -> list[str]:
    return [region.role_of(index) for index in range(len(region.accounts))]


if __name__ == "__main__":
    main()
