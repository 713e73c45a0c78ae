"""From a state and an incident's name to what it exposed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime

import msgspec
import polars as pl

from maillon.decide.incidents import group
from maillon.edges import lake_window
from maillon.edges.state import State
from maillon.expose.attribute import THRESHOLD, attributed
from maillon.expose.attribute import starts as starts_of
from maillon.expose.gaps import silences
from maillon.expose.rows import attributed_accesses, rows
from maillon.expose.sittings import DAY, crowds, numbered, sittings
from maillon.expose.summary import summarise
from maillon.facts.decision import Decision
from maillon.facts.errors import UsageError
from maillon.facts.exposure import Exposure, Gap, Start
from maillon.facts.incident import Incident
from maillon.run.scan import campaigns_of

HISTORY_DAYS = 45
"""Days before the first suspicion that are looked at: what an account did before tells its owner from a thief."""

_COLUMNS = (
    *("at", "zone", "account", "session", "network", "device", "action", "outcome", "patient", "listed", "fields"),
    *("route", "service"),
)
_SUSPECT = {"account": pl.UInt64, "since": pl.Int64}
_HOUR = 3_600_000_000


def exposure_of(state: State, incident_id: str) -> tuple[Exposure, pl.LazyFrame]:
    """Return what the incident exposed, and its rows (columns of facts.exposure.ROWS).

    `incident_id` is the incident's name, the beginning of it, or the name of one that it absorbed. Raises UsageError
    where there is no such incident, or more than one.
    """
    decisions = [msgspec.convert(body, Decision) for body in state.entries("decision")]
    incident = chosen(group(decisions, campaigns_of(state).links()), incident_id, state)
    suspects = suspects_of(incident, decisions)
    parts, names = state.parts(), state.names()
    since = min(incident.since, int(suspects.select(pl.col("since").min()).collect().item())) - HISTORY_DAYS * DAY
    held = lake_window.days(parts)
    if not held:
        raise UsageError(f"{incident_id}: the lake of {state.folder} holds none of its days any more")
    until = _midnight(held[-1]) + 3 * DAY
    lake = lake_window.events(state.folder, parts, since, until)
    if lake is None:
        raise UsageError(f"{incident_id}: the lake of {state.folder} holds none of its days any more")
    begin = _first_moment(lake_window.events(state.folder, parts, 0, _midnight(held[0]) + 2 * DAY))
    lake = lake.select(_COLUMNS)
    accesses, starts = attribute(lake, suspects, begin)
    unread = lake_window.rejected(state.folder, parts, incident.since, incident.until)
    gaps = gaps_of(lake, accesses, starts, unread, names)
    exposure = summarise(accesses.lazy(), incident=incident.id, names=names, starts=starts, gaps=gaps, logs_begin=begin)
    table = rows(
        accesses.lazy(),
        lake_window.pseudonyms(state.folder, parts),
        _table(names.get("account", {})),
        _table(names.get("route", {})),
    )
    return exposure, table


def suspects_of(incident: Incident | None, decisions: Sequence[Decision]) -> pl.LazyFrame:
    """Return the suspected accounts of an incident: account, since (µs of the earliest suspicion), incident."""
    since: dict[int, int] = {}
    mine = set(incident.decisions) if incident else set()
    for one in decisions:
        if one.id in mine:
            since[one.account_hash] = min(since.get(one.account_hash, one.at), one.since or one.at)
    table = pl.LazyFrame({"account": list(since), "since": list(since.values())}, _SUSPECT)
    return table.with_columns(pl.lit(incident.id if incident else "").alias("incident"))


def attribute(lake: pl.LazyFrame, suspects: pl.LazyFrame, logs_begin: int) -> tuple[pl.DataFrame, dict[int, Start]]:
    """Attribute the accesses of suspected accounts (columns of expose.rows.ACCESS); say when each theft began."""
    mine = numbered(lake.join(suspects.select("account"), on="account", how="semi")).collect().lazy()
    there = lake.join(mine.select("network").unique(), on="network", how="semi")
    told = attributed(sittings(mine, suspects, crowds(there, suspects))).collect().lazy()
    found = {
        row["account"]: Start(
            row["earliest"], row["likely"], row["latest"], before_logs=row["earliest"] < logs_begin + DAY
        )
        for row in starts_of(told).collect().iter_rows(named=True)
        if row["stolen"] >= THRESHOLD
    }
    return attributed_accesses(mine, told).collect(), found


def gaps_of(
    lake: pl.LazyFrame,
    accesses: pl.DataFrame,
    starts: Mapping[int, Start],
    unread: pl.LazyFrame,
    names: Mapping[str, Mapping[int, str]],
) -> list[Gap]:
    """Return what the logs do not say of the suspect time, and how many patients each gap may hide."""
    likely = accesses.filter(pl.col("thief") >= THRESHOLD)
    if likely.is_empty():
        return []
    first, until = likely.select(pl.col("at").min().alias("first"), pl.col("at").max().alias("last")).row(0)
    since = min((start.earliest for start in starts.values()), default=first)
    fastest = _fastest(likely)
    found = [
        Gap(
            "silent",
            names.get("service", {}).get(row["service"], ""),
            row["since"],
            row["until"],
            round(row["expected"]),
            round(fastest * (row["until"] - row["since"]) / _HOUR),
        )
        for row in silences(lake.select("at", "zone", "service")).collect().iter_rows(named=True)
        if row["until"] > since and row["since"] < until + DAY
    ]
    counted = unread.group_by("source").agg(pl.len().alias("records")).sort("source").collect()
    found += [Gap("rejected", source, since, until, records, records) for source, records in counted.iter_rows()]
    if any(start.before_logs for start in starts.values()):
        found.append(Gap("beginning", "", 0, since, 0, 0))
    return found


def chosen(found: Iterable[Incident], name: str, state: State) -> Incident:
    """Return the incident of that name, beginning or absorbed name. Raises UsageError."""
    mine = [one for one in found if name in {one.id, *one.absorbs} or (name and one.id.startswith(name))]
    if len(mine) != 1:
        many = "more than one incident begins so" if mine else "no such incident"
        raise UsageError(f"{name}: {many}; `maillon incidents --state {state.folder}` lists them")
    return mine[0]


def _fastest(likely: pl.DataFrame) -> int:
    """Return the most patients that were read in one clock hour."""
    hours = likely.filter(pl.col("patient") != 0).group_by(pl.col("at") // _HOUR).agg(pl.col("patient").n_unique())
    return int(hours.select(pl.col("patient").max().fill_null(0)).item())


def _first_moment(events: pl.LazyFrame | None) -> int:
    assert events is not None
    return int(events.select(pl.col("at").min()).collect().item() or 0)


def _midnight(day: str) -> int:
    return int(datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp()) * 1_000_000


def _table(names: Mapping[int, str]) -> pl.LazyFrame:
    return pl.LazyFrame({"hash": list(names), "name": list(names.values())}, {"hash": pl.UInt64, "name": pl.String})
