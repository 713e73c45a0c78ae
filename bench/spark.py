"""The lake folded on Spark (local, all cores) beside one process, and a hunt beside bare polars: ratios, same answers.

python bench/spark.py [accounts] [events] [shards …]    needs maillon[spark] and Java; a few GB of memory
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import polars as pl

from maillon.edges.state import State
from maillon.facts.policy import Policy
from maillon.run.hunt import hunt, hunt_on_spark
from maillon.run.refold import refold
from maillon.run.spark import refold as refold_on_spark
from scoring_speed import region


def timed(what: str, work, per: int, peer: float = 0.0):
    """Run `work`; print seconds, how many of `per` a second, and the ratio to a peer's seconds."""
    begun = time.perf_counter()
    done = work()
    spent = time.perf_counter() - begun
    ratio = f"   {spent / peer:.2f} × the first" if peer else ""
    print(f"{what:<28} {spent:7.2f} s {per / spent:12,.0f} events/s{ratio}", flush=True)
    return done, spent


def main() -> None:
    numbers = [int(word) for word in sys.argv[1:]]
    accounts, count, *shards = numbers or [5_000, 3_000_000, 4, 16]
    events, policy = region(accounts, count), Policy()
    thief = events["account"] == events["account"][count // 2]
    thief &= events["at"] > events["at"][count // 2]
    events["network"][thief] = 7
    with tempfile.TemporaryDirectory() as folder, State(Path(folder) / "state", "key") as state:
        state.add_names({"account": {1: "-"}, "network": {1: "-"}, "device": {1: "-"}})
        for some in np.array_split(events, 20):
            state.add(some)
        state.commit([], {}, b"")
        refold(state, policy, [events[:1000]])  # compiles
        here, peer = timed("one process", lambda: refold(state, policy, state.replay()), count)
        refold_on_spark(state, policy, shards[0])  # Java and the workers are warm from here on
        for number in shards:
            there, _ = timed(f"Spark, {number} shards", lambda n=number: refold_on_spark(state, policy, n), count, peer)
            same = np.array_equal(there.scoring.accounts, np.sort(here.scoring.accounts, order="account"))
            assert same
            assert there.decisions == here.decisions
            assert there.seals == here.seals
        print(
            f"{len(here.scoring.accounts):,} accounts, {len(here.decisions)} decisions, {len(here.seals)} seals: equal"
        )

        wanted = {"network": {7}}
        bare = state.lake().filter(pl.col("network") == 7).group_by("account").len()
        _, peer = timed("bare polars", lambda: bare.collect(engine="streaming"), count)
        found, _ = timed("maillon hunt", lambda: hunt(state, wanted), count, peer)
        again, _ = timed("maillon hunt, Spark", lambda: hunt_on_spark(state, wanted), count, peer)
        assert found == again
        assert found[0].accesses == int(thief.sum())


if __name__ == "__main__":
    main()
