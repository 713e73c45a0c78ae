"""From decisions and the lake to findings: incidents, how many patients, plots' series, what to tell first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import Any

import polars as pl

from maillon.decide.incidents import group
from maillon.expose.count import account_days, by_day, counts, counts_by_account, fields, hour_limit, peers_by_day
from maillon.expose.suspects import rare_networks, shown, suspect_accesses
from maillon.facts.decision import Decision
from maillon.facts.event import Field
from maillon.facts.findings import AccountSeries, Comparator
from maillon.facts.incident import Incident
from maillon.facts.policy import Policy

_DAY_US = 86_400_000_000
Names = dict[str, dict[int, str]]


def incidents(
    lake: pl.LazyFrame, decisions: Sequence[Decision], links: Sequence[tuple[int, int]], names: Names
) -> tuple[list[Incident], dict[str, list[AccountSeries]]]:
    """Group all `decisions` (in event-time order), count what each incident exposed, and draw its accounts' series."""
    if not decisions:
        return [], {}
    networks = _sharpest(rare_networks(lake, _flagged(decisions)).collect(), links)
    found = group(decisions, links)
    accesses = suspect_accesses(lake, _windows(found, decisions, networks), networks.lazy()).collect().lazy()
    steps = _first_steps(decisions)
    _count(found, accesses, steps)
    for incident in found:
        mine = networks.filter(pl.col("account").is_in(incident.account_hashes))
        incident.networks = mine["network"].unique(maintain_order=True).to_list()
        incident.devices = list(dict.fromkeys(d.device for d in decisions if d.id in set(incident.decisions)))
    return sorted(found, key=_gravity), _series(lake, found, decisions, networks, accesses, steps, names)


def _sharpest(networks: pl.DataFrame, links: Sequence[tuple[int, int]]) -> pl.DataFrame:
    """Keep, of an account that a campaign's network joins, that network only: its others may be the owner's."""
    hashes = {"account": pl.UInt64, "network": pl.UInt64}
    joined = pl.DataFrame(list(links), hashes, orient="row")
    return pl.concat(
        [
            networks.join(joined, on=["account", "network"], how="semi"),
            networks.join(joined, on="account", how="anti"),
        ]
    ).sort("account", "first", "network")


def with_incidents(decisions: Sequence[Decision], found: Sequence[Incident]) -> list[Decision]:
    """Return the decisions, each with the name of its incident."""
    home = {decision: incident.id for incident in found for decision in incident.decisions}
    return [replace(decision, incident=home.get(decision.id, "")) for decision in decisions]


def hourly_limit(lake: pl.LazyFrame, incident: Incident, limit: int) -> Comparator:
    """Say what a fixed limit of `limit` patients an hour would have done against this incident's accounts."""
    stopped = hour_limit(shown(lake), limit).collect()
    accounts = pl.DataFrame({"account": incident.account_hashes}, {"account": pl.UInt64})
    reads = (
        shown(lake)
        .filter(pl.col("patient") != 0)
        .join(accounts.lazy(), on="account")
        .filter((pl.col("at") >= incident.since) & pl.col("network").is_in(incident.networks))
        .join(stopped.lazy(), on="account", how="left")
        .filter(pl.col("at") < pl.col("stopped_at").fill_null(pl.lit(2**62)))
        .select(pl.col("patient").n_unique())
        .collect()
        .item()
    )
    hit = set(stopped["account"])
    return Comparator(
        name_fr=f"limite fixe de {limit} dossiers par heure",
        name_en=f"fixed limit of {limit} records an hour",
        patients_before=int(reads),
        accounts_stopped=len(hit & set(incident.account_hashes)),
        honest_stopped=len(hit - set(incident.account_hashes)),
    )


def days_until_own(lake: pl.LazyFrame, policy: Policy) -> int | None:
    """Return in how many days step-up thresholds rest on this site's own account-days; None when they do.

    A threshold at p needs 1/p account-days of one's own (detection method, calibration).
    """
    needed = policy.account_days_a_month / policy.step_up
    row = account_days(lake).select(pl.len().alias("days"), pl.col("accounts").sum().alias("held")).collect().row(0)
    days, held = int(row[0]), int(row[1] or 0)
    if held >= needed:
        return None
    return min(9999, round((needed - held) / (held / days))) if held else 9999


_UNTIL = {"account": pl.UInt64, "since": pl.Int64}


def _gravity(incident: Incident) -> tuple[int, int, str]:
    order = ("contain", "pace", "step_up", "observe").index(incident.gravest)
    return order, -incident.patients_lower, incident.id


def _flagged(decisions: Sequence[Decision]) -> pl.LazyFrame:
    since: dict[int, int] = {}
    for decision in decisions:
        since[decision.account_hash] = min(since.get(decision.account_hash, decision.at), decision.since or decision.at)
    return pl.LazyFrame({"account": list(since), "since": list(since.values())}, _UNTIL)


