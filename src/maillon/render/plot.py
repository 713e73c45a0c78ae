"""Geometry of the report's plots: values become coordinates on a calendar; templates draw them as SVG."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from maillon.facts.findings import AccountSeries
from maillon.render.clock import local_day

WIDTH = 640.0
LEFT, RIGHT, TOP, BOTTOM = 40.0, 8.0, 16.0, 20.0
HEIGHT = 150.0
ROW, ROW_BAR = 30.0, 24.0
NAMES, TOTALS = 168.0, 108.0
_MOST_TICKS = 8
_ROUND = (1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10)
_RUN_IN = 7
"""Days shown before an incident starts, so that what is usual can be seen too."""


@dataclass(frozen=True)
class Bar:
    """One day: a bar of `height` from `top`, whose foot of `part_height` from `part_top` is told apart."""

    x: float
    width: float
    top: float
    height: float
    part_top: float
    part_height: float
    day: str
    whole: int
    part: int


@dataclass(frozen=True)
class Mark:
    """A step of the ladder on the calendar."""

    x: float
    code: str
    at: int


@dataclass(frozen=True)
class AccountPlot:
    """One account's days beside its own past and its peers."""

    bars: list[Bar]
    usual: str  # SVG points
    peers: str
    marks: list[Mark]
    levels: list[tuple[float, int]]  # y, patients
    ticks: list[tuple[float, str]]  # x, ISO day
    days: list[tuple[str, int, int, float, float]]  # day, patients, new, usual, peers: the plot as a table


@dataclass(frozen=True)
class TimelineRow:
    """One account's row: its bars hang from `base` upwards."""

    account: str
    base: float
    bars: list[Bar]
    marks: list[Mark]
    before: int
    read: int


@dataclass(frozen=True)
class Timeline:
    """All accounts of an incident on one calendar and one scale."""

    height: float
    rows: list[TimelineRow]
    ticks: list[tuple[float, str]]


