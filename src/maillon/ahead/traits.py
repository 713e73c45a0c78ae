"""What the logs tell of each account: what it reaches, since when, with what; one row an account.

From lazy tables to a table; an edge opens the lake. Used by the weakest link and by the posture.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl
from numpy.typing import NDArray

from maillon.ahead.shared import shared
from maillon.facts.directory import Directory, Person
from maillon.facts.event import Action, Outcome
from maillon.facts.weakest import Trait
from maillon.score.evidence import DORMANT_DAYS
from maillon.score.service import FROM_DAYS, STOPPED

OLD_CLIENTS = ("Internet Explorer", "PhantomJS")
"""Clients without security updates, by the families that Maillon tells apart (read/client_name.py); it keeps no
version. Internet Explorer 11 ended in June 2022, PhantomJS was archived in 2018."""

RECENT_DAYS = 30
"""A client counts as in use where it was used in an account's last days."""

_DAY_US = 86_400_000_000
_NOT_SHOWN = [int(one) for one in (Action.LOGIN, Action.LOGOUT, Action.TAMPER, Action.OTHER)]


def seen(lake: pl.LazyFrame, devices: Mapping[int, str]) -> pl.DataFrame:
    """Return what the accesses tell: account, patients, exports, export_rows, first, last, active_days, zone, old.

    `devices` are the readable names of clients.
    """
    old = pl.Series([key for key, name in devices.items() if name.startswith(OLD_CLIENTS)], dtype=pl.UInt64)
    ok = pl.col("outcome") == int(Outcome.OK)
    export = (pl.col("action") == int(Action.EXPORT)) & ok
    read = (pl.col("patient") != 0) & ok & ~pl.col("action").is_in(_NOT_SHOWN)
    last = pl.col("at").max()
    return (
        lake.filter(pl.col("account") != 0)
        .group_by("account")
        .agg(
            pl.col("patient").filter(read).n_unique().alias("patients"),
            export.sum().alias("exports"),
            pl.col("listed").filter(export).max().fill_null(0).clip(0).alias("export_rows"),
            pl.col("at").min().alias("first"),
            last.alias("last"),
            ((pl.col("at") + pl.col("zone").cast(pl.Int64) * 1_000_000) // _DAY_US).n_unique().alias("active_days"),
            pl.col("zone").mode().min().alias("zone"),
            (pl.col("device").is_in(old.implode()) & (pl.col("at") > last - RECENT_DAYS * _DAY_US)).any().alias("old"),
        )
        .sort("account")
        .collect()
    )


def traits(
    accesses: pl.DataFrame,
    lake: pl.LazyFrame,
    records: NDArray[Any],
    names: Mapping[int, str],
    directory: Directory,
    *,
    strong: Mapping[int, bool],
    leaks: Mapping[int, float],
    at: int,
) -> list[Trait]:
    """Return the traits of every account of `accesses` (what `seen` returns), in order of its hash.

    `records` are the account records of the scoring; `strong` tells whether an account's last known log-in was strong;
    `leaks` are the factors of accounts that leaks name (ahead/prior.py); `at` is the moment up to which the logs tell.
    """
    homes = dict(zip(records["account"].tolist(), records["home"].tolist(), strict=True))
    service = (records["service"] >= FROM_DAYS) & (records["service"] < STOPPED)
    programs = set(records["account"][service].tolist())
    several = set(shared(lake).collect()["account"].to_list())
    found = []
    for row in accesses.iter_rows(named=True):
        key = row["account"]
        person = directory.people.get(key, Person(""))
        program = key in programs or person.service_account
        found.append(
            Trait(
                account=names.get(key, f"account {key:016x}"),
                account_hash=key,
                facility=person.facility,
                role=person.role,
                home=homes.get(key, 0),
                patients=row["patients"],
                exports=row["exports"],
                export_rows=row["export_rows"],
                first=row["first"],
                last=row["last"],
                active_days=row["active_days"],
                strong=strong.get(key),
                leak=leaks.get(key, 1.0),
                dormant=at - row["last"] >= DORMANT_DAYS * _DAY_US,
                shared=person.shared or (key in several and not program),
                old_client=row["old"],
                program=program,
            )
        )
    return found
