"""Spark (local, all cores) beside one process: a lake folded, files that arrive, a hunt. Ratios, same answers.

python bench/spark.py [accounts] [events] [shards …]    needs maillon[spark] and Java; a few GB of memory

Events are of 20 local days. CPU-seconds are those of this process and of all below it: Java and Python's workers.
"""

from __future__ import annotations

import os
import sys
import tempfile
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import polars as pl

from maillon.edges.keys import load_or_create
from maillon.edges.state import State
from maillon.facts.policy import Policy
from maillon.facts.serving import Origin, Serving
from maillon.read.pseudonym import Keys
from maillon.run.hunt import hunt, hunt_on_spark
from maillon.run.refold import refold
from maillon.run.spark import refold as refold_on_spark
from maillon.run.spark_serve import serve_on_spark
from scoring_speed import region


def timed(what: str, work, per: int, peer: float = 0.0):
    """Run `work`; print seconds, CPU-seconds, how many of `per` a second of each, and the ratio to a peer's seconds."""
    begun, used = time.perf_counter(), cpu()
    done = work()
    spent, used = time.perf_counter() - begun, cpu() - used
    ratio = f"   {spent / peer:.2f} × the first" if peer else ""
    rates = f"{per / spent:12,.0f} events/s {per / max(used, 0.01):12,.0f} a CPU-s"
    print(f"{what:<28} {spent:7.2f} s {used:7.2f} CPU-s {rates}{ratio}", flush=True)
    return done, spent


def cpu() -> float:
    """Return the CPU-seconds of this process and of all below it."""
    found = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        found[int(path.parent.name)] = int(fields[1]), sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")
    mine = {os.getpid()}
    while more := {one for one, (parent, _) in found.items() if parent in mine} - mine:
        mine |= more
    return sum(found[one][1] for one in mine if one in found)


def log_files(events: np.ndarray, folder: Path, files: int) -> None:
    """Write accesses as combined log lines, a file after the other in time."""
    folder.mkdir()
    accounts = {key: number for number, key in enumerate(np.unique(events["account"]).tolist())}
    for number, some in enumerate(np.array_split(events, files)):
        lines = []
        columns = (some[name].tolist() for name in ("at", "account", "patient", "network"))
        for at, account, patient, network in zip(*columns, strict=True):
            moment = datetime.fromtimestamp(at // 1_000_000, UTC)
            lines.append(
                f"10.{network % 200}.{network % 199}.7 - agent{accounts[account]:06d} "
                f'[{moment:%d/%b/%Y:%H:%M:%S} +0000] "GET /dossiers/{patient % 99_999_989}/identite HTTP/1.1" '
                f'200 512 "-" "Mozilla/5.0 Firefox/128.0"\n'
            )
        path = folder / f"access-2026-03-{number + 1:02d}.log"
        path.write_text("".join(lines))
        os.utime(path, (1_000_000_000 + number,) * 2)


def streamed(folder: Path, events: np.ndarray, shards: int) -> None:
    """Measure files that arrive, after a first batch that warms everything up."""
    files = 5
    log_files(events, folder / "in", files)
    (folder / "key").write_text(f"maillon-key 1 {'11' * 32}\n")
    (folder / "key").chmod(0o600)
    serving = Serving(
        state=str(folder / "s"),
        key=str(folder / "key"),
        origins=(Origin("files", "portal", paths=(f"{folder}/in/*.log",)),),
    )
    keys, ends = Keys(*load_or_create(folder / "key", None)), []

    def said(sentence: str) -> None:
        ends.append((time.perf_counter(), cpu()))
        print(f"    {sentence}", flush=True)

    with State(folder / "s", keys.pseudonym("state", b"key id")) as state:
        serve_on_spark(serving, {}, state, shards, said, threading.Event(), at_once=1, once=True)
    spent, used = (ends[-1][at] - ends[0][at] for at in (0, 1))
    some = len(events) * (files - 1) // files
    print(
        f"{'files that arrive, warm':<28} {spent:7.2f} s {used:7.2f} CPU-s {some / spent:12,.0f} events/s "
        f"{some / used:12,.0f} a CPU-s",
        flush=True,
    )


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

        streamed(Path(folder), events, shards[0])

        wanted = {"network": {7}}
        bare = state.lake().filter(pl.col("network") == pl.lit(7, pl.UInt64)).group_by("account")
        shown = (pl.col("outcome") == 0) & pl.col("action").is_in([1, 5, 6]) & (pl.col("patient") != 0)
        bare = bare.agg(
            pl.len(), pl.col("patient").filter(shown).n_unique(), pl.col("at").min().alias("first"), pl.col("at").max()
        )
        _, peer = timed("bare polars", lambda: bare.collect(engine="streaming"), count)
        found, _ = timed("maillon hunt", lambda: hunt(state, wanted), count, peer)
        again, _ = timed("maillon hunt, Spark", lambda: hunt_on_spark(state, wanted), count, peer)
        assert found == again
        assert found[0].accesses == int(thief.sum())


if __name__ == "__main__":
    main()
