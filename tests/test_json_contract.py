"""The JSON that others rely on: its page shows it as it is, in order, and no character of it acts on a terminal."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import datetime, timedelta

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from conftest import REPOSITORY
from findings import HOSTILE, findings
from maillon.facts.coverage import Coverage
from maillon.facts.findings import Findings
from maillon.render.json_lines import lines


def shown(found):
    return [json.loads(line) for line in lines(found)]


def test_the_page_shows_each_kind_as_it_is():
    page = (REPOSITORY / "docs" / "reference" / "json.md").read_text()
    examples = re.findall(r"```json\n(.+)\n```", page)
    assert [json.loads(one)["kind"] for one in examples] == ["coverage", "decision", "incident"]
    assert set(examples) <= set(lines(findings()))


def test_the_page_names_every_field():
    page = (REPOSITORY / "docs" / "reference" / "json.md").read_text()
    told = set(re.findall(r"`(\w+)`", page))
    assert {field for one in shown(findings()) for field in one} - told - {"v", "kind"} == set()


def test_coverage_then_decisions_in_time_then_incidents_by_gravity():
    found = findings()
    found.decisions.reverse()
    objects = shown(found)
    assert [one["kind"] for one in objects] == ["coverage"] * 2 + ["decision"] * 7 + ["incident"] * 4
    moments = [datetime.fromisoformat(one["at"]) for one in objects if one["kind"] == "decision"]
    assert moments == sorted(moments)
    actions = [one["action"] for one in objects if one["kind"] == "incident"]
    assert actions == ["contain", "pace", "step_up", "step_up"]


def test_moments_carry_their_own_offset():
    found = findings()
    found.decisions = [replace(found.decisions[0], zone=zone) for zone in (3600, -12600, 0, 561)]
    offsets = [datetime.fromisoformat(one["at"]).utcoffset() for one in shown(found) if one["kind"] == "decision"]
    assert offsets == [timedelta(seconds=zone) for zone in (3600, -12600, 0, 0)]
    instants = {datetime.fromisoformat(one["at"]) for one in shown(found) if one["kind"] == "decision"}
    assert len(instants) == 1


def test_records_in_are_the_sum_of_their_fates():
    for one in shown(findings()):
        if one["kind"] == "coverage" and one["source"] != "old.log":
            assert one["lines"] == one["parsed"] + one["ignored"] + one["rejected"] + one["duplicates"] > 0
            assert one["ignored"] == sum(one["ignored_by_kind"].values())


@given(st.text() | st.just(HOSTILE) | st.characters(min_codepoint=0xD800, max_codepoint=0xDFFF))
def test_any_name_comes_back_as_it_was_and_shows_nothing_that_acts(name):
    (line,) = lines(Findings([Coverage(source=name)], [], []))
    assert json.loads(line)["source"] == name
    assert "\n" not in line
    assert not re.search("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]", line)


def test_a_strict_reader_takes_what_has_no_number():
    found = findings()
    found.decisions = [replace(found.decisions[0], log10_p=float("-inf"))]
    decoded = [msgspec.json.decode(line) for line in lines(found)]
    assert [one["log10_p"] for one in decoded if one["kind"] == "decision"] == [None]
