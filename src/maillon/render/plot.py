"""Geometry of the report's plots: values become coordinates; templates draw them as SVG."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from maillon.facts.findings import AccountSeries
from maillon.render.clock import local_day

WIDTH, HEIGHT = 640.0, 150.0
LEFT, BOTTOM, TOP = 44.0, 22.0, 12.0


@dataclass(frozen=True)
class Bar:
    """One day's bar: `new` is the part of patients never seen before."""

    x: float
    width: float
    top: float
    height: float
    new_top: float
    new_height: float
    label: str
    patients: int
    new: int


@dataclass(frozen=True)
class Plot:
    """One account's days beside its own past and its peers."""

    bars: list[Bar]
    usual: str  # SVG points
    peers: str
    marks: list[tuple[float, str]]  # x, code of the step
    ticks: list[tuple[float, int]]  # y, value
    first: str
    last: str


def account_plot(series: AccountSeries, zone: int) -> Plot:
    """Return the plot of one account. Days are equally wide; the scale begins at 0."""
    highest = nice(max([*series.patients, *series.peers, *series.usual, 1]))
    step = (WIDTH - LEFT) / max(len(series.days), 1)

    def y(value: float) -> float:
        return round(TOP + (HEIGHT - TOP - BOTTOM) * (1 - value / highest), 1)

    base = y(0)
    bars = [
        Bar(
            round(LEFT + i * step + step * 0.15, 1),
            round(step * 0.7, 1),
            y(patients),
            round(base - y(patients), 1),
            y(new),
            round(base - y(new), 1),
            day,
            patients,
            new,
        )
        for i, (day, patients, new) in enumerate(zip(series.days, series.patients, series.new, strict=True))
    ]
    return Plot(
        bars,
        points(series.usual, step, y),
        points(series.peers, step, y),
        [
            (round(LEFT + place * step, 1), code)
            for code, at in (("step_up", series.step_up_at), ("contain", series.contain_at))
            if at and (place := _place(series.days, at, zone)) is not None
        ],
        [(y(value), round(value)) for value in (0, highest / 2, highest)],
        series.days[0] if series.days else "",
        series.days[-1] if series.days else "",
    )


def points(values: Sequence[float], step: float, y: Callable[[float], float]) -> str:
    """Return the points of a line through the middle of each day."""
    return " ".join(f"{LEFT + (i + 0.5) * step:.1f},{y(value)}" for i, value in enumerate(values))


def nice(value: float) -> float:
    """Return the least 1, 2 or 5 times a power of ten that is not below `value`."""
    power = 1.0
    while power * 10 < value:
        power *= 10
    return next(power * factor for factor in (1, 2, 5, 10) if power * factor >= value)


def _place(days: Sequence[str], at: int, zone: int) -> float | None:
    """Return where a moment falls among the days: 2.5 = noon of the third."""
    day, share = local_day(at, zone)
    return days.index(day) + share if day in days else None
