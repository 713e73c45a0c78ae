"""Honest blocks, then thieves, then one log in order of time with its truth."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, cast

import numpy as np

from maillon.sim.second import honest, world
from maillon.sim.second.draws import Column, stream
from maillon.sim.second.region import Region
from maillon.sim.second.tables import NEW, Batch, Rows, Sittings, joined
from maillon.sim.second.thieves import KINDS
from maillon.sim.second.thieves.raid import Raid, batch
from maillon.sim.second.thieves.scene import Scene
from maillon.sim.seeds import FIRST_REPORTING
from maillon.sim.simulated import Theft, Truth, patients_read

if TYPE_CHECKING:
    from maillon.sim.clock import Period
    from maillon.sim.columns import Columns
    from maillon.sim.people import People
    from maillon.sim.sittings import Sittings as FirstSittings

ONE_OF_EACH = dict.fromkeys(KINDS, 1)
_FEWEST_ACCOUNTS, _FEWEST_DAYS = 300, 30


def simulate(seed: int, accounts: int, days: int, thieves: Mapping[str, int] = ONE_OF_EACH) -> Region:
    """Return a region of so many accounts over so many days, with so many thieves of each of KINDS.

    A campaign is one thief with ten accounts. Raises ValueError for seeds that are kept for tuning, unknown kinds, and
    regions too small for a history.
    """
    if seed < FIRST_REPORTING:
        raise ValueError(
            f"seed {seed} is kept for tuning: the second simulator only takes seeds from {FIRST_REPORTING} on"
        )
    if accounts < _FEWEST_ACCOUNTS or days < _FEWEST_DAYS:
        raise ValueError(
            f"a region needs {_FEWEST_ACCOUNTS} accounts and {_FEWEST_DAYS} days, not {accounts} and {days}"
        )
    unknown = sorted(set(thieves) - set(KINDS))
    if unknown:
        raise ValueError(f"no thief is called {', '.join(unknown)}: choose among {', '.join(KINDS)}")
    region = world.build(seed, accounts, days)
    batches = [honest.block(region, first) for first in range(0, accounts, honest.BLOCK)]
    typed = _numbered(batches, len(region.bases.numbers), 0)
    rows, sittings = _joined(batches, 0)
    del batches
    raids = _raids(Scene(region, sittings, rows), thieves)
    return _told(region, raids, rows, sittings, typed)


def _raids(scene: Scene, thieves: Mapping[str, int]) -> list[tuple[Raid, Batch]]:
    """Plant the thieves; each kind draws from a stream of its own."""
    planted = []
    for kind, count in thieves.items():
        for turn in range(count):
            rng = stream(scene.world.seed, "thief", kind, turn)
            planted += [(raid, batch(scene, rng, raid)) for raid in KINDS[kind](scene, rng)]
    return planted


def _numbered(batches: list[Batch], known: int, before: int) -> Column:
    """Give the numbers typed for nobody identifiers of their own, after the known ones; return the numbers."""
    for one in batches:
        nobody = one.rows.patient < NEW
        one.rows.patient[nobody] = known + before - 2 - one.rows.patient[nobody]
        before += len(one.typed)
    return np.concatenate([np.zeros(0, np.int64), *(one.typed for one in batches)])


def _joined(batches: list[Batch], before: int) -> tuple[Rows, Sittings]:
    """Put batches one after the other; new sessions are numbered like their sittings, from `before` on."""
    for one in batches:
        one.rows.sitting += before
        new = one.sittings.session == NEW
        one.sittings.session = np.where(new, before + np.arange(len(new)), one.sittings.session).astype(np.int32)
        one.sittings.account = one.sittings.account.astype(np.int32)
        before += len(one.sittings)
    return joined([one.rows for one in batches]), joined([one.sittings for one in batches])


def _told(
    region: world.World, raids: list[tuple[Raid, Batch]], rows: Rows, sittings: Sittings, typed: Column
) -> Region:
    """Merge, sort by time, drop what falls after the last day, and say who was the thief."""
    honest_rows, known = len(rows), len(region.bases.numbers)
    if raids:
        batches = [stolen for _, stolen in raids]
        typed = np.concatenate([typed, _numbered(batches, known, len(typed))])
        more, uses = _joined(batches, len(sittings))
        rows, sittings = joined([rows, more]), joined([sittings, uses])
    order = np.argsort(rows.at, kind="stable")
    order = order[: np.searchsorted(rows.at, region.almanac.end, sorter=order)]
    rows, thief = rows.take(order), order >= honest_rows
    thefts = [_theft(region, raid, rows.take(thief), sittings) for raid, _ in raids]
    stolen = {theft.index for theft in thefts}
    names = region.staff.names
    truth = Truth(thief, tuple(thefts), tuple(name for index, name in enumerate(names) if index not in stolen))
    # The shared value names the first generator's tables; these hold what is used of them, under the same names.
    return Region(
        seed=region.seed,
        period=cast("Period", region.almanac),
        people=cast("People", region.staff),
        numbers=np.concatenate([region.bases.numbers, typed]),
        known=known,
        sittings=cast("FirstSittings", sittings),
        columns=cast("Columns", rows),
        truth=truth,
    )


def _theft(region: world.World, raid: Raid, stolen: Rows, sittings: Sittings) -> Theft:
    rows = stolen.take(sittings.account[stolen.sitting] == raid.account)
    return Theft(
        account=region.staff.names[raid.account],
        index=raid.account,
        attack=raid.kind,
        start=int(rows.at[0]),
        end=int(rows.at[-1]),
        pace=raid.pace,
        patients=patients_read(cast("Columns", rows)),
    )
