"""The page of the JSON contract names every field of an exposure."""

from __future__ import annotations

import re

from conftest import REPOSITORY
from maillon.facts.exposure import AccountExposure, Bounds, Exposure, Gap, RouteExposure, Start
from maillon.render.exposure_json import row_object, summary_object
from maillon.render.exposure_screen import exposure_screen

BOUNDS = Bounds(1, 2, 3)
START = Start(1, 2, 3)
EXPOSURE = Exposure(
    incident="i", zone=3600, since=1, until=2, patients=BOUNDS, accesses=BOUNDS,
    upper_parts={"named": 3, "listed": 0, "silent": 0, "rejected": 0}, fields={"nir": BOUNDS},
    accounts=(AccountExposure("a\x1b[31m", 1, BOUNDS, 0, START, 1, 2, 0),),
    routes=(RouteExposure("/dossiers/{patient}", BOUNDS, 0),), gaps=(Gap("silent", "s", 1, 2, 3, 4),), start=START,
    logs_begin=1, threshold=0.5, ceiling=0.001, break_glass=0,
)  # fmt: skip
ROW = {
    "account": "a", "patient": "1-A", "fields": 256, "route": "/", "first": 1, "last": 2, "zone": 0, "thief": 0.5,
    "accesses": 1, "replayed": False, "break_glass": False,
}  # fmt: skip


def test_the_page_names_every_field():
    page = (REPOSITORY / "docs" / "reference" / "json.md").read_text()
    told = set(re.findall(r"`(\w+)`", page[page.index("## exposure_summary") :]))
    given = summary_object(EXPOSURE).keys() | row_object("i", ROW).keys()
    assert given - told - {"kind", "incident"} == set()


def test_names_from_logs_do_not_act_on_a_terminal():
    for lang in ("fr", "en"):
        assert "\x1b" not in exposure_screen(EXPOSURE, lang)
