"""Stolen accounts of simulated regions, as exposure sees them, under conditions that hide the thief more or less.

Used by fit_attribution.py and exposure.py. Conditions: "plain" (as simulated: the thief's own networks), "place" (the
thief works from the network and with the client that the owner uses most), "nosession" (a log without sessions),
"noaddress" (a log without addresses).
"""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from maillon.decide.campaign import Campaigns
from maillon.decide.decisions import decisions as decide
from maillon.decide.incidents import group
from maillon.decide.ladder import Ladder
from maillon.expose.sittings import crowds, numbered, sittings
from maillon.facts.event import EVENT
from maillon.facts.incident import Incident
from maillon.facts.policy import Policy
from maillon.run.exposure import suspects_of
from maillon.score.fold import Scoring
from maillon.sim.attacks import ATTACKS as SHELF
from maillon.sim.region import simulate

ATTACKS = tuple(SHELF)
CONDITIONS = ("plain", "place", "nosession", "noaddress")
_HIDDEN = ("campaign", "smash", "paced", "slow", "walk", "dormant")


def possible(attack: str, condition: str) -> bool:
    """Tell which pairs are measured: all attacks plainly, the simple ones hidden.

    A replayed session at the owner's place is the owner's sitting in every respect: there is nothing to measure.
    """
    return condition == "plain" or attack in _HIDDEN or (attack, condition) == ("replay", "nosession")


class Stolen:
    """One region of 400 accounts over three weeks with an attack, judged by Maillon."""

    def __init__(self, seed: int, attack: str, condition: str = "plain") -> None:
        region = simulate(seed, accounts=400, days=21, attack=attack)
        events = region.events
        self.truth = region.truth.thief
        _hide(events, self.truth, condition)
        evidence = Scoring(Policy()).fold(events)
        ladder, campaigns = Ladder(), Campaigns()
        names = region.names()
        decisions = decide(events, evidence, ladder, campaigns, names)
        self.names, self.decisions = names, sorted(decisions, key=lambda one: (one.at, one.id))
        self.incidents: list[Incident] = group(self.decisions, campaigns.links())
        self.lake = pl.LazyFrame({name: events[name] for name in EVENT.names or ()}).with_columns(
            pl.Series("truth", self.truth), pl.int_range(pl.len()).alias("seq")
        )

    @cached_property
    def suspects(self) -> pl.LazyFrame:
        """The suspected accounts of all incidents."""
        return pl.concat([suspects_of(one, self.decisions) for one in self.incidents] or [suspects_of(None, [])])

    @cached_property
    def events(self) -> pl.LazyFrame:
        """Their accesses, numbered by sitting."""
        return numbered(self.lake.join(self.suspects.select("account"), on="account", how="semi")).collect().lazy()

    def sittings(self) -> pl.LazyFrame:
        """Return their sittings."""
        return sittings(self.events, self.suspects, crowds(self.lake, self.suspects))

    def begun(self, account: int) -> int:
        """Return the thief's first access with an account, µs."""
        mine = self.lake.filter((pl.col("account") == account) & pl.col("truth"))
        return int(mine.select(pl.col("at").min()).collect().item())

    def with_truth(self, table: pl.LazyFrame) -> pl.LazyFrame:
        """Add to sittings the share of their accesses that the thief made."""
        truth = self.events.group_by("sitting").agg(pl.col("truth").cast(pl.Float64).mean())
        return table.join(truth, on="sitting")


def _hide(events: NDArray[Any], thief: NDArray[np.bool_], condition: str) -> None:
    if condition == "nosession":
        events["session"] = 0
    elif condition == "noaddress":
        events["network"] = events["address"] = 0
    elif condition == "place":
        for account in np.unique(events["account"][thief]):
            mine = events["account"] == account
            own = events[mine & ~thief]
            if len(own):
                events["network"][mine & thief] = network = _usual(own["network"])
                events["device"][mine & thief] = _usual(own["device"][own["network"] == network])


def _usual(values: NDArray[np.uint64]) -> np.uint64:
    found, counts = np.unique(values, return_counts=True)
    return np.uint64(found[counts.argmax()])
