"""The JSON that others rely on: one object a line, each with a version. Fields are added, never renamed.

The contract stands in docs/reference/json.md.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from math import isfinite
from typing import Any

from maillon.facts.coverage import Coverage
from maillon.facts.decision import Decision, Reason
from maillon.facts.findings import Findings
from maillon.facts.incident import Incident
from maillon.render.clock import rfc3339
from maillon.render.story import gravest_first

VERSION = 1

# JSON escapes the controls below 32 only. A terminal also obeys 127 to 159, and readers are fooled by characters that
# turn the direction of a line or break it; lone surrogates (file names that are not UTF-8) cannot be written at all.
_ACTS = re.compile(
    "[\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e007f]"
)


def lines(findings: Findings) -> Iterator[str]:
    """Yield coverage, then decisions in event-time order, then incidents, gravest first."""
    yield from (line(coverage_object(one)) for one in findings.coverages)
    yield from (line(decision_object(one)) for one in sorted(findings.decisions, key=lambda one: one.at))
    yield from (line(incident_object(one)) for one in gravest_first(findings.incidents))


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
        "first": rfc3339(coverage.first, 0) if coverage.first else None,
        "last": rfc3339(coverage.last, 0) if coverage.last else None,
        "profile_since": rfc3339(coverage.adopted, 0) if coverage.adopted else None,
        "warnings": coverage.warnings,
    }


def decision_object(decision: Decision) -> dict[str, Any]:
    """Return one decision."""
    return {
        "kind": "decision",
        "id": decision.id,
        "at": rfc3339(decision.at, decision.zone),
        "service": decision.service,
        "account": decision.account,
        "action": decision.action,
        "reasons": [_reason(one) for one in decision.reasons],
        "calibration": decision.calibration,
        "incident": decision.incident,
        "evidence": decision.kind,
        "log10_p": _number(decision.log10_p, 2),
        "short_history": decision.short_history,
        "role": decision.role,
        "facility": decision.facility,
    }


def incident_object(incident: Incident) -> dict[str, Any]:
    """Return one incident."""
    return {
        "kind": "incident",
        "id": incident.id,
        "accounts": incident.accounts,
        "since": rfc3339(incident.since, incident.zone),
        "until": rfc3339(incident.until, incident.zone),
        "patients": {"lower": incident.patients_lower, "upper": incident.patients_upper},
        "fields": incident.fields,
        "absorbs": incident.absorbs,
        "action": incident.gravest,
        "patients_before_step_up": incident.patients_before_step_up,
        "patients_before_containment": incident.patients_before_containment,
        "decisions": incident.decisions,
    }


def _reason(reason: Reason) -> dict[str, Any]:
    numbers = {name: _number(value, 4) for name, value in reason.numbers.items()}
    return {"code": reason.code, "numbers": numbers, "fr": reason.fr, "en": reason.en}


def _number(value: float, digits: int) -> float | None:
    """Return a number that JSON can hold: an infinite one or none at all becomes null."""
    return round(value, digits) if isfinite(value) else None


def line(value: dict[str, Any]) -> str:
    """Return one object as a line, with nothing in it that acts on a terminal."""
    text = json.dumps({"v": VERSION, **value}, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return _ACTS.sub(lambda found: json.dumps(found[0])[1:-1], text)
