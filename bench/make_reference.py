"""Make the reference pool that ships with Maillon, from tuning seeds of the simulator, without attacks.

    python bench/make_reference.py [seeds]

It starts from a blank reference, so that what it makes does not depend on the one before.
"""

from __future__ import annotations

import json
import sys
from multiprocessing import get_context
from pathlib import Path

import numpy as np

from maillon.facts.account import HOME, KINDS
from maillon.facts.policy import Policy
from maillon.facts.pool import DORMANT, LARGEST, LEVELS, SERVICE, STRATA
from maillon.score import calibrate
from maillon.score.fold import Scoring
from maillon.score.pool import Window, window
from maillon.score.reference import Reference
from maillon.score.tail import levels
from maillon.sim.region import NO_ATTACK, simulate
from maillon.sim.seeds import tuning_seeds

TARGET = Path(__file__).parents[1] / "src/maillon/score/reference.json"
NO_ALARMS = Policy(step_up=0.0, pace=0.0, contain=0.0)


def windows(seed: int) -> list[Window]:
    """Return the account-days of one region, in two windows; regions are of several sizes and lengths."""
    accounts, days = (400, 400, 1500)[seed // 3 % 3], (21, 30, 58)[seed % 3]
    region = simulate(seed, accounts=accounts, days=days, attack=NO_ATTACK)
    events, scoring = region.events, Scoring(NO_ALARMS)
    local = (events["at"] + events["zone"].astype(np.int64) * 1_000_000) // 86_400_000_000
    first = int(local.min())
    half = int(np.searchsorted(local, first + 31))
    scoring.fold(events[:half])
    early = window(scoring.commons.pool, first + 26)
    scoring.fold(events[half:])
    return [early, window(scoring.commons.pool, first + 56)]


def added(pools: list[Window]) -> Window:
    largest = np.concatenate([pool.largest for pool in pools], axis=2)
    return Window(
        count=np.sum([pool.count for pool in pools], axis=0),
        aside=np.sum([pool.aside for pool in pools], axis=0),
        beyond=pools[0].beyond,
        beyond_all=pools[0].beyond_all,
        sums=np.sum([pool.sums for pool in pools], axis=0),
        histogram=np.sum([pool.histogram for pool in pools], axis=0),
        largest=-np.sort(-largest, axis=2)[:, :, :LARGEST],
    )


ROLE = np.array([5.0, 1.1, 0.1, 1.8, 0.4, 4.5, 0.1, 0.0, 6.0, 0.0])
"""Means of a day that a run over some seeds came to: a site's first two days are compared with them."""


def blank() -> Reference:
    """Return a reference of no tails: what is made must not depend on the one before."""
    return Reference(ROLE, np.zeros((len(STRATA), KINDS, LEVELS)), np.zeros(len(STRATA), np.int64))


def main() -> None:
    calibrate.reference = blank
    seeds = int(sys.argv[1]) if len(sys.argv) > 1 else 400
    parts = []
    with get_context("fork").Pool() as pool:
        for more in pool.imap(windows, tuning_seeds(seeds)):  # in order: sums of floats depend on it
            parts = [added([*parts, *more])]
    pooled = parts[0]
    tables = np.array(
        [
            [levels(pooled.histogram[s, k], pooled.largest[s, k], int(pooled.count[s]), 0) for k in range(KINDS)]
            for s in range(len(STRATA))
        ]
    )
    tables[DORMANT] = np.maximum(tables[DORMANT], tables[2])  # seen too seldom to be judged by less than the others
    tables[SERVICE] = tables[3]  # only where programs come from is borrowed, and there they are like others
    role = pooled.sums / pooled.count.sum()
    role[HOME] = 0.0  # a site that has only begun knows nobody's colleagues
    data = {
        "days": pooled.count.tolist(),
        "role": np.round(role, 4).tolist(),
        "levels": np.round(tables, 4).tolist(),
    }
    TARGET.write_text(json.dumps(data) + "\n", "utf-8")
    print(f"{seeds} seeds, account-days by stratum {data['days']}, means {data['role']}")


if __name__ == "__main__":
    main()
