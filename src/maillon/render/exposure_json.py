"""An exposure as programs read it: a summary, then one object a patient, account, route and set of fields."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict
from typing import Any

from maillon.facts.event import Field
from maillon.facts.exposure import Exposure, Gap, Start
from maillon.render.clock import rfc3339
from maillon.render.json_lines import line

_NAMES = [(int(one), str(one.name).lower()) for one in Field]


def exposure_lines(exposure: Exposure, rows: Iterable[dict[str, Any]]) -> Iterator[str]:
    """Yield the summary, then the rows (columns of facts.exposure.ROWS) in their order."""
    yield line(summary_object(exposure))
    for row in rows:
        yield line(row_object(exposure.incident, row))


def row_object(incident: str, row: dict[str, Any]) -> dict[str, Any]:
    """Return one row: the fields of one patient that one route showed through one account."""
    return {
        "kind": "exposure",
        "incident": incident,
        "account": row["account"],
        "patient": row["patient"],
        "fields": field_names(row["fields"]),
        "route": row["route"],
        "first": rfc3339(row["first"], row["zone"]),
        "last": rfc3339(row["last"], row["zone"]),
        "thief": round(row["thief"], 4),
        "accesses": row["accesses"],
        "replayed": row["replayed"],
        "break_glass": row["break_glass"],
    }


def summary_object(exposure: Exposure) -> dict[str, Any]:
    """Return what the incident exposed in all, with how it was computed."""
    zone = exposure.zone
    return {
        "kind": "exposure_summary",
        "incident": exposure.incident,
        "since": _moment(exposure.since, zone),
        "until": _moment(exposure.until, zone),
        "patients": asdict(exposure.patients),
        "upper_parts": exposure.upper_parts,
        "accesses": asdict(exposure.accesses),
        "fields": {name: asdict(bounds) for name, bounds in exposure.fields.items()},
        "start": _start(exposure.start, zone),
        "accounts": [
            {
                "account": one.account,
                "patients": asdict(one.patients),
                "listed": one.listed,
                "start": _start(one.start, zone),
                "first": _moment(one.first, zone),
                "last": _moment(one.last, zone),
                "replayed_sessions": one.replayed_sessions,
            }
            for one in exposure.accounts
        ],
        "routes": [
            {"route": one.route, "patients": asdict(one.patients), "listed": one.listed} for one in exposure.routes
        ],
        "gaps": [_gap(one, zone) for one in exposure.gaps],
        "break_glass": exposure.break_glass,
        "threshold": exposure.threshold,
        "ceiling": exposure.ceiling,
        "logs_begin": _moment(exposure.logs_begin, zone),
        "notes": [{"code": one.code, "numbers": one.numbers, "fr": one.fr, "en": one.en} for one in exposure.notes],
    }


def field_names(bits: int) -> list[str]:
    """Return the names of the fields in a set of bits."""
    return [name for bit, name in _NAMES if bits & bit]


def _start(start: Start, zone: int) -> dict[str, Any] | None:
    if not start.likely:
        return None
    return {
        "earliest": _moment(start.earliest, zone),
        "likely": _moment(start.likely, zone),
        "latest": _moment(start.latest, zone),
        "before_logs": start.before_logs,
    }


def _gap(gap: Gap, zone: int) -> dict[str, Any]:
    return {
        "kind": gap.kind,
        "service": gap.service,
        "since": _moment(gap.since, zone),
        "until": _moment(gap.until, zone),
        "records": gap.records,
        "patients": gap.patients,
    }


def _moment(at: int, zone: int) -> str | None:
    return rfc3339(at, zone) if at else None
