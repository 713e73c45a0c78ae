"""What a state knows of one incident, as the files of an evidence pack, and the record of its export."""

from __future__ import annotations

import platform
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import msgspec
import polars as pl

from maillon import __version__
from maillon.decide.incidents import group
from maillon.edges import lake_window
from maillon.edges.chain import Link
from maillon.edges.heads import write_head
from maillon.edges.ledger import Entry
from maillon.edges.signing import Signer
from maillon.edges.state import VERSION, State
from maillon.expose.sittings import DAY
from maillon.facts.decision import Decision
from maillon.facts.errors import UsageError
from maillon.facts.event import Action, Field, Flag, Outcome
from maillon.facts.incident import Incident
from maillon.render.clock import rfc3339
from maillon.render.evidence_readme import readme
from maillon.render.exposure_json import exposure_lines
from maillon.render.json_lines import decision_object, incident_object, line
from maillon.run.conclude import incidents, with_incidents
from maillon.run.exposure import chosen, exposure_of
from maillon.run.retention import KEPT_KINDS, accounts_in, with_kept_numbers
from maillon.run.scan import campaigns_of

SUMS, SIGNATURE, PUBLIC = "SHA256SUMS", "SHA256SUMS.sig", "public.pem"
"""The manifest, in the form that sha256sum checks; its signature; the key that checks it."""

KIND = "export"
"""Kind of the entries by which the ledger remembers which evidence left, for whom and why."""

_SEAL_DAYS = 3
_NAMED = ("service", "account", "network", "device", "route")


@dataclass(frozen=True)
class Request:
    """Who asks for a pack, why, and when (µs, by the clock)."""

    who: str
    why: str
    at: int


def evidence(state: State, name: str, request: Request, key: str, signer: Signer) -> dict[str, bytes]:
    """Return the files of the pack of one incident, the manifest and its signature last; record the export.

    `key` is the version of the key that made the pseudonyms. Raises UsageError where there is no such incident.
    """
    decisions = [msgspec.convert(body, Decision) for body in state.entries("decision")]
    links = campaigns_of(state).links()
    picked = chosen(group(decisions, links), name, state)
    found, _ = incidents(state.lake(), decisions, links, state.names())
    with_kept_numbers(state, found)
    incident = next(one for one in found if one.id == picked.id)
    mine = [one for one in with_incidents(decisions, found) if one.incident == incident.id]
    files = {
        "incident.json": _lines([line(incident_object(incident))]),
        "decisions.jsonl": _lines(line(decision_object(one)) for one in mine),
        "exposure.jsonl": _lines(_exposure(state, incident)),
        "accesses.csv": _accesses(state, incident, min(one.since or one.at for one in mine)),
        "coverage.json": _lines([msgspec.json.encode(_coverage(state)).decode()]),
        "configuration.json": _lines([msgspec.json.encode(_configuration(state)).decode()]),
        "versions.json": _lines([msgspec.json.encode(_versions(request, key)).decode()]),
    }
    state.record([_entry(incident, request, signer, files)])  # before anything leaves
    segment, (entries, link) = _segment(state, incident)
    files["ledger.jsonl"] = _lines(segment)
    files["head.txt"] = write_head(state.genesis, entries, link, rfc3339(request.at, 0), signer).encode()
    return sealed({"README.txt": readme(incident, signer.name).encode(), **files, PUBLIC: signer.public}, signer)


def sealed(files: Mapping[str, bytes], signer: Signer) -> dict[str, bytes]:
    """Return files with their manifest and its signature."""
    sums = manifest(files)
    return {**files, SUMS: sums, SIGNATURE: signer.sign(sums)}


def manifest(files: Mapping[str, bytes]) -> bytes:
    """Return the sums of files, in their order."""
    return "".join(f"{sha256(content).hexdigest()}  {name}\n" for name, content in files.items()).encode()


def _exposure(state: State, incident: Incident) -> Iterator[str]:
    try:
        exposure, rows = exposure_of(state, incident.id)
    except UsageError as error:  # its days are no longer kept
        return iter([line({"kind": "exposure_summary", "incident": incident.id, "missing": str(error)})])
    return exposure_lines(exposure, rows.collect().iter_rows(named=True))


def _accesses(state: State, incident: Incident, since: int) -> bytes:
    """Return every access of the incident's accounts in its time, as CSV: names where they may be read, else hashes."""
    parts, names = state.parts(), state.names()
    events = lake_window.events(state.folder, parts, since, incident.until + DAY)
    if events is None:
        return b""
    table = events.filter(pl.col("account").is_in(incident.account_hashes)).sort("at", "seq")
    patients = lake_window.pseudonyms(state.folder, parts).unique("patient")
    table = table.join(patients, on="patient", how="left", maintain_order="left")
    moments = pl.struct("at", "zone").map_elements(
        lambda one: rfc3339(one["at"], one["zone"]), return_dtype=pl.String, skip_nulls=False
    )
    columns = [
        moments.alias("at"),
        *(_named(kind, names.get(kind, {})) for kind in _NAMED),
        *(_hex(kind).alias(kind) for kind in ("session", "address", "request")),
        pl.col("pseudonym").fill_null("").alias("patient"),
        _word("action", {int(one): one.name for one in Action}),
        _word("outcome", {int(one): one.name for one in Outcome}),
        _bits("fields", {int(one): str(one.name) for one in Field}),
        _bits("flags", {int(one): str(one.name) for one in Flag}),
        pl.col("listed"),
        pl.col("seq"),
    ]
    return table.select(columns).collect().write_csv(quote_style="non_numeric").encode()


