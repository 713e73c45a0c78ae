"""Posture: counts by establishment and month, and what of it leaves the region."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import numpy as np
import polars as pl
from hypothesis import given
from hypothesis import strategies as st

import scanning
from maillon.ahead.posture import SMALLEST, by_month, for_others, posture, size_class
from maillon.ahead.weakest import weak
from maillon.facts.event import EVENT, Action
from maillon.facts.weakest import Loss, Trait, Weakest
from maillon.render.ahead import page
from maillon.render.posture import lines_for_others, posture_lines, posture_screen
from maillon.score.territory import community_of
from small_region import keyed, rows

DAY = 86_400_000_000
AT = int(datetime(2026, 5, 20, tzinfo=UTC).timestamp()) * 1_000_000


def account(number, facility="", **told):
    trait = Trait(f"person{number}", number, facility, last=AT - 40 * DAY if told.get("dormant") else AT, **told)
    return weak(trait, Loss(1_000, 500.0, 100.0 + number, 10.0), 100.0)


def region_of(*accounts):
    return posture(Weakest(tuple(accounts), ((0, 0.0),), AT, 0), [], {})


def test_counts_are_of_people_and_programs_stand_apart():
    found = region_of(
        account(1, "ch", strong=True),
        account(2, "ch", strong=False, shared=True),
        account(3, "ch", dormant=True, leak=10.0),
        account(4, "ch", program=True, old_client=True),
        account(5, "ehpad", exports=2, old_client=True),
    )
    ch, ehpad = found.groups
    assert (ch.name, ch.accounts, ch.programs) == ("ch", 3, 1)
    assert (ch.strong, ch.weak, ch.unknown, ch.dormant, ch.shared, ch.leaked, ch.old_clients) == (1, 1, 1, 1, 1, 1, 0)
    assert ch.unused_days == 40.0
    assert ch.exposed == round((101 + 102 + 103) / 3, 1)
    assert (ehpad.exporting, ehpad.old_clients, ehpad.unused_days) == (1, 1, None)
    assert found.region.accounts == 4
    assert found.directory


def test_without_a_directory_establishments_bear_the_name_of_their_network():
    key = int(keyed(8, 4))
    with np.errstate(over="ignore"):
        home = int(community_of(np.uint64(key)))
    ranking = Weakest((account(1, home=home), account(2)), ((0, 0.0),), AT, 0)
    assert [one.name for one in posture(ranking, [], {key: "10.1.2.0/24"}).groups] == ["", "10.1.2.0/24"]


@given(st.lists(st.integers(1, 40), min_size=1, max_size=12))
def test_no_small_group_and_no_name_leaves_the_region(sizes):
    people, number = [], 0
    for place, size in enumerate(sizes):
        for _ in range(size):
            number += 1
            people.append(account(number, f"secret-{place}", dormant=number % 3 == 0))
    found = region_of(*people)
    others = for_others(found)
    assert all(one.accounts >= SMALLEST for one in others.groups)
    shown = sum(one.accounts for one in others.groups)
    assert shown in (0, len(people)) or len(people) - shown < SMALLEST
    # Whoever subtracts what is shown from the region learns nothing of a small group.
    assert shown == len(people) or (shown == 0 and len(people) < SMALLEST)
    told = "".join(lines_for_others(others))
    assert "secret" not in told
    assert "person" not in told
    assert "accounts" not in told
    assert (len(people) >= SMALLEST) == ('"scope":"region"' in told)


def test_sizes_are_told_in_classes():
    assert [size_class(count) for count in (10, 49, 50, 999, 1_000)] == ["10-49", "10-49", "50-199", "200-999", "1000+"]


def at(month, day):
    return int(datetime(2026, month, day, 12, tzinfo=UTC).timestamp()) * 1_000_000


def test_months_follow_the_lake():
    def uses(number, *moments, action=Action.READ):
        return rows(np.array(moments), keyed(number, 3), keyed(1, 1), keyed(1, 4), keyed(number, 5), action, zone=0)

    events = np.concatenate(
        [
            uses(1, at(1, 9), at(2, 3), at(3, 31)),
            uses(2, at(1, 3)),
            uses(3, at(2, 14), action=Action.EXPORT),
            uses(4, at(3, 30)),
        ]
    )
    lake = pl.LazyFrame({name: events[name] for name in EVENT.names})
    strong = [(at(2, 3), int(keyed(1, 3)), True), (at(2, 1), int(keyed(1, 3)), False), (at(2, 5), 9, False)]
    months = by_month(lake, {int(keyed(4, 5)): "Internet Explorer, Windows"}, strong, 0)
    assert [one.month for one in months] == ["2026-01", "2026-02", "2026-03"]
    assert [one.active for one in months] == [2, 2, 2]
    assert [one.dormant for one in months] == [0, 1, 2]
    assert [one.exporting for one in months] == [0, 1, 0]
    assert [one.old_clients for one in months] == [0, 0, 1]
    assert [(one.logins_known, one.logins_strong) for one in months] == [(0, 0), (2, 1), (0, 0)]
    assert [one.whole for one in months] == [False, True, True]
    assert by_month(lake.head(0), {}, [], 0) == []


def test_screens_and_pages_say_what_is_unknown_and_escape_names():
    found = region_of(account(1, "<script>", strong=None), account(2, "b", strong=True))
    for lang, unknown in (("fr", "inconnue"), ("en", "unknown")):
        assert unknown in posture_screen(found, lang)
        assert "<script>" not in page(lang, found, Weakest((account(1),), ((0, 101.0), (1, 10.1)), AT, 0))
    region, *groups = [json.loads(one) for one in posture_lines(found)]
    assert (region["scope"], region["strong"], region["strong_known"]) == ("region", 1.0, 0.5)
    assert {one["name"] for one in groups} == {"<script>", "b"}


def test_the_command_reads_a_state(tmp_path):
    log = scanning.write(tmp_path / "access.log", scanning.quiet_log(days=4))
    people = tmp_path / "people.csv"
    people.write_text("account,facility\n" + "".join(f"agent{n:02d},site{n % 2}\n" for n in range(24)))
    state = tmp_path / "state"
    scanning.maillon("scan", log, "--state", state, home=tmp_path)
    done = scanning.maillon("posture", "--state", state, "--directory", people, "--json", home=tmp_path)
    groups = {one.get("name"): one["accounts"] for one in scanning.of_kind(done, "posture")}
    assert groups == {None: 30, "site0": 12, "site1": 12, "": 6}
    assert scanning.of_kind(done, "posture_month")[0]["active"] == 30
    shown = scanning.maillon("posture", "--state", state, "--directory", people, "--for-others", home=tmp_path)
    told = scanning.of_kind(shown, "posture")
    assert [one["size"] for one in told] == ["10-49"] * 3
    assert b"site" not in shown.stdout
