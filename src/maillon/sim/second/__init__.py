"""A second, independent generator of regions: only used to report figures on data that nothing was tuned to."""

from __future__ import annotations

from maillon.sim.second.region import Region
from maillon.sim.second.simulate import ONE_OF_EACH, simulate
from maillon.sim.second.thieves import KINDS

__all__ = ["KINDS", "ONE_OF_EACH", "Region", "simulate"]
