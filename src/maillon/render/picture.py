"""The picture of a theft: identities read each day, cut where Maillon would have contained the accounts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from maillon.facts.findings import AccountSeries, Findings
from maillon.render.clock import local_day
from maillon.render.page import draw
from maillon.render.plot import before_containment, nice
from maillon.render.story import gravest_first

_LEFT, _RIGHT, _TOP, _BASE = 64.0, 836.0, 96.0, 300.0
_MOST_LABELS = 10


@dataclass(frozen=True)
class _Day:
    """One day: what was read after containment stands on what was read before it."""

    x: float
    width: float
    before_top: float
    before_height: float
    after_top: float
    after_height: float
    iso: str
    labelled: bool


def picture(findings: Findings, lang: str = "en") -> str:
    """Return the gravest incident as one SVG image. Raises ValueError where there is none."""
    if not findings.incidents:
        raise ValueError("a picture needs an incident")
    incident = gravest_first(findings.incidents)[0]
    series = findings.series[incident.id]
    first = local_day(incident.since, incident.zone)[0]
    counts = _by_day(series, first, incident.zone)
    highest = nice(max((before + after for before, after in counts.values()), default=1))
    stops = sorted(one.contain_at for one in series if one.contain_at)
    return draw(
        "theft.svg.j2",
        lang,
        incident=incident,
        invented=bool(findings.truth),
        days=_bars(counts, highest),
        levels=[(_y(value, highest), round(value)) for value in (0, highest / 2, highest)],
        cut=_cut(counts, stops[0], incident.zone) if stops else None,
    )


def _by_day(series: Sequence[AccountSeries], first: str, zone: int) -> dict[str, tuple[int, int]]:
    """Return, for every day from `first` on, patients read before and after their account's containment."""
    active = [day for one in series for day in one.days if day >= first]
    if not active:
        return {}
    begin, end = date.fromisoformat(first), date.fromisoformat(max(active))
    counts = {(begin + timedelta(days=i)).isoformat(): (0, 0) for i in range((end - begin).days + 1)}
    for one in series:
        for day, new, early in zip(one.days, one.new, before_containment(one, zone), strict=True):
            if day in counts:
                before, after = counts[day]
                counts[day] = before + early, after + new - early
    return counts


def _bars(counts: dict[str, tuple[int, int]], highest: float) -> list[_Day]:
    step = (_RIGHT - _LEFT) / max(len(counts), 1)
    every = -(-len(counts) // _MOST_LABELS) or 1
    bars = []
    for index, (iso, (before, after)) in enumerate(counts.items()):
        middle, top = _y(before, highest), _y(before + after, highest)
        x, wide = round(_LEFT + (index + 0.1) * step, 1), round(0.8 * step, 1)
        heights = round(_BASE - middle, 1), round(middle - top, 1)
        bars.append(_Day(x, wide, middle, heights[0], top, heights[1], iso, index % every == 0))
    return bars


def _cut(counts: dict[str, tuple[int, int]], at: int, zone: int) -> float | None:
    """Return where the first containment falls."""
    day, share = local_day(at, zone)
    if day not in counts:
        return None
    return round(_LEFT + (list(counts).index(day) + share) * (_RIGHT - _LEFT) / len(counts), 1)


def _y(value: float, highest: float) -> float:
    return round(_BASE - (_BASE - _TOP) * value / highest, 1)
