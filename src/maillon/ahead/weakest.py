"""The weakest links: what each account's theft would cost, how likely it is, and what mends most for least.

risk = identities lost until containment × how much likelier a theft is than an ordinary account's. The second factor
is a judgement, not a measurement: it orders accounts, it is no probability.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from maillon.facts.event import Outcome
from maillon.facts.weakest import MENDS, Loss, Trait, Weak

LIKELY = {
    "weak_login": 2.0,  # its last log-in is known, and was no strong one
    "strong": 0.1,
    "shared": 2.0,  # the password is told, written down, and changed by nobody
    "dormant": 1.5,  # its owner would not notice
    "old_client": 1.5,  # a client without updates: so is the rest of that machine
}
"""Factors on how likely a theft is. A strong log-in stops nearly all thefts by password (Meyer et al., "How effective
is multifactor authentication at deterring cyberattacks?", 2023, give 98.6 % for leaked passwords); a tenth is left for
stolen sessions and relayed log-ins. The others are judgements; leaks have factors of their own (prior.py)."""

_EFFORT = {"close": 1, "reset": 1, "bind": 1, "export_off": 1, "client": 2, "strong": 2, "own_accounts": 3}

ENOUGH = 0.5
"""The cheapest mend that takes away so much of the risk is named; else the one that takes away most."""

LIMITED = 0.01
"""A community of which hardly a patient is read by another one seems to have rights for its own patients only."""

PLANTED, PLANTED_POWER = 1.388, 0.75
"""What planted thieves lost until containment, from what the simulated ones lose: they betray themselves sooner, the
more so the more an account lets pass. Fitted on the first generator, seeds 10,100 and 10,101 (bench/weakest.py)."""

_TELLING_ACCOUNTS, _TELLING_PATIENTS = 5, 200
_POINTS = 60


def bases(lake: pl.LazyFrame, traits: Sequence[Trait]) -> tuple[int, dict[int, int]]:
    """Return how many patients the lake knows, and how many those communities can reach that are limited to their own.

    Rights are not in logs. Where an account's colleagues, five at least, read two hundred patients of whom no other
    community reads any, it seems to be kept to its own; in any other case all are taken to be within reach.
    """
    homes = pl.LazyFrame(
        {"account": [one.account_hash for one in traits], "home": [one.home for one in traits]},
        {"account": pl.UInt64, "home": pl.UInt16},
    )
    read = (
        lake.filter((pl.col("patient") != 0) & (pl.col("account") != 0) & (pl.col("outcome") == int(Outcome.OK)))
        .select("account", "patient")
        .unique()
        .join(homes, on="account")
    )
    by = read.group_by("patient").agg((pl.col("home").n_unique() > 1).alias("crossed"))
    told = (
        read.join(by, on="patient")
        .group_by("home")
        .agg(
            pl.col("account").n_unique().alias("accounts"),
            pl.col("patient").n_unique().alias("patients"),
            pl.col("patient").filter("crossed").n_unique().alias("crossed"),
        )
        .filter(
            (pl.col("home") != 0)
            & (pl.col("accounts") >= _TELLING_ACCOUNTS)
            & (pl.col("patients") >= _TELLING_PATIENTS)
            & (pl.col("crossed") < LIMITED * pl.col("patients"))
        )
    )
    whole, limited = pl.collect_all([by.select(pl.len()), told])
    return int(whole.item()), dict(zip(limited["home"].to_list(), limited["patients"].to_list(), strict=True))


def reach(trait: Trait, whole: int, limited: Mapping[int, int]) -> int:
    """Return how many patients an account's thief could read."""
    return max(trait.patients, limited.get(trait.home, whole))


def likely(trait: Trait) -> tuple[float, tuple[str, ...]]:
    """Return how much likelier a theft is than an ordinary account's, and the codes of why."""
    found = {
        "leaked": trait.leak > 1.0,
        "weak_login": trait.strong is False,
        "strong": trait.strong is True,
        "shared": trait.shared,
        "dormant": trait.dormant,
        "old_client": trait.old_client,
    }
    reasons = tuple(name for name, holds in found.items() if holds)
    return trait.leak * float(np.prod([LIKELY.get(name, 1.0) for name in reasons])), reasons


def losses(
    reading: NDArray[np.float64], export: NDArray[np.float64], reach_: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return what a theft of each account costs, (accounts, 3): with the export where it has one, and without.

    `reading` is (thieves, accounts, 3): identities if nothing stops the thief, until containment, until step-up;
    `export` the same of one thief who takes exports, (accounts, 3), zeros where an account has none. Nobody takes more
    than is within reach. The mean over thieves who read, until containment as planted ones did; exports count where
    they cost more.
    """
    read = np.minimum(reading, reach_[:, None]).mean(axis=0)
    read[:, 1] = np.minimum(read[:, 1], PLANTED * read[:, 1] ** PLANTED_POWER)
    read[:, 2] = np.minimum(read[:, 1], read[:, 2])
    return np.maximum(read, np.minimum(export, reach_[:, None])), read


def weak(trait: Trait, loss: Loss, without_export: float) -> Weak:
    """Return an account's place in the ranking, with the mend that does enough for least.

    `without_export`: identities until containment, if it could export nothing.
    """
    factor, reasons = likely(trait)
    risk = loss.contained * factor
    after = {"strong": risk * (LIKELY["strong"] if trait.strong is not True else 1.0)}
    if trait.strong is False:
        after["strong"] /= LIKELY["weak_login"]
    if trait.dormant:
        after["close"] = 0.0
    if trait.leak > 1.0:
        after["reset"] = risk / trait.leak
    if trait.exports:
        after["export_off"] = without_export * factor
    if trait.old_client:
        after["client"] = risk / LIKELY["old_client"]
    if trait.shared:
        after["own_accounts"] = risk / LIKELY["shared"]
    if trait.program:
        after["bind"] = risk * LIKELY["strong"]
        del after["strong"]  # nobody is there to answer
    enough = [name for name in MENDS if name in after and after[name] <= ENOUGH * risk]
    mend = (
        min(enough, key=lambda name: (_EFFORT[name], after[name]))
        if enough
        else min(after, key=lambda name: (after[name], _EFFORT[name], name))
    )
    return Weak(trait, loss, factor, reasons, risk, mend, after[mend])


def ranked(found: Sequence[Weak]) -> tuple[Weak, ...]:
    """Return the weakest first."""
    return tuple(sorted(found, key=lambda one: (-one.risk, one.trait.account_hash)))


def curve(found: Sequence[Weak]) -> tuple[tuple[int, float], ...]:
    """Return (accounts mended, identities at risk that remain): where each mend is spent on what it saves most."""
    total = sum(one.risk for one in found)
    saved = np.cumsum(sorted((one.risk - one.after for one in found), reverse=True))
    steps = sorted({int(step) for step in np.geomspace(1, len(found), _POINTS)}) if found else []
    return ((0, round(total, 1)), *((step, round(float(total - saved[step - 1]), 1)) for step in steps))