def _named(kind: str, names: Mapping[int, str]) -> pl.Expr:
    return pl.col(kind).replace_strict(
        pl.Series(list(names), dtype=pl.UInt64), pl.Series(list(names.values()), dtype=pl.String), default=_hex(kind)
    )


def _hex(kind: str) -> pl.Expr:
    return pl.when(pl.col(kind) == 0).then(pl.lit("")).otherwise(pl.col(kind).map_elements(_sixteen, pl.String))


def _sixteen(value: int) -> str:
    return f"{value:016x}"


def _word(column: str, words: Mapping[int, str]) -> pl.Expr:
    return pl.col(column).replace_strict(
        list(words), [word.lower() for word in words.values()], default="", return_dtype=pl.String
    )


def _bits(column: str, words: Mapping[int, str]) -> pl.Expr:
    parts = [pl.when((pl.col(column) & bit) != 0).then(pl.lit(word.lower())) for bit, word in words.items() if bit]
    return pl.concat_str(parts, separator=" ", ignore_nulls=True).alias(column)


def _coverage(state: State) -> dict[str, Any]:
    """Return what the lake holds of each day and service, and how many records of each source could not be read."""
    parts, names = state.parts(), state.names().get("service", {})
    events = lake_window.every(state.folder, parts)
    day = pl.from_epoch(pl.col("at") + pl.col("zone").cast(pl.Int64) * 1_000_000, "us").dt.date().alias("day")
    days = (
        [] if events is None else events.group_by(day, "service").agg(pl.len()).sort("day", "service").collect().rows()
    )
    unread = lake_window.rejected(state.folder, parts, 0, 2**53)
    counts = unread.group_by("source", "reason").agg(pl.len()).sort("source", "reason").collect().rows()
    return {
        "days": [{"day": str(day), "service": names.get(service, ""), "events": n} for day, service, n in days],
        "rejected": [{"source": source, "reason": reason, "records": n} for source, reason, n in counts],
    }


def _configuration(state: State) -> dict[str, Any]:
    profiles = {body["source"]: body["profile"] for body in state.entries("profile")}
    told = state.entries("response")
    return {"profiles": profiles, "response": told[-1] if told else None}


def _versions(request: Request, key: str) -> dict[str, Any]:
    return {
        "maillon": __version__,
        "state": VERSION,
        "key_version": key,
        "python": platform.python_version(),
        "system": platform.system(),
        "polars": pl.__version__,
        "made": rfc3339(request.at, 0),
        "who": request.who,
        "why": request.why,
    }


def _entry(incident: Incident, request: Request, signer: Signer, files: Mapping[str, bytes]) -> Entry:
    body = {
        "incident": incident.id,
        "at": request.at,
        "who": request.who,
        "why": request.why,
        "key": signer.name,
        "files": {name: sha256(content).hexdigest() for name, content in files.items()},
    }
    return sha256(msgspec.json.encode([KIND, body], order="sorted")).hexdigest(), KIND, request.at, body


def _segment(state: State, incident: Incident) -> tuple[list[str], tuple[int, str]]:
    """Return the chain from the first entry about the incident to the last one, and its head.

    What other entries say is withheld: their commitments keep the chain whole all the same.
    """
    links = list(state.links())
    told = [_concerns(link, incident) for link in links]
    first = told.index(True)
    before = links[first - 1].hash if first else state.genesis
    lines = [msgspec.json.encode({"ledger": state.genesis, "first": first + 1, "before": before}).decode()]
    lines += [
        msgspec.json.encode((link if one else link._replace(id="", body="", salt=""))._asdict()).decode()
        for link, one in zip(links[first:], told[first:], strict=True)
    ]
    return lines, (links[-1].seq, links[-1].hash)


def _concerns(link: Link, incident: Incident) -> bool:
    if not link.body:
        return False
    body = msgspec.json.decode(link.body)
    if link.kind == "decision":
        return body["id"] in incident.decisions
    if link.kind == "seal":
        return incident.since - _SEAL_DAYS * DAY <= link.at <= incident.until
    if link.kind in KEPT_KINDS:
        return True
    names: Sequence[str] = (incident.id, *incident.absorbs)
    return bool(
        {body.get("incident"), body.get("of")} & {*names, *incident.decisions}
        or accounts_in(body) & set(incident.account_hashes)
    )


def _lines(texts: Iterable[str]) -> bytes:
    return "".join(f"{text}\n" for text in texts).encode()