def _windows(found: Sequence[Incident], decisions: Sequence[Decision], networks: pl.DataFrame) -> pl.LazyFrame:
    """Say per suspected account since when, and which incident it belongs to."""
    first = dict(networks.group_by("account").agg(pl.col("first").min()).iter_rows())
    by_id = {decision.id: decision for decision in decisions}
    rows: dict[int, tuple[int, str]] = {}
    for incident in found:
        for name in incident.decisions:
            decision = by_id[name]
            account, start = decision.account_hash, decision.since or decision.at
            start = min(start, first.get(account, start), rows.get(account, (start, ""))[0])
            rows[account] = (start, incident.id)
    return pl.LazyFrame(
        {"account": list(rows), "since": [r[0] for r in rows.values()], "incident": [r[1] for r in rows.values()]},
        {**_UNTIL, "incident": pl.String},
    )


def _first_steps(decisions: Sequence[Decision]) -> pl.LazyFrame:
    """Say per account when it was first asked for a stronger log-in (or more), and when contained."""
    first: dict[int, tuple[int, int | None]] = {}
    for one in decisions:
        asked, contained = first.get(one.account_hash, (one.at, None))
        first[one.account_hash] = asked, contained or (one.at if one.action == "contain" else None)
    return pl.LazyFrame(
        [(account, *steps) for account, steps in first.items()],
        {"account": pl.UInt64, "step_up": pl.Int64, "contain": pl.Int64},
        orient="row",
    )


def _count(found: Sequence[Incident], accesses: pl.LazyFrame, steps: pl.LazyFrame) -> None:
    by_incident = {row["incident"]: row for row in counts(accesses, steps).collect().iter_rows(named=True)}
    shown_fields = {row["incident"]: row for row in fields(accesses).collect().iter_rows(named=True)}
    for incident in found:
        row = by_incident.get(incident.id)
        if row is None:
            continue
        incident.patients_lower, incident.patients_upper = row["lower"], max(row["upper"], row["lower"])
        incident.patients_before_step_up = row["before_step_up"]
        incident.patients_before_containment = row["before_contain"]
        incident.since = row["first"] or incident.since
        incident.until = max(incident.until, row["last"] or 0)
        seen = shown_fields.get(incident.id, {})
        names = (str(f.name).lower() for f in Field)
        incident.fields = {name: seen[name] for name in names if seen.get(name)}


def _series(
    lake: pl.LazyFrame,
    found: Sequence[Incident],
    decisions: Sequence[Decision],
    networks: pl.DataFrame,
    accesses: pl.LazyFrame,
    steps: pl.LazyFrame,
    names: Names,
) -> dict[str, list[AccountSeries]]:
    accounts = pl.LazyFrame({"account": [d.account_hash for d in decisions]}, {"account": pl.UInt64})
    days = by_day(shown(lake), accounts).collect()
    peers = dict(peers_by_day(shown(lake)).collect().iter_rows())
    read = {row["account"]: row for row in counts_by_account(accesses, steps).collect().iter_rows(named=True)}
    first = {account: (step_up, contain) for account, step_up, contain in steps.collect().iter_rows()}
    out: dict[str, list[AccountSeries]] = {}
    for incident in found:
        for account in incident.account_hashes:
            mine = days.filter(pl.col("account") == account).to_dict(as_series=False)
            where = networks.filter(pl.col("account") == account)["network"]
            counted: dict[str, Any] = read.get(account, {})
            suspected = (first[account][0] + incident.zone * 1_000_000) // _DAY_US
            series = AccountSeries(
                account=names["account"].get(account, f"account {account:016x}"),
                days=[_iso(day) for day in mine["day"]],
                patients=mine["patients"],
                new=mine["new"],
                usual=_usual(mine["patients"], sum(day < suspected for day in mine["day"])),
                peers=[float(peers.get(day, 0.0)) for day in mine["day"]],
                step_up_at=first[account][0] or 0,
                contain_at=first[account][1] or 0,
                read_in_all=counted.get("read", 0),
                read_before_containment=counted.get("before", 0),
                network=names.get("network", {}).get(where[0], "") if len(where) else "",
                device=next(
                    (names.get("device", {}).get(d.device, "") for d in decisions if d.account_hash == account), ""
                ),
            )
            out.setdefault(incident.id, []).append(series)
    return out


def _usual(patients: Sequence[int], own: int) -> list[float]:
    """Return, for each day, the median of the account's own days before it (0 on its first).

    Only the first `own` days are its own: a thief must not teach what is usual.
    """
    before = [patients[: min(index, own)] for index in range(len(patients))]
    return [float(median(days)) if days else 0.0 for days in before]


def _iso(day: int) -> str:
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=day)).date().isoformat()
