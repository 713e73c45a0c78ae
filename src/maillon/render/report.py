"""The HTML report: one file that fetches nothing and executes nothing; its plots are SVG inside it."""

from __future__ import annotations

from maillon.explain.situation import rejects_unusually, silent
from maillon.facts.findings import Findings
from maillon.render.page import draw


def report(findings: Findings, lang: str) -> str:
    """Return the findings as one self-contained HTML page, in French or English."""
    latest = max((one.last for one in findings.coverages), default=0)
    warned = [(rejects_unusually(one), silent(one, latest)) for one in findings.coverages]
    return draw("report.html.j2", lang, f=findings, warned=warned)
