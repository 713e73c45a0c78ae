"""Who went to a look-alike: sightings in DNS, proxy or access logs become accounts of our own.

A sighting is one line of a CSV with the columns `at` (RFC 3339), `name`, and `account` or `address`; `via` (dns, proxy
or referrer) and `brand` may be told too. Nothing of the line but these is kept.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from datetime import datetime

import polars as pl

from maillon.facts.chain import Sighting, Visit
from maillon.facts.event import Outcome
from maillon.read.directory import network_hashes
from maillon.read.normalise import account_hash
from maillon.read.pseudonym import Keys

WITHIN_US = 15 * 60_000_000
"""An account counts as having gone there if it used the address so shortly before or after."""

CROWD = 5
"""Above so many accounts on the address at that time nobody can be told: it is a gateway's."""

_VIAS = ("dns", "proxy", "referrer")


def read_sightings(text: str, keys: Keys) -> tuple[list[Sighting], list[str]]:
    """Return the sightings of a CSV, and a sentence for each line left out, with its number."""
    table = csv.DictReader(io.StringIO(text.replace("\0", ""), newline=""))
    headings = {(one or "").strip().lower(): one for one in table.fieldnames or ()}
    missing = [one for one in ("at", "name") if one not in headings]
    if missing or not {"account", "address"} & headings.keys():
        return [], [f"line 1: no column {', '.join(missing) or 'account or address'} among the headings"]
    found, mistakes = [], []
    for row in table:
        values = {name: (row.get(heading) or "").strip() for name, heading in headings.items()}
        try:
            found.append(_sighting(values, keys))
        except ValueError as error:
            mistakes.append(f"line {table.line_num}: {error}; it is left out")
    return found, mistakes


def _sighting(values: Mapping[str, str], keys: Keys) -> Sighting:
    try:
        when = datetime.fromisoformat(values["at"])
    except ValueError:
        raise ValueError(f"`at` {values['at'][:40]!r} is no moment (2026-03-08T11:30:00+01:00)") from None
    if when.tzinfo is None:
        raise ValueError("`at` has no offset from UTC")
    name, account, address = values["name"].lower().rstrip("."), values.get("account", ""), values.get("address", "")
    if not name or not (account or address):
        raise ValueError("it names no look-alike, or neither an account nor an address")
    network, single = network_hashes([address], keys) if address and not account else (frozenset[int](),) * 2
    return Sighting(
        name=name,
        at=round(when.timestamp() * 1_000_000),
        via=values.get("via", "") if values.get("via", "") in _VIAS else "dns",
        account_hash=account_hash(keys, account) if account else 0,
        address=next(iter(single), 0),
        network=next(iter(network), 0),
        brand=values.get("brand", ""),
    )


def visits(lake: pl.LazyFrame, sightings: Sequence[Sighting], names: Mapping[int, str]) -> list[Visit]:
    """Return which accounts went there, in order of time, each look-alike once an account.

    A sighting under an account is certain. Of an address, the accounts that used it within WITHIN_US are taken, the
    nearest in time first, where they are no crowd.
    """
    found = [
        Visit(
            one.name, one.at, one.via, names.get(one.account_hash, ""), one.account_hash, certain=True, brand=one.brand
        )
        for one in sightings
        if one.account_hash in names
    ]
    placed = [one for one in sightings if not one.account_hash and (one.address or one.network)]
    for which in ("address", "network"):
        mine = [one for one in placed if getattr(one, which)]
        if mine:
            found += _by_place(lake, mine, which, names)
    first: dict[tuple[int, str], Visit] = {}
    for visit in sorted(found, key=lambda one: (not one.certain, one.at)):
        first.setdefault((visit.account_hash, visit.name), visit)
    return sorted(first.values(), key=lambda one: (one.at, one.account_hash, one.name))


def _by_place(lake: pl.LazyFrame, sightings: Sequence[Sighting], which: str, names: Mapping[int, str]) -> list[Visit]:
    asked = pl.LazyFrame(
        {
            which: [getattr(one, which) for one in sightings],
            "seen": [one.at for one in sightings],
            "sighting": range(len(sightings)),
        },
        {which: pl.UInt64, "seen": pl.Int64, "sighting": pl.Int64},
    )
    near = (
        lake.filter((pl.col("account") != 0) & (pl.col("outcome") == int(Outcome.OK)))
        .select("at", "account", which)
        .join(asked, on=which)
        .filter((pl.col("at") - pl.col("seen")).abs() <= WITHIN_US)
        .select("sighting", "account")
        .unique()
        .filter(pl.len().over("sighting") <= CROWD)
        .collect()
    )
    return [
        Visit(
            sightings[place].name,
            sightings[place].at,
            sightings[place].via,
            names.get(account, f"account {account:016x}"),
            account,
            certain=False,
            brand=sightings[place].brand,
        )
        for place, account in near.iter_rows()
    ]
