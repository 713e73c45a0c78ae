"""A notice as data: what was counted, how grave, the document itself, and what is left to fill in."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from maillon.render.clock import rfc3339
from maillon.render.notices.case import Case

VERSION = 1


def notice_json(form: str, phase: str, document: dict[str, Any], case: Case | None, made_at: int) -> str:
    """Return one JSON object; its fields are added to, never renamed (docs/notices.md)."""
    zone = case.incident.zone if case else 0
    told: dict[str, Any] = {
        "v": VERSION,
        "kind": "notice",
        "form": form,
        "phase": phase if form == "cnil" else None,
        "lang": document["lang"],
        "made": rfc3339(made_at, zone),
    }
    if case:
        told |= _counted(case)
    return json.dumps({**told, "gaps": document["gaps"], "document": document}, ensure_ascii=False, indent=1) + "\n"


def _counted(case: Case) -> dict[str, Any]:
    exposure, severity, aware = case.exposure, case.severity, case.awareness
    zone = case.incident.zone
    return {
        "incident": case.incident.id,
        "aware": rfc3339(aware.at, zone) if aware and aware.recorded else None,
        "aware_proposed": rfc3339(aware.at, zone) if aware and not aware.recorded else None,
        "deadline": rfc3339(aware.deadline, zone) if aware else None,
        "patients": asdict(exposure.patients),
        "fields": {name: asdict(bounds) for name, bounds in exposure.fields.items()},
        "start": {
            "earliest": rfc3339(exposure.start.earliest, zone),
            "likely": rfc3339(exposure.start.likely, zone),
            "latest": rfc3339(exposure.start.latest, zone),
            "before_logs": exposure.start.before_logs,
        },
        "severity": {
            "score": severity.score,
            "level": severity.level,
            "dpc": severity.dpc,
            "ei": severity.ei,
            "cb": severity.cb,
            "high_risk": severity.high_risk,
            "flags": list(severity.flags),
            "factors": [asdict(one) for one in severity.factors],
        },
    }
