"""An invented region on disk, and its scan. Used by `simulate` and `demo`."""

from __future__ import annotations

import argparse
import csv
import tempfile
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

from maillon.cli.scanning import scan
from maillon.edges.keys import save
from maillon.facts.errors import StateError
from maillon.facts.findings import Findings
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


def scan_region(paths: Sequence[Path], hour_limit: int = 100) -> Findings:
    """Scan a region's logs like any other, without a profile; add what a limit of patients an hour would have done.

    The key is no secret: there is nobody in an invented region, and the same seed then gives the same names.
    """
    with tempfile.TemporaryDirectory() as folder:
        key = Path(folder) / "key"
        save(key, sha256(b"an invented region").digest(), 1)
        return scan(
            argparse.Namespace(
                logs=[str(path) for path in paths],
                service=[],
                state=None,
                rebuild=False,
                engine="here",
                log_format="",
                tz="Europe/Paris",
                budget=None,
                key=key,
                hour_limit=hour_limit,
            )
        )
