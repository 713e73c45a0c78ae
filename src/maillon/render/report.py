"""The HTML report: one file, nothing fetched, nothing executed; plots are SVG inside it. And the picture of a theft."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from jinja2 import Environment, PackageLoader, StrictUndefined

from maillon.explain.words import number
from maillon.facts.findings import AccountSeries, Findings
from maillon.render.clock import local_day, to_the_minute
from maillon.render.plot import account_plot, nice
from maillon.render.safe import safe
from maillon.render.texts import say

_ENVIRONMENT = Environment(
    loader=PackageLoader("maillon.render"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_WORDS = {"say": say, "number": number, "safe": safe, "clock": to_the_minute, "account_plot": account_plot}


def report(findings: Findings, lang: str) -> str:
    """Return the findings as one self-contained HTML page in `lang`."""
    return _ENVIRONMENT.get_template("report.html.j2").render(f=findings, lang=lang, **_WORDS)


@dataclass(frozen=True)
class _Stack:
    """One day of the theft: what was read before containment, and after."""

    x: float
    width: float
    top: float
    height: float
    before_top: float
    before_height: float
    label: str


def picture(findings: Findings, lang: str) -> str:
    """Return the gravest incident as one SVG: identities read each day, cut where Maillon would have contained."""
    incident = findings.incidents[0]
    series = findings.series[incident.id]
    first = local_day(incident.since, incident.zone)[0]
    days = sorted({day for one in series for day in one.days if day >= first})
    before, after = zip(*[_split(series, day, incident.zone) for day in days], strict=True)
    highest = nice(max(b + a for b, a in zip(before, after, strict=True)))
    step = 770 / len(days)

    def height(value: float) -> float:
        return round(200 * value / highest, 1)

    bars = [
        _Stack(
            round(70 + i * step + step * 0.12, 1),
            round(step * 0.76, 1),
            round(282 - height(b + a), 1),
            height(a),
            round(282 - height(b), 1),
            height(b),
            f"{date.fromisoformat(day):%d/%m}",
        )
        for i, (day, b, a) in enumerate(zip(days, before, after, strict=True))
    ]
    subtitle = say("picture_line", lang).format(
        accounts=number(len(incident.accounts), lang),
        patients=number(incident.patients_lower, lang),
        before=number(incident.patients_before_containment, lang),
    )
    ticks = [(282 - height(value), round(value)) for value in (0, highest / 2, highest)]
    return _ENVIRONMENT.get_template("theft.svg.j2").render(
        bars=bars, ticks=ticks, subtitle=subtitle, lang=lang, **_WORDS
    )


def _split(series: list[AccountSeries], day: str, zone: int) -> tuple[int, int]:
    """Return the patients never seen before that the accounts read on a day: before their containment, after it."""
    before = after = 0
    for one in series:
        if day not in one.days:
            continue
        new = one.new[one.days.index(day)]
        stopped, share = local_day(one.contain_at, zone) if one.contain_at else ("9999", 0.0)
        early = new if day < stopped else round(new * share) if day == stopped else 0
        before, after = before + early, after + new - early
    return before, after
