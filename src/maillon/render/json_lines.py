"""The JSON that others rely on: one object a line, each with a version. Fields are added, never renamed.

The contract stands in docs/reference/json.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from maillon.facts.coverage import Coverage
from maillon.facts.decision import Decision
from maillon.facts.findings import Findings
from maillon.facts.incident import Incident
from maillon.render.clock import moment

VERSION = 1


def lines(findings: Findings) -> Iterator[str]:
    """Yield coverage, then decisions in event-time order, then incidents, gravest first."""
    yield from (_line(coverage_object(one)) for one in findings.coverages)
    yield from (_line(decision_object(one)) for one in findings.decisions)
    yield from (_line(incident_object(one)) for one in findings.incidents)


def coverage_object(coverage: Coverage) -> dict[str, Any]:
    """Return one source's coverage: lines = parsed + ignored + rejected + duplicates."""
    return {
        "kind": "coverage",
        "source": coverage.source,
        "service": coverage.service,
        "dialect": coverage.dialect,
        "lines": coverage.records,
        "parsed": coverage.parsed,
        "ignored": sum(coverage.ignored.values()),
        "rejected": sum(coverage.rejected.values()),
        "duplicates": coverage.duplicates,
        "late": coverage.late,
        "ignored_by_kind": coverage.ignored,
        "rejected_by_reason": coverage.rejected,
        "without_account": coverage.without_account,
        "without_patient": coverage.without_patient,
        "unmatched": coverage.unmatched,
        "first": _at(coverage.first, 0) if coverage.first else None,
        "last": _at(coverage.last, 0) if coverage.last else None,
        "warnings": coverage.warnings,
    }


def decision_object(decision: Decision) -> dict[str, Any]:
    """Return one decision."""
    return {
        "kind": "decision",
        "id": decision.id,
        "at": _at(decision.at, decision.zone),
        "service": decision.service,
        "account": decision.account,
        "action": decision.action,
        "reasons": [{"code": one.code, "numbers": one.numbers, "fr": one.fr, "en": one.en} for one in decision.reasons],
        "calibration": decision.calibration,
        "incident": decision.incident,
        "evidence": decision.kind,
        "log10_p": round(decision.log10_p, 2),
        "short_history": decision.short_history,
    }


def incident_object(incident: Incident) -> dict[str, Any]:
    """Return one incident."""
    return {
        "kind": "incident",
        "id": incident.id,
        "accounts": incident.accounts,
        "since": _at(incident.since, incident.zone),
        "until": _at(incident.until, incident.zone),
        "patients": {"lower": incident.patients_lower, "upper": incident.patients_upper},
        "fields": incident.fields,
        "absorbs": incident.absorbs,
        "action": incident.gravest,
        "patients_before_step_up": incident.patients_before_step_up,
        "patients_before_containment": incident.patients_before_containment,
        "decisions": incident.decisions,
    }


def _line(value: dict[str, Any]) -> str:
    return msgspec.json.encode({"v": VERSION, **value}).decode()


def _at(at: int, zone: int) -> str:
    return moment(at, zone).isoformat()
