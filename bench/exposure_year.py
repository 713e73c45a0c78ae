"""How long `exposure` takes over a lake of a year.

    python bench/exposure_year.py [--accounts 2000] [--days 365]

An invented region is written as a state, month after month; then the exposure of the gravest incident of its last days
is computed from it. Peer, in the same run: reading account and moment of every event of the lake.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from dataclasses import asdict
from pathlib import Path

import numpy as np
import polars as pl

from maillon.decide.incidents import incident_id
from maillon.edges.state import State
from maillon.facts.decision import Decision
from maillon.run.exposure import exposure_of
from maillon.sim.region import simulate

BATCH = 1_000_000


def write(state: State, accounts: int, days: int) -> tuple[int, list[str]]:
    """Fill the state with a region whose last theft is known; return its events and the incidents' names."""
    region = simulate(1, accounts=accounts, days=days, attack="paced", thieves=3)
    events, names = region.events, region.names()
    for begin in range(0, len(events), BATCH):
        state.add(events[begin : begin + BATCH])
    patients = np.unique(events["patient"])
    state.add_pseudonyms({int(one): f"1-{one:026d}" for one in patients[patients != 0]})
    state.add_names(names)
    decisions = []
    for theft in region.truth.thefts:
        account = int(region.account_hashes[theft.index])
        decisions.append(
            Decision(
                id=f"d{theft.index}", at=theft.start + 3_600_000_000, zone=3600, service="orientation",
                account=theft.account, account_hash=account, action="contain", kind="day", calibration="own",
                reasons=(), network=0, device=0, session=0, since=theft.start,
            )
        )  # fmt: skip
    state.commit([(one.id, "decision", one.at, asdict(one)) for one in decisions], {}, b"")
    return len(events), [incident_id(one) for one in sorted(decisions, key=lambda one: -one.at)]


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--accounts", type=int, default=2_000)
    arguments.add_argument("--days", type=int, default=365)
    args = arguments.parse_args()
    with tempfile.TemporaryDirectory() as folder, State(Path(folder) / "state", "key") as state:
        events, incidents = write(state, args.accounts, args.days)
        begun = time.perf_counter()
        exposure, rows = exposure_of(state, incidents[0])
        count = len(rows.collect())
        done = time.perf_counter()
        state.lake().select(pl.col("account").n_unique(), pl.col("at").max()).collect()
        peer = time.perf_counter() - done
    print(f"{events:,} events of {args.accounts:,} accounts over {args.days} days")
    print(f"  exposure: {count:,} rows, {exposure.patients.upper:,} patients at most, {done - begun:.1f} s")
    print(f"  peer: two columns of the whole lake, {peer:.1f} s")


if __name__ == "__main__":
    main()
