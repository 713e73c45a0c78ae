"""Thieves planted in real logs of one day: what is found within the day, and what untouched accounts pay for it.

Used by detection.py. On one day nobody has a past and every threshold is borrowed.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections import Counter
from pathlib import Path

import numpy as np

from maillon.cli.history import history
from maillon.edges.keys import save
from maillon.facts.decision import ACTIONS
from maillon.facts.errors import UsageError
from maillon.facts.policy import Policy
from maillon.run.drill import RUNGS, drill, survey

ATTACKS = ("smash", "paced", "slow", "saturate", "rotating", "mimic")


def real_logs(folder: Path, seeds: int) -> None:
    """Print untouched accounts that were decided about, then each attack's fate, for each log of `folder`."""
    print("\n## Library proxies' logs of one day, thieves planted\n")
    logs = sorted(folder.glob("*.log.gz")) if folder.is_dir() else []
    if not logs:
        print(f"No logs in {folder}: skipped.")
    for path in logs:
        with tempfile.TemporaryDirectory() as keys:
            save(Path(keys) / "key", b"k" * 32, 1)
            asked = argparse.Namespace(
                logs=[str(path)], state=None, service=[], log_format="", tz="", key=Path(keys) / "key"
            )
            with history(asked) as (state, _):
                _one(path.name, state, seeds)


def _one(name: str, state, seeds: int) -> None:
    log = survey(state)
    decided = Counter[str]()
    for one in state.entries("decision"):
        decided[one["action"]] += 1
    days, accounts, patients = log.period.days, len(log.accounts), len(log.patient_hashes)
    size = f"{len(log.events):,} accesses, {accounts:,} accounts, {patients:,} records, {days} local day(s)"
    print(f"\n### {name}: {size}\n")
    touched = ", ".join(f"{action} {decided[action]}" for action in RUNGS)
    print(f"Untouched accounts decided about: {touched} of {accounts:,}.\n")
    print("| planted | n | asked | lost median / p90 | contained | lost median / p90 |\n|---|---|---|---|---|---|")
    for attack in ATTACKS:
        stolen = []
        for seed in range(seeds * 5):
            try:
                stolen += drill(state, log, Policy(), attack, seed=20_000 + seed).stolen
            except UsageError as error:
                print(f"{attack}: {error}", file=sys.stderr)
                break
        if stolen:
            print(f"| {attack} | {len(stolen)} | {_fate(stolen, 'step_up')} | {_fate(stolen, 'contain')} |")


def _fate(stolen, rung: str) -> str:
    lost, stopped = [], 0
    for one in stolen:
        stop = next((each for each in one.stops if each.rung == rung), None)
        assert stop is None or ACTIONS.index(stop.decision.action) >= ACTIONS.index(rung)
        stopped += stop is not None
        lost.append(one.patients if stop is None else stop.patients)
    return f"{stopped / len(stolen):.0%} | {np.median(lost):,.0f} / {np.quantile(lost, 0.9):,.0f}"
