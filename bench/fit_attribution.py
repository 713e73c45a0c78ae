"""Print the weights of expose/attribute.py, fitted on tuning seeds.

    python bench/fit_attribution.py [seeds]

For each seed every attack is simulated under the conditions of bench/stolen.py, and every sitting of the accounts that
Maillon suspects is labelled by the simulator's truth. A ridge keeps weights small that the data do not ask for; a
weight whose sign would contradict what it means is held at 0.
"""

from __future__ import annotations

import sys

import numpy as np
import polars as pl
from numpy.typing import NDArray

from maillon.expose.attribute import features
from maillon.sim.seeds import tuning_seeds
from stolen import ATTACKS, CONDITIONS, Stolen, possible

NAMES = (
    *("bias", "back_here", "cared_here", "back_there", "network_known", "crowd", "company", "pause", "size"),
    *("hours_kept", "searching"),
)
RIDGE = 3.0
SIGNS = {
    **dict.fromkeys(("back_here", "back_there", "cared_here", "network_known", "crowd"), -1),
    "company": 1,
}
"""What a weight means: one that comes out the other way only makes up for another, and is held at 0."""


def sample(seeds: int) -> pl.DataFrame:
    """Return features and truth of all sittings."""
    parts = []
    for seed in tuning_seeds(seeds):
        for attack in ATTACKS:
            for condition in CONDITIONS:
                if possible(attack, condition):
                    one = Stolen(seed, attack, condition)
                    parts.append(one.with_truth(features(one.sittings())).select(*NAMES, "truth").collect())
    return pl.concat(parts)


def fit(x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the weights of a logistic regression (Newton's method); the first one, the bias, is not held back."""
    weights = np.zeros(x.shape[1])
    ridge = RIDGE * np.eye(len(weights))
    ridge[0, 0] = 1e-6
    for _ in range(50):
        p = 1 / (1 + np.exp(-x @ weights))
        curvature = (x * (p * (1 - p))[:, None]).T @ x + ridge
        step = np.linalg.solve(curvature, x.T @ (y - p) - ridge @ weights)
        weights += step
        if np.abs(step).max() < 1e-9:
            break
    return weights


def main() -> None:
    seeds = int(sys.argv[1]) if len(sys.argv) > 1 else 40
    table = sample(seeds)
    y = table["truth"].to_numpy()
    weights = dict.fromkeys(NAMES, 0.0)
    free = list(NAMES)
    while True:
        found = dict(zip(free, fit(table.select(free).to_numpy(), y), strict=True))
        wrong = [name for name, weight in found.items() if weight * SIGNS.get(name, 0) < 0]
        if not wrong:
            break
        free = [name for name in free if name not in wrong]
    weights |= found
    print(f"# {len(table)} sittings of {seeds} tuning seeds, {y.mean():.3f} of them the thief's")
    for name, weight in weights.items():
        print(f'    "{name}": {weight:.3f},')


if __name__ == "__main__":
    main()
