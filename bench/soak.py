"""Files folded on Spark while its driver and workers are killed again and again; in the end, what one process decides.

python bench/soak.py [--kills 20] [--seed 1] [--longest SECONDS]    needs maillon[spark] and Java
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))
from maillon.edges.keys import load_or_create
from maillon.edges.state import State
from maillon.read.pseudonym import Keys
from scanning import in_order, maillon, quiet_log, theft

DAYS = 28
CONFIGURATION = """
state = "{home}/state"
key = "{home}/maillon/key"
commit_seconds = 0.1
[[source]]
kind = "files"
name = "portal"
paths = ["{home}/in/*.log"]
"""


def ledger(folder: Path, home: Path) -> tuple[list, list, str]:
    """Return decisions, seals and what is wrong with a state."""
    keys = Keys(*load_or_create(home / "maillon" / "key", None))
    with State(folder, keys.pseudonym("state", b"key id"), hold=False) as state:
        return state.entries("decision"), state.entries("seal"), state.verify()[1]


def rows(folder: Path, home: Path) -> int:
    """Return how many events a state holds."""
    import polars as pl

    keys = Keys(*load_or_create(home / "maillon" / "key", None))
    with State(folder, keys.pseudonym("state", b"key id"), hold=False) as state:
        return int(state.lake().select(pl.len()).collect().item())


def files(folder: Path) -> None:
    """Write a file a day."""
    folder.mkdir()
    lines = in_order(
        quiet_log(accounts=20, days=DAYS, patients=6),
        theft(start=20 * 86_400 + 6 * 3_600, patients=200),
        theft("agent07", start=25 * 86_400 + 3_600, patients=150, address="198.51.100.8"),
    )
    for day in range(DAYS):
        mine = [one for one in lines if f"[{day + 2:02d}/Mar" in one]
        path = folder / f"access-2026-03-{day + 2:02d}.log"
        path.write_text("".join(mine))
        os.utime(path, (1_000_000_000 + day,) * 2)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--longest", type=float, default=3.0)
    args = parser.parse_args()
    chance = random.Random(args.seed)
    with tempfile.TemporaryDirectory() as place:
        home = Path(place)
        files(home / "in")
        maillon("scan", "--state", home / "embedded", home / "in", home=home)
        (home / "maillon.toml").write_text(CONFIGURATION.format(home=home))
        command = [
            *("serve", "--config", home / "maillon.toml", "--engine", "spark", "--shards", "4"),
            *("--batch-mb", "0.001", "--once"),
        ]
        begun, kills, batches = time.monotonic(), 0, 0
        while kills < args.kills:
            with subprocess.Popen(
                [sys.executable, "-m", "maillon", *map(str, command)],
                env=os.environ | {"XDG_CONFIG_HOME": str(home)},
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                start_new_session=True,
            ) as process:
                starting, told = kills % 5 == 4, 0  # every fifth is killed while it starts
                for line in process.stderr:
                    told += b"maillon: batch" in line
                    if told or (starting and b"native-hadoop" in line):
                        break
                else:
                    break  # it has come to its end
                time.sleep(chance.uniform(0, args.longest))
                os.killpg(process.pid, signal.SIGKILL)
                kills += 1
                told += process.stderr.read().count(b"maillon: batch")
            batches += told
            print(f"kill {kills}: {told} batches since the last one, {batches} in all", flush=True)
        maillon(*command, home=home)
        here, there = ledger(home / "embedded", home), ledger(home / "state", home)
        assert here == there, "decisions, seals or the chain differ"
        assert rows(home / "embedded", home) == rows(home / "state", home), "events were lost or doubled"
        spent = time.monotonic() - begun
        print(
            f"{datetime.now(UTC):%Y-%m-%d}: {kills} kills in {spent:.0f} s, {DAYS} files, "
            f"{rows(home / 'state', home):,} events, {len(there[0])} decisions, {len(there[1])} seals: equal"
        )


if __name__ == "__main__":
    main()
