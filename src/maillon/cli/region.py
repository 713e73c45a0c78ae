"""An invented region on disk. Used by `simulate` and `demo`."""

from __future__ import annotations

import csv
from pathlib import Path

from maillon.facts.errors import StateError
from maillon.sim import Simulated, simulate
from maillon.sim.logs import logs


def write_region(
    folder: Path, seed: int, accounts: int, days: int, thieves: int, attack: str
) -> tuple[Simulated, list[Path]]:
    """Write a region's logs and its truth into `folder`; return the region and the paths of its logs."""
    region = simulate(seed, accounts=accounts, days=days, thieves=thieves, attack=attack)
    paths = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, blocks in logs(region).items():
            paths.append(folder / name)
            with paths[-1].open("wb") as file:
                file.writelines(blocks)
        with (folder / "truth.csv").open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(["account", "attack", "start_us", "end_us", "patients"])
            writer.writerows([t.account, t.attack, t.start, t.end, len(t.patients)] for t in region.truth.thefts)
    except OSError as error:
        raise StateError(f"{error.filename or folder} cannot be written: {error.strerror}") from None
    return region, paths
