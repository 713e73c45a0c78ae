"""The weakest links: simulated thieves through each account's own scoring, and what the ranking makes of them."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from itertools import pairwise

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import scanning
from maillon.ahead.thieves import NEVER, Plan, stops
from maillon.ahead.traits import seen, traits
from maillon.ahead.weakest import LIKELY, PLANTED, PLANTED_POWER, bases, curve, losses, ranked, reach, weak
from maillon.facts.directory import Directory, Person
from maillon.facts.event import EVENT, Action
from maillon.facts.evidence import Rung
from maillon.facts.policy import Policy
from maillon.facts.weakest import MENDS, Loss, Trait, Weakest
from maillon.render.ahead import curve as drawn
from maillon.render.weakest import weakest_screen
from maillon.run.thieves import EXPORT, Targets, plans, rows_of
from maillon.run.weakest import stolen, targets_of
from maillon.score.fold import Scoring
from small_region import DAY_US, FIRST_DAY, ZONE, honest, keyed, local, merged, rows, theft


def lake_of(events):
    return pl.LazyFrame({name: events[name] for name in EVENT.names})


def scored(events):
    scoring = Scoring(Policy())
    scoring.fold(events)
    return scoring


@pytest.fixture(scope="module")
def region():
    """Twenty quiet accounts and ten that read a lot, over three weeks."""
    quiet, busy = honest(5, accounts=20, days=21, reads=6.0), honest(6, accounts=30, days=21, reads=60.0)
    busy = busy[np.isin(busy["account"], keyed(np.arange(21, 31), 3))]
    return merged(quiet, busy)


def traits_of(events, **told):
    looked = seen(lake_of(events), {})
    given = {"strong": {}, "leaks": {}, "at": int(events["at"].max())} | told
    return traits(looked, lake_of(events), scored(events).accounts, {}, Directory(), **given)


def test_a_thief_who_is_not_stopped_goes_on_for_the_stay():
    plan = Plan("slow", np.arange(10) * 1_000, np.full(10, 3), days=2, stays=6)
    assert plan.identities(np.array([NEVER, -1, 0, 4_500, 9_000])).tolist() == [90, 0, 3, 15, 30]


def test_a_busy_account_loses_more_than_a_quiet_one_as_it_does_in_real_thefts(region):
    scoring = scored(region)
    accounts = scoring.accounts["account"].copy()
    found = traits_of(region)
    at, blob = int(region["at"].max()), scoring.to_bytes()
    targets = targets_of(lake_of(region))
    within = np.full(len(found), 1e9)
    _, lost = stolen(blob, Policy(), found, within, targets, at, ZONE, lambda *_: None)
    predicted = dict(zip([one.account_hash for one in found], lost[:, 1], strict=True))
    busy = keyed(np.arange(21, 31), 3)
    assert np.mean([predicted[one] for one in busy.tolist()]) > 1.5 * np.mean(
        [loss for one, loss in predicted.items() if one not in set(busy.tolist())]
    )
    real = {number: _stolen_in(blob, number) for number in range(1, 31) if keyed(number, 3) in accounts}
    order = [predicted[int(keyed(number, 3))] for number in real]
    assert _spearman(np.array(order), np.array(list(real.values()), float)) > 0.7


def _stolen_in(blob, number):
    """Steal one account for real, for five days: patients read until containment."""
    taken = [theft(number, 21 + day, 150, 60, hour=9, first_patient=day * 150) for day in range(5)]
    thief = np.concatenate(taken)
    thief["session"] = keyed(number, 8)  # a log-in of their own
    evidence = Scoring.from_bytes(blob, Policy()).fold(thief)
    contained = evidence["at"][evidence["rung"] >= int(Rung.CONTAIN)]
    stop = contained.min() if len(contained) else NEVER
    return sum(int((part["at"] <= stop).sum()) for part in taken)


def _spearman(one, other):
    def ranks(values):
        return np.array([np.mean(np.searchsorted(np.sort(values), [v, v + 1e-9])) for v in values])

    return np.corrcoef(ranks(one), ranks(other))[0, 1]


def test_all_at_once_gives_what_each_account_alone_gives(region):
    blob = scored(region).to_bytes()
    accounts = np.sort(scored(region).accounts["account"])[:6]
    targets = targets_of(lake_of(region))
    day = FIRST_DAY + 22
    plan = next(one for one in plans(day, ZONE, 0) if one.name == "600")

    def played(some):
        scoring = Scoring.from_bytes(blob, Policy())
        scoring.try_out()
        return stops(scoring, some, plan, partial(rows_of, accounts=some, targets=targets))[Rung.CONTAIN]

    alone = [played(np.concatenate([accounts[: place + 1]]))[place] for place in range(len(accounts))]
    assert played(accounts).tolist() == alone


def test_what_is_tried_out_teaches_no_threshold(region):
    later = local(27, 10)
    probe = rows(np.array([later]), keyed(1, 3), keyed(1, 1), keyed(1, 4), keyed(1, 5))
    more = honest(9, accounts=30, days=3, reads=9.0)
    more["at"] += 22 * DAY_US

    def means(events, *, tried):
        scoring = Scoring.from_bytes(scored(region).to_bytes(), Policy())
        if tried:
            scoring.try_out()
        scoring.fold(merged(events, probe))
        return [seal.values for seal in scoring.drain_seals() if seal.what == "thresholds"][-1]

    calm = means(more[:0], tried=True)
    assert means(more, tried=True) == calm
    assert means(more, tried=False)["role"] != calm["role"]


def test_exports_cost_where_an_account_has_them_and_their_end_is_the_mend():
    read, export = np.zeros((2, 1, 3)), np.array([[1_800.0, 1_800.0, 1_800.0]])
    read[:] = [400.0, 100.0, 20.0]
    with_export, without = losses(read, export, np.array([5_000.0]))
    assert with_export[0].tolist() == [1_800, 1_800, 1_800]
    assert without[0].tolist() == pytest.approx([400, PLANTED * 100**PLANTED_POWER, 20])
    one = weak(Trait("a", 1, exports=3), Loss(5_000, *with_export[0]), without[0, 1])
    assert (one.mend, one.after) == ("export_off", without[0, 1])


def test_nobody_loses_more_than_is_within_reach():
    read = np.full((3, 2, 3), 900.0)
    lost = losses(read, np.zeros((2, 3)), np.array([50.0, 2_000.0]))[0]
    assert lost[:, 0].tolist() == [50, 900]
    assert (lost <= [[50] * 3, [900] * 3]).all()


@given(st.lists(st.floats(0, 5_000), min_size=2, max_size=20))
def test_the_amounts_are_lowered_and_the_order_stays(amounts):
    read = np.zeros((1, len(amounts), 3))
    read[0] = np.sort(amounts)[:, None]
    lost = losses(read, np.zeros((len(amounts), 3)), np.full(len(amounts), 1e9))[0]
    assert (np.diff(lost, axis=0) >= 0).all()
    assert (np.diff(lost, axis=1) <= 0).all()
    assert (lost <= read[0]).all()


@pytest.mark.parametrize(
    ("trait", "mend"),
    [
        (Trait("a", 1, dormant=True), "close"),
        (Trait("a", 1, leak=100.0), "reset"),
        (Trait("a", 1, program=True), "bind"),
        (Trait("a", 1, strong=False), "strong"),
        (Trait("a", 1, strong=True, shared=True), "own_accounts"),
        (Trait("a", 1, strong=True, old_client=True), "client"),
        (Trait("a", 1), "strong"),
    ],
)
def test_the_cheapest_mend_that_does_enough_is_named(trait, mend):
    one = weak(trait, Loss(1_000, 900.0, 500.0, 90.0), 500.0)
    assert one.mend == mend
    assert one.after < one.risk


some_traits = st.builds(
    Trait,
    st.just("a"),
    st.integers(1, 10_000),
    exports=st.integers(0, 3),
    strong=st.sampled_from([None, True, False]),
    leak=st.sampled_from([1.0, 7.5, 300.0]),
    dormant=st.booleans(),
    shared=st.booleans(),
    old_client=st.booleans(),
    program=st.booleans(),
)


@given(st.lists(st.tuples(some_traits, st.floats(0, 1e5), st.floats(0, 1)), max_size=90))
def test_mending_never_raises_the_risk_and_the_curve_never_rises(given):
    found = [weak(trait, Loss(1, lost, lost, lost), lost * share) for trait, lost, share in given]
    for one in found:
        assert one.mend in MENDS
        assert 0 <= one.after <= one.risk * (1 + 1e-12)
    points = curve(found)
    assert points[0][0] == 0
    assert all(later[0] > earlier[0] for earlier, later in pairwise(points))
    assert all(later[1] <= earlier[1] + 0.11 for earlier, later in pairwise(points))
    risks = [one.risk for one in ranked(found)]
    assert risks == sorted(risks, reverse=True)
    told = Weakest(ranked(found), points, 0, 0)
    assert drawn(told).points.count(",") == len(points)
    assert weakest_screen(told, "fr", 20)


def test_a_strong_log_in_weighs_less_than_none_known_and_a_weak_one_more():
    risks = [weak(Trait("a", 1, strong=strong), Loss(9, 9, 9, 9), 9.0).risk for strong in (True, None, False)]
    assert risks == sorted(risks)
    assert risks[0] == pytest.approx(9 * LIKELY["strong"])


def test_traits_come_from_logs_ledger_and_directory(region):
    sleeper = keyed(3, 3)
    late = region[(region["account"] != sleeper) | (region["at"] < local(1, 0))]
    files = rows(np.array([local(20, 9)]), keyed(2, 3), 0, keyed(2, 4), keyed(2, 5), Action.EXPORT)
    files["listed"] = 300
    events = merged(late, files)
    looked = seen(lake_of(events), {int(keyed(1, 5)): "Internet Explorer, Windows"})
    people = Directory({int(keyed(6, 3)): Person("six", "", "nurse", "ch", shared=True)})
    told = traits(
        looked, lake_of(events), scored(events).accounts, {int(keyed(6, 3)): "six"}, people,
        strong={int(keyed(7, 3)): True}, leaks={int(keyed(8, 3)): 30.0}, at=local(40, 0),
    )  # fmt: skip
    by = {one.account_hash: one for one in told}
    assert by[int(sleeper)].dormant
    assert by[int(keyed(2, 3))].exports == 1
    assert by[int(keyed(2, 3))].export_rows == 300
    six = by[int(keyed(6, 3))]
    assert (six.account, six.role, six.facility, six.shared) == ("six", "nurse", "ch", True)
    assert by[int(keyed(7, 3))].strong is True
    assert by[int(keyed(5, 3))].strong is None
    assert by[int(keyed(8, 3))].leak == 30.0
    assert {one.account_hash for one in told if one.old_client} == {
        int(one) for one in np.unique(events["account"][events["device"] == keyed(1, 5)])
    }
    assert not any(one.dormant for one in told if one.account_hash != sleeper and one.last > local(11, 0))


def test_reach_is_everybody_unless_a_whole_community_keeps_to_its_own():
    at = np.arange(3_000) * 1_000_000
    part = np.arange(3_000)
    closed = rows(at, keyed(part % 6, 3), keyed(part % 400, 1), keyed(1, 4), keyed(1, 5))
    open_ = rows(at, keyed(10 + part % 6, 3), keyed(1_000 + part % 900, 1), keyed(2, 4), keyed(2, 5))
    third = rows(at, keyed(20 + part % 6, 3), keyed(1_000 + part % 900, 1), keyed(3, 4), keyed(3, 5))
    lake = lake_of(np.concatenate([closed, open_, third]))
    found = [
        Trait(str(number), int(keyed(number, 3)), home=number // 10 + 1)
        for number in (*range(6), *range(10, 16), *range(20, 26))
    ]
    whole, limited = bases(lake, found)
    assert (whole, limited) == (1_300, {1: 400})
    assert reach(found[0], whole, limited) == 400
    assert reach(found[6], whole, limited) == 1_300
    assert reach(replace(found[0], patients=500), whole, limited) == 500


def test_the_thief_with_files_is_played_on_accounts_that_export_only():
    names = [one.name for one in plans(FIRST_DAY, ZONE, 0)]
    assert EXPORT not in names
    export = plans(FIRST_DAY, ZONE, 250)[-1]
    assert export.name == EXPORT
    targets = Targets(np.zeros(0, np.uint64), np.zeros(0, np.uint64), np.uint64(0))
    made = rows_of(export, np.array([1, 0]), slice(0, 6), accounts=np.array([7, 8], np.uint64), targets=targets)
    assert set(made["action"].tolist()) == {int(Action.EXPORT)}
    assert made["listed"].sum() == 2 * 6 * 250
    assert set(made["account"].tolist()) == {7, 8}
    assert (np.diff(made["at"]) >= 0).all()
    assert made["at"][0] // DAY_US == FIRST_DAY


def test_the_commands_read_a_state_and_change_nothing(tmp_path):
    log = scanning.write(tmp_path / "access.log", scanning.in_order(scanning.quiet_log(days=6), scanning.theft()))
    state = tmp_path / "state"
    scanning.maillon("scan", log, "--state", state, home=tmp_path)
    before = sorted((path.name, path.stat().st_size) for path in state.rglob("*.parquet"))
    done = scanning.maillon("weakest", "--state", state, "--json", home=tmp_path)
    (told,) = scanning.of_kind(done, "weakest")
    accounts = scanning.of_kind(done, "weak_account")
    assert told["accounts"] == len(accounts) == 30
    assert [one["risk"] for one in accounts] == sorted((one["risk"] for one in accounts), reverse=True)
    assert all(one["identities"]["until_step_up"] <= one["identities"]["until_containment"] for one in accounts)
    page = tmp_path / "page.html"
    shown = scanning.maillon("weakest", "--state", state, "--lang", "fr", "--report", page, home=tmp_path)
    assert "maillons faibles" in shown.stdout.decode()
    assert "<polyline" in page.read_text()
    assert page.stat().st_mode & 0o077 == 0
    assert sorted((path.name, path.stat().st_size) for path in state.rglob("*.parquet")) == before
    assert scanning.maillon("weakest", "--state", tmp_path / "none", home=tmp_path, check=False).returncode == 2
