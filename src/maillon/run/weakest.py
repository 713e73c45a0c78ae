"""The weakest links of a state: its accounts' traits, and thieves played through a copy of its scoring."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import msgspec
import numpy as np
import polars as pl
from numpy.typing import NDArray

from maillon.ahead.prior import priors
from maillon.ahead.thieves import NEVER, Plan, stops
from maillon.ahead.traits import seen, traits
from maillon.ahead.weakest import bases, curve, losses, ranked, reach, weak
from maillon.edges.state import State
from maillon.facts.directory import Directory
from maillon.facts.errors import UsageError
from maillon.facts.evidence import Rung
from maillon.facts.leak import Leak
from maillon.facts.policy import Policy
from maillon.facts.weakest import Loss, Trait, Weakest
from maillon.run.hands import policy_of
from maillon.run.thieves import EXPORT, Targets, plans, rows_of
from maillon.score.fold import Scoring

_DAY_US = 86_400_000_000
_MOST_TARGETS = 1 << 20

Progress = Callable[[str, int], None]
"""Called with the name of a thief's plan and how many accounts it is played on."""


def weakest(state: State, directory: Directory, policy: Policy, progress: Progress) -> Weakest:
    """Rank the accounts of `state`. Raises UsageError where it holds no access of an account."""
    found, blob, at, zone = look(state, directory, policy)
    lake = state.lake()
    whole, limited = bases(lake, found)
    within = np.array([reach(one, whole, limited) for one in found], np.float64)
    with_export, without = stolen(blob, policy, found, within, targets_of(lake), at, zone, progress)
    rows = [
        weak(one, Loss(int(near), *map(float, row)), float(bare[1]))
        for one, near, row, bare in zip(found, within, with_export, without, strict=True)
    ]
    return Weakest(ranked(rows), curve(rows), at, zone)


def look(state: State, directory: Directory, policy: Policy) -> tuple[list[Trait], bytes, int, int]:
    """Return the accounts' traits, the scoring as bytes, the moment that the logs reach, and their zone."""
    snapshot, _ = state.load()
    lake, names = state.lake(), state.names()
    accesses = seen(lake, names.get("device", {}))
    if snapshot is None or accesses.is_empty():
        raise UsageError(
            f"{state.folder}: there is no access of an account in this state yet; `maillon scan` reads logs"
        )
    blob = msgspec.msgpack.decode(snapshot)["scoring"]
    at = int(accesses.select(pl.col("last").max()).item())
    zone = int(accesses.select(pl.col("zone").mode().min()).item())
    leaks = [msgspec.convert(one, Leak) for one in state.entries("leak")]
    found = traits(
        accesses,
        lake,
        Scoring.from_bytes(blob, policy).accounts,
        names.get("account", {}),
        directory,
        strong=strong_of(state),
        leaks={one.account_hash: one.factor for one in priors(leaks, at)},
        at=at,
    )
    return found, blob, at, zone


def strong_of(state: State) -> dict[int, bool]:
    """Tell of each account whose log-ins' level is known whether the last one was strong, by the policy's values."""
    enough = policy_of(state).step_up_acr
    return {int(one["account_hash"]): one["acr"] in enough for one in state.entries("stepped_up") if one["acr"]}


def targets_of(lake: pl.LazyFrame) -> Targets:
    """Return what thieves take from a lake: its patients in an order of no meaning, and its most used client."""
    known = (
        lake.filter(pl.col("patient") != 0)
        .group_by("patient")
        .agg(pl.col("near").max().fill_null(0))
        .sort("patient")  # keyed hashes: their order means nothing
        .head(_MOST_TARGETS)
    )
    client = lake.filter(pl.col("device") != 0).group_by("device").agg(pl.col("account").n_unique().alias("on"))
    patients, clients = pl.collect_all([known, client.sort("on", "device").tail(1)])
    device = np.uint64(clients["device"][0]) if len(clients) else np.uint64(0)
    return Targets(patients["patient"].to_numpy(), patients["near"].to_numpy(), device)


def stolen(
    blob: bytes,
    policy: Policy,
    found: list[Trait],
    within: NDArray[np.float64],
    targets: Targets,
    at: int,
    zone: int,
    progress: Progress,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Play every thief on every account: identities lost, with the export where there is one, and without."""
    accounts = np.array([one.account_hash for one in found], np.uint64)
    exporters = np.flatnonzero([one.exports > 0 for one in found])
    rows = [found[place].export_rows for place in exporters]
    day = (at + zone * 1_000_000) // _DAY_US + 1
    export = np.zeros((len(found), 3))
    reading = []
    for plan in plans(day, zone, max(1, int(np.median(rows))) if rows else 0):
        chosen = exporters if plan.name == EXPORT else np.arange(len(found))
        progress(plan.name, len(chosen))
        lost = _lost(blob, policy, accounts[chosen], plan, targets)
        if plan.name == EXPORT:
            export[chosen] = lost
        else:
            reading.append(lost)
    return losses(np.array(reading), export, within)


def _lost(blob: bytes, policy: Policy, accounts: NDArray[np.uint64], plan: Plan, targets: Targets) -> NDArray[Any]:
    """Return identities lost (accounts, 3): if nothing stops the thief, until containment, until step-up."""
    scoring = Scoring.from_bytes(blob, policy)
    scoring.try_out()
    stopped = stops(scoring, accounts, plan, partial(rows_of, accounts=accounts, targets=targets))
    free = np.full(len(accounts), NEVER)
    return np.stack([plan.identities(one) for one in (free, stopped[Rung.CONTAIN], stopped[Rung.STEP_UP])], axis=1)
