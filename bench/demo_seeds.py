"""Does the demo hold with any seed? Its figures over many regions, honest accounts contained included.

    python bench/demo_seeds.py [--seeds 100] [--first 20000]

Each seed is a region of 400 accounts over three weeks with a theft of ten accounts, scanned like any other log (the
routes are learnt). Printed: in how many regions the gravest incident holds at least nine of the ten accounts; how
many accounts were contained; patients read before a stronger log-in, before containment, and in all; honest accounts
asked, paced and contained; and what a fixed limit of 100 records an hour would have done.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
from collections import Counter
from pathlib import Path

from maillon.cli.region import scan_region, write_region

SECOND = 1_000_000


def one(seed: int) -> dict[str, int]:
    """Scan one region and hold it against its truth."""
    with tempfile.TemporaryDirectory() as folder:
        region, paths = write_region(Path(folder), seed, 400, 21, 10, "campaign")
        findings = scan_region(paths)
    stolen = {theft.account for theft in region.truth.thefts}
    start = {theft.account: theft.start for theft in region.truth.thefts}
    wrong = Counter(
        action
        for action, account in {
            # An access log tells whole seconds: a decision at a thief's first access comes before it by a part of one.
            (d.action, d.account)
            for d in findings.decisions
            if d.at < start.get(d.account, d.at + 2 * SECOND) - SECOND
        }
    )
    first = findings.incidents[0] if findings.incidents else None
    limit = findings.comparators[0] if findings.comparators else None
    return {
        "held": len(stolen & set(first.accounts)) if first else 0,
        "strangers": len(set(first.accounts) - stolen) if first else 0,
        "contained": len({d.account for d in findings.decisions if d.action == "contain"} & stolen),
        "before step-up": first.patients_before_step_up if first else 0,
        "before containment": first.patients_before_containment if first else 0,
        "in all": len({int(patient) for theft in region.truth.thefts for patient in theft.patients}),
        "hour limit: before": limit.patients_before if limit else 0,
        "hour limit: stopped": limit.accounts_stopped if limit else 0,
        "honest asked": wrong["step_up"],
        "honest paced": wrong["pace"],
        "honest contained": wrong["contain"],
    }


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--seeds", type=int, default=100)
    arguments.add_argument("--first", type=int, default=20_000, help="reporting seeds begin at 20,000")
    args = arguments.parse_args()
    figures = [one(seed) for seed in range(args.first, args.first + args.seeds)]
    nine = sum(figure["held"] >= 9 for figure in figures)
    print(f"{args.seeds} regions: the incident holds at least 9 of the 10 accounts in {nine}")
    for name in figures[0]:
        values = sorted(figure[name] for figure in figures)
        low, high = values[len(values) // 10], values[-1 - len(values) // 10]
        median = statistics.median(values)
        print(f"  {name:20} median {median:8,.0f}   p10 {low:6,}   p90 {high:6,}   sum {sum(values):8,}")


if __name__ == "__main__":
    main()
