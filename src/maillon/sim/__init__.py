"""A region in a seed: people, shifts, care links, thieves, and the truth about them. Imports the vocabulary alone."""

from maillon.sim.region import NO_ATTACK, START, simulate
from maillon.sim.simulated import Simulated, Theft, Truth

__all__ = ["NO_ATTACK", "START", "Simulated", "Theft", "Truth", "simulate"]
