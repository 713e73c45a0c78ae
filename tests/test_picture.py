"""The README's picture, and the geometry that it shares with the report."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from findings import HOSTILE, ZONE, at, findings, nothing, series
from maillon.render.picture import picture
from maillon.render.plot import BOTTOM, HEIGHT, TOP, account_plot, before_containment, held, nice, timeline

SVG = "{http://www.w3.org/2000/svg}"


def bars(text, kind):
    return [one for one in ET.fromstring(text).iter(f"{SVG}rect") if one.get("class") == kind and one.get("rx") is None]


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_it_is_an_image_of_its_own(lang):
    text = picture(findings(HOSTILE), lang)
    root = ET.fromstring(text)
    assert root.find(f"{SVG}title").text
    assert "http" not in text.replace("http://www.w3.org/2000/svg", "")


def test_what_is_read_after_containment_stands_apart():
    text = picture(findings(), "en")
    assert "1,034 read before Maillon" in text
    assert "3,086 would not have been read" in text
    before = [float(one.get("height")) for one in bars(text, "before")]
    after = [float(one.get("height")) for one in bars(text, "after")]
    assert len(before) == len(after) == 15, "one bar a day from the start of the theft"
    assert before[0] > 0
    assert after[0] > 0
    assert before[3] == 0, "all three accounts were contained by then: only their owners' share of the day is left"
    assert after[3] > 0


def test_an_invented_region_is_said_to_be_one():
    assert "Invented" not in picture(findings(), "en")
    assert "Invented region" in picture(replace(findings(), truth={"stolen": 3}), "en")


def test_nothing_found_gives_no_picture():
    with pytest.raises(ValueError, match="incident"):
        picture(nothing())


@given(st.floats(0, 1e7))
def test_the_top_of_a_scale_is_close_above(value):
    assert max(value, 1) <= nice(value) <= max(2 * value, 1)


def test_a_contained_account_keeps_its_past():
    one = series("a", 6, 8, 190, at(8, 9), at(8, 12))
    split = before_containment(one, ZONE)
    assert split[:6] == one.new[:6]
    assert split[6] == 95, "half of the day had passed"
    assert not any(split[7:])
    assert before_containment(replace(one, contain_at=0), ZONE) == one.new


def test_what_a_thief_does_is_nobodys_habit():
    one = series("a", 6, 8, 190, at(8, 9), at(8, 12))
    taught = replace(one, usual=[6.0] * 7 + [190.0] * 14)
    assert held(taught, ZONE) == [6.0] * 21


def test_days_without_activity_leave_a_gap():
    one = series("a", 6, 8, 190, at(8, 9), at(8, 12))
    few = replace(one, **{name: getattr(one, name)[::10] for name in ("days", "patients", "new", "usual", "peers")})
    places = [bar.x for bar in account_plot(few, ZONE).bars]
    assert places[1] - places[0] == pytest.approx(
        10 * (account_plot(one, ZONE).bars[1].x - account_plot(one, ZONE).bars[0].x), rel=0.05
    )


@given(st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 10**6)), max_size=40))
def test_bars_stay_within_their_plot(counts):
    days = [f"2026-{1 + i // 28:02d}-{1 + i % 28:02d}" for i in range(len(counts))]
    whole, part = [max(pair) for pair in counts], [min(pair) for pair in counts]
    flat = [0.0] * len(counts)
    one = replace(series("a", 6, 8, 190, at(8, 9), 0), days=days, patients=whole, new=part, usual=flat, peers=flat)
    for bar in account_plot(one, ZONE).bars:
        assert bar.top >= TOP - 0.2
        assert bar.top + bar.height == pytest.approx(HEIGHT - BOTTOM, abs=0.2)
        assert bar.part_height <= bar.height
    rows = timeline([one], at(1), ZONE).rows
    assert all(bar.height <= 24.1 for row in rows for bar in row.bars)