@dataclass(frozen=True)
class _Calendar:
    """Days from `first` on, laid out from `left` to `right`."""

    first: date
    count: int
    left: float
    right: float

    @property
    def step(self) -> float:
        return (self.right - self.left) / self.count

    def place(self, iso: str, share: float = 0.0) -> float:
        """Return where a day begins, or a `share` of it has passed."""
        return round(self.left + ((date.fromisoformat(iso) - self.first).days + share) * self.step, 1)

    def holds(self, iso: str) -> bool:
        return 0 <= (date.fromisoformat(iso) - self.first).days < self.count

    def ticks(self) -> list[tuple[float, str]]:
        every = -(-self.count // _MOST_TICKS)
        days = [(self.first + timedelta(days=i)).isoformat() for i in range(0, self.count, every)]
        return [(self.place(day, 0.5), day) for day in days]


def account_plot(series: AccountSeries, zone: int) -> AccountPlot:
    """Return the plot of one account. The scale begins at 0; a bar's foot is the patients never seen before."""
    calendar = _calendar(series.days, LEFT, WIDTH - RIGHT)
    highest = nice(max([*series.patients, *series.peers, *series.usual, 1]))
    scale = (HEIGHT - TOP - BOTTOM) / highest
    base = HEIGHT - BOTTOM
    usual = held(series, zone)
    rows = list(zip(series.days, series.patients, series.new, usual, series.peers, strict=True))

    def line(values: Sequence[float]) -> str:
        places = (calendar.place(day, 0.5) for day in series.days[len(series.days) - len(values) :])
        return " ".join(f"{x},{base - value * scale:.1f}" for x, value in zip(places, values, strict=True))

    return AccountPlot(
        [_bar(calendar, day, patients, new, base, scale) for day, patients, new, _, _ in rows],
        line(usual[1:]),  # on its first day it had no past
        line(series.peers),
        _marks(series, zone, calendar),
        [(round(base - value * scale, 1), round(value)) for value in (0, highest / 2, highest) if value == int(value)],
        calendar.ticks(),
        rows,
    )


def timeline(series: Sequence[AccountSeries], since: int, zone: int) -> Timeline:
    """Return all accounts' new patients a day, those before containment told apart, on one calendar and one scale."""
    start = (date.fromisoformat(local_day(since, zone)[0]) - timedelta(days=_RUN_IN)).isoformat()
    recent = [(day, new) for one in series for day, new in zip(one.days, one.new, strict=True) if day >= start]
    calendar = _calendar([day for day, _ in recent], NAMES, WIDTH - TOTALS)
    scale = ROW_BAR / max([1, *(new for _, new in recent)])
    rows = []
    for index, one in enumerate(series):
        base = TOP + (index + 1) * ROW - (ROW - ROW_BAR) / 2
        split = before_containment(one, zone)
        bars = [
            _bar(calendar, day, new, before, base, scale)
            for day, new, before in zip(one.days, one.new, split, strict=True)
            if day >= start
        ]
        marks = _marks(one, zone, calendar)
        rows.append(TimelineRow(one.account, base, bars, marks, one.read_before_containment, one.read_in_all))
    return Timeline(TOP + len(series) * ROW + BOTTOM, rows, calendar.ticks())


def before_containment(series: AccountSeries, zone: int) -> list[int]:
    """Return, for each day, how many of the new patients were read before the account would have been contained.

    Days tell no hours: on the day of containment itself the share of the day that had passed is taken.
    """
    if not series.contain_at:
        return list(series.new)
    stopped, share = local_day(series.contain_at, zone)
    return [
        new if day < stopped else round(new * share) if day == stopped else 0
        for day, new in zip(series.days, series.new, strict=True)
    ]


def held(series: AccountSeries, zone: int) -> list[float]:
    """Return the account's usual days, held from its first step on: what a thief does is nobody's habit."""
    stop = _first_step(series, zone)
    kept = [value for day, value in zip(series.days, series.usual, strict=True) if day <= stop]
    return kept + kept[-1:] * (len(series.days) - len(kept)) if kept else list(series.usual)


def before_doubt(series: AccountSeries, values: Sequence[float], zone: int) -> float:
    """Return what a line of the plot said on the day of the first step."""
    stop = _first_step(series, zone)
    known = [value for day, value in zip(series.days, values, strict=True) if day <= stop]
    return known[-1] if known else 0.0


def nice(value: float) -> float:
    """Return the least round number that is not below `value` (at least 1): the top of a scale."""
    power = 1.0
    while power * 10 < value:
        power *= 10
    return next(power * factor for factor in _ROUND if power * factor >= value)


def _first_step(series: AccountSeries, zone: int) -> str:
    """Return the local day of the account's first step, after all others where there was none."""
    first = min((at for at in (series.step_up_at, series.contain_at) if at), default=0)
    return local_day(first, zone)[0] if first else "9999"


def _calendar(days: Sequence[str], left: float, right: float) -> _Calendar:
    first, last = (date.fromisoformat(day) for day in (min(days), max(days))) if days else (date.min, date.min)
    return _Calendar(first, (last - first).days + 1, left, right)


def _bar(calendar: _Calendar, day: str, whole: int, part: int, base: float, scale: float) -> Bar:
    tall, foot = round(whole * scale, 1), round(part * scale, 1)
    gap = calendar.step * 0.14
    x, wide = round(calendar.place(day) + gap, 1), round(calendar.step - 2 * gap, 1)
    return Bar(x, wide, round(base - tall, 1), tall, round(base - foot, 1), foot, day, whole, part)


def _marks(series: AccountSeries, zone: int, calendar: _Calendar) -> list[Mark]:
    steps = (("step_up", series.step_up_at), ("contain", series.contain_at))
    placed = [(code, at, *local_day(at, zone)) for code, at in steps if at]
    return [Mark(calendar.place(day, share), code, at) for code, at, day, share in placed if calendar.holds(day)]
