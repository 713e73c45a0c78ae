"""The reference pool that ships with Maillon: how high scores rise on ordinary account-days, until a site has its own.

Made by `bench/make_reference.py` from tuning seeds of the simulator, without attacks.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Reference:
    """Means of a day (series,), and scores by rarity (strata, kinds, LEVELS)."""

    role: NDArray[np.float64]
    levels: NDArray[np.float64]
    days: NDArray[np.int64]  # account-days per stratum that it was made from


@cache
def reference() -> Reference:
    """Return the shipped reference pool."""
    data = json.loads(files("maillon.score").joinpath("reference.json").read_text("utf-8"))
    return Reference(np.array(data["role"]), np.array(data["levels"]), np.array(data["days"]))
