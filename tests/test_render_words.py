"""Names, moments, shares and columns as people read them."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from findings import at
from maillon.explain.words import percent
from maillon.render.clock import offset, rfc3339, short, to_the_minute
from maillon.render.columns import WIDTH, table, width, wrapped
from maillon.render.safe import harmless, safe


@given(st.text())
def test_what_acts_is_replaced_by_what_shows(text):
    shown = harmless(text)
    assert len(shown) == len(text)
    assert all(one.isprintable() or unicodedata.category(one) == "Zs" for one in shown)
    assert harmless(shown) == shown


@given(st.text(st.characters(categories=("L", "N", "M", "P", "S"))))
def test_what_shows_is_left_alone(text):
    assert harmless(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\x1b[2Jb", "a␛[2Jb"),
        ("a\r\nb\tc", "a␍␊b␉c"),
        ("\x9b31m", "�31m"),
        ("abc\u202efdp.exe", "abc�fdp.exe"),
        ("ze\u200bro", "ze�ro"),
        ("\udc80", "�"),
        ("\x7f", "␡"),
        ("é Ω 患", "é Ω 患"),
    ],
)
def test_known_tricks(text, shown):
    assert harmless(text) == shown


@given(st.text(), st.integers(3, 60))
def test_a_long_name_keeps_both_ends(text, longest):
    shown = safe(text, longest)
    assert len(shown) <= longest
    if len(text) > longest:
        assert harmless(text).startswith(shown.split("…")[0][:1])
        assert "…" in shown


@pytest.mark.parametrize(
    ("part", "whole", "fr", "en"),
    [
        (0, 10, "0\u00a0%", "0%"),
        (10, 10, "100\u00a0%", "100%"),
        (1, 3, "33\u00a0%", "33%"),
        (13, 1000, "1,3\u00a0%", "1.3%"),
        (1, 100_000, "<0,1\u00a0%", "<0.1%"),
        (99_999, 100_000, ">99\u00a0%", ">99%"),
        (0, 0, "0\u00a0%", "0%"),
    ],
)
def test_shares(part, whole, fr, en):
    assert (percent(part, whole, "fr"), percent(part, whole, "en")) == (fr, en)


def test_moments_on_the_local_clock():
    moment = at(8, 23, 30)
    assert to_the_minute(moment, 3600, "fr") == "8 mars 2026 23:30"
    assert to_the_minute(moment, 0, "en") == "8 Mar 2026 22:30"
    assert short(moment, 7200, "en") == "9 Mar 00:30"
    assert rfc3339(moment, -12600) == "2026-03-08T19:00:00-03:30"
    assert [offset(moment, zone) for zone in (0, 3600, -12600)] == ["UTC", "UTC+01:00", "UTC-03:30"]


@given(st.lists(st.text(st.characters(exclude_characters="\n", categories=("L", "N", "P", "Zs"))), max_size=30))
def test_wrapping_loses_nothing_and_fits(words):
    text = " ".join(words)
    wrapped_lines = wrapped(text, "    ", "• ").split("\n")
    assert max(map(width, wrapped_lines)) <= WIDTH
    assert wrapped_lines[0].startswith("• ")
    assert all(line.startswith("    ") for line in wrapped_lines[1:])
    told = "".join(wrapped_lines).replace(" ", "").removeprefix("•")
    assert told == text.replace(" ", "")


def test_columns_stand_under_each_other_whatever_the_width():
    first, second = table([("患者", "1"), ("ab", "1,000")], "<>")
    assert (first, second) == ("  患者      1", "  ab    1,000")


def test_a_row_too_long_is_cut_where_one_sees_it():
    (row,) = table([("a" * 90, "b" * 90)], "<<")
    assert width(row) == WIDTH
    assert re.search("b…$", row)
