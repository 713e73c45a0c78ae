"""The HTML page of what is looked at ahead: posture, weakest links and their curve. It fetches and executes nothing."""

from __future__ import annotations

from dataclasses import dataclass

from maillon.facts.posture import Posture
from maillon.facts.weakest import Weakest
from maillon.render import posture as posture_words
from maillon.render import weakest as weakest_words
from maillon.render.page import draw
from maillon.render.plot import BOTTOM, HEIGHT, LEFT, RIGHT, TOP, WIDTH, nice

SHOWN = 100
"""Accounts in the page's table; JSON has them all."""


@dataclass(frozen=True)
class Curve:
    """The curve "identities at risk against accounts mended" as SVG."""

    points: str
    levels: list[tuple[float, int]]  # y, identities
    ticks: list[tuple[float, int]]  # x, accounts


def page(lang: str, posture: Posture | None = None, weakest: Weakest | None = None) -> str:
    """Return one self-contained HTML page with what is given."""
    return draw(
        "ahead.html.j2",
        lang,
        posture=posture,
        weakest=weakest,
        curve=curve(weakest) if weakest else None,
        p=posture_words,
        w=weakest_words,
        shown=SHOWN,
    )


def curve(found: Weakest) -> Curve:
    """Return the geometry of the curve; both scales begin at 0."""
    highest, widest = nice(found.curve[0][1]), max(found.curve[-1][0], 1)
    wide, tall = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM
    base = HEIGHT - BOTTOM

    def x(step: float) -> float:
        return round(LEFT + wide * step / widest, 1)

    def y(left: float) -> float:
        return round(base - tall * left / highest, 1)

    return Curve(
        " ".join(f"{x(step)},{y(left)}" for step, left in found.curve),
        [(y(value), round(value)) for value in (0, highest / 2, highest)],
        [(x(step), step) for step in sorted({0, widest // 4, widest // 2, 3 * widest // 4, widest})],
    )
