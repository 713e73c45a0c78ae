"""The second simulator: the same by seed, in order, true to what it plants, and never on a tuning seed."""

import itertools
from datetime import date

import numpy as np
import pytest

from maillon.facts.event import EVENT, Action, Outcome
from maillon.sim import second
from maillon.sim.auditor import audit
from maillon.sim.second import world
from maillon.sim.second.almanac import DAY, Almanac
from maillon.sim.second.bases import NOBODY
from maillon.sim.second.pages import IDENTITY, SERVICES
from maillon.sim.second.trades import TRADES
from maillon.sim.seeds import FIRST_REPORTING, FIRST_TUNING, reporting_seeds

SEED = reporting_seeds(1)[0]
ACCOUNTS, DAYS = 900, 45


@pytest.fixture(scope="module")
def region():
    return second.simulate(SEED, ACCOUNTS, DAYS)


def of_theft(region, theft):
    return region.truth.thief & (region.account == theft.index)


def test_the_same_seed_gives_the_same_region_and_another_seed_another(region):
    again = second.simulate(SEED, ACCOUNTS, DAYS)
    assert region.events.tobytes() == again.events.tobytes()
    assert (region.truth.thief == again.truth.thief).all()
    other = second.simulate(SEED + 1, ACCOUNTS, DAYS)
    assert not np.isin(region.account_hashes, other.account_hashes).any()
    assert len(other) != len(region)


@pytest.mark.parametrize("seed", [0, FIRST_TUNING, FIRST_REPORTING - 1])
def test_tuning_seeds_are_refused(seed):
    with pytest.raises(ValueError, match=r"kept for tuning.*20000"):
        second.simulate(seed, ACCOUNTS, DAYS)


def test_what_cannot_be_simulated_is_said():
    with pytest.raises(ValueError, match="300 accounts and 30 days"):
        second.simulate(SEED, 20, DAYS)
    with pytest.raises(ValueError, match=r"no thief is called ghost.*smash"):
        second.simulate(SEED, ACCOUNTS, DAYS, {"ghost": 1})
    with pytest.raises(ValueError, match="ask for fewer thieves"):
        second.simulate(SEED, 300, DAYS, {"campaign": 40})


def test_events_are_in_order_within_the_period_and_requests_are_unique(region):
    events = region.events
    assert events.dtype == EVENT
    assert (np.diff(events["at"]) >= 0).all()
    assert region.period.start <= events["at"][0]
    assert events["at"][-1] < region.period.end
    assert len(np.unique(events["request"])) == len(events)
    for name in ("service", "account", "session", "address", "network", "device", "route", "request"):
        assert (events[name] != 0).all(), name


def test_slices_are_the_whole(region):
    parts = [region.rows(begin, begin + 50_000) for begin in range(0, len(region), 50_000)]
    assert np.concatenate(parts).tobytes() == region.events.tobytes()


def test_a_patient_is_named_where_one_is_concerned(region):
    events = region.events
    concerned = np.isin(events["action"], (Action.READ, Action.UPDATE, Action.CARE, Action.BREAK_GLASS))
    assert ((events["patient"] != 0) == concerned).all()
    assert set(np.unique(events["action"][events["listed"] > 0])) <= {Action.LIST, Action.SEARCH, Action.EXPORT}
    assert (events["fields"][events["outcome"] != Outcome.OK] == 0).all()
    assert (events["fields"][(events["action"] == Action.READ) & (events["outcome"] == Outcome.OK)] > 0).all()


def test_an_account_and_an_address_say_one_thing_each(region):
    events = region.events
    for narrow, wide in (("address", "network"), ("session", "account"), ("session", "service")):
        pairs = np.unique(np.stack([events[narrow], events[wide]]), axis=1)
        assert len(np.unique(pairs[0])) == pairs.shape[1], narrow


def test_every_hash_that_has_a_readable_name_has_it(region):
    names, events = region.names(), region.events
    for kind in ("account", "network", "device", "route", "service"):
        assert set(np.unique(events[kind]).tolist()) <= set(names[kind]), kind
    assert len(names["account"]) == ACCOUNTS
    assert set(names["service"].values()) == set(SERVICES)


def test_each_thief_is_planted_in_the_last_third_in_an_account_of_its_own(region):
    thefts = region.truth.thefts
    kinds = [theft.attack.partition("-")[0] for theft in thefts]
    assert set(kinds) == set(second.KINDS)
    assert kinds.count("campaign") == 10
    assert len({theft.index for theft in thefts}) == len(thefts)
    first = region.period.start + (DAYS * 2 // 3) * DAY - DAY // 12  # a change of clocks may lie between
    assert all(first <= theft.start <= theft.end < region.period.end for theft in thefts)
    assert {theft.account for theft in thefts}.isdisjoint(region.truth.honest)
    assert len(region.truth.honest) == ACCOUNTS - len(thefts)


def test_truth_holds_what_the_rows_hold(region):
    events = region.events
    assert np.isin(region.account[region.truth.thief], [theft.index for theft in region.truth.thefts]).all()
    for theft in region.truth.thefts:
        rows = of_theft(region, theft)
        assert region.accounts[theft.index] == theft.account
        assert events["at"][rows].min() == theft.start
        assert events["at"][rows].max() == theft.end
        read = rows & (events["action"] == Action.READ) & (events["outcome"] == Outcome.OK)
        assert set(region.columns.patient[read].tolist()) == set(theft.patients.tolist())
        assert len(set(theft.patients.tolist())) == len(theft.patients)
        assert (theft.patients < region.known).all()


def test_the_auditor_counts_what_was_lost(region):
    theft = max(region.truth.thefts, key=lambda theft: len(theft.patients))
    result = audit(region, [(theft.account, theft.end, "contain"), (region.truth.honest[0], theft.end, "step_up")])
    loss = next(loss for loss in result.losses if loss.theft is theft)
    assert loss.before_containment == loss.in_all == len(theft.patients)
    assert result.honest_stepped_up == (region.truth.honest[0],)


def test_no_thieves_no_thefts_and_the_honest_are_as_before(region):
    alone = second.simulate(SEED, ACCOUNTS, DAYS, {})
    assert not alone.truth.thief.any()
    assert alone.truth.thefts == ()
    assert (alone.columns.at == region.columns.at[~region.truth.thief]).all()


def test_thieves_have_the_marks_of_their_kind(region):
    events, thefts = region.events, {theft.attack: theft for theft in region.truth.thefts}
    replayed = of_theft(region, thefts["replay"])
    owner = (region.account == thefts["replay"].index) & ~region.truth.thief
    assert np.isin(events["session"][replayed], events["session"][owner]).all()
    walked = region.numbers[region.columns.patient[of_theft(region, thefts["walk"]) & (region.columns.patient >= 0)]]
    steps, counts = np.unique(np.diff(walked), return_counts=True)
    assert counts.max() / counts.sum() > 0.9
    assert abs(int(steps[counts.argmax()])) in (1, 2, 3, 7, 10)
    for kind, action in (("search", Action.LIST), ("export", Action.EXPORT)):
        rows = of_theft(region, thefts[kind])
        assert events["listed"][rows & (events["action"] == action)].sum() > len(thefts[kind].patients)
    woken = (region.account == thefts["dormant"].index) & ~region.truth.thief
    last_use = events["at"][woken].max(initial=region.period.start)
    assert thefts["dormant"].start - last_use > 20 * DAY


def test_a_campaign_shares_machines_or_changes_them_or_shares_out_numbers():
    met = set()
    for seed in reporting_seeds(30)[1:]:
        region = second.simulate(seed, 300, 30, {"campaign": 1})
        thefts = region.truth.thefts
        way = thefts[0].attack
        sittings = [np.unique(region.columns.sitting[of_theft(region, theft)]) for theft in thefts]
        addresses = [set(region.sittings.address[uses].tolist()) for uses in sittings]
        if way == "campaign-shared":
            assert set.intersection(*addresses)
        elif way == "campaign-proxies":
            assert sum(map(len, addresses)) == len(set.union(*addresses)) > 10
        else:
            assert not set.intersection(*(set(theft.patients.tolist()) for theft in thefts))
            pairs = itertools.combinations(thefts, 2)
            shared = sum(len(np.intersect1d(one.patients, other.patients)) for one, other in pairs)
            assert shared <= 0.05 * sum(len(theft.patients) for theft in thefts)
        met.add(way)
        if len(met) == 3:
            return
    pytest.fail(f"only {met} in 29 seeds")


def test_honest_people_are_uneven_and_come_back_to_their_patients(region):
    honest = ~region.truth.thief
    columns = region.columns
    day = region.period.local(columns.at) // DAY
    read = honest & (columns.page == columns.page[(region.events["action"] == Action.READ).argmax()])
    volumes = np.unique(region.account[read].astype(np.int64) * 1_000 + day[read], return_counts=True)[1]
    assert np.percentile(volumes, 99) > 10 * np.median(volumes)
    use = np.unique(np.stack([region.account[read], columns.patient[read], day[read]]), axis=1)
    assert np.unique(use[:2], axis=1).shape[1] < 0.85 * use.shape[1]
    weekend = region.period.weekday[np.minimum(day[honest], DAYS - 1)] >= 5
    assert 0.02 < weekend.mean() < 0.25


def test_honest_readers_meet_neighbouring_numbers_too(region):
    columns, identity = region.columns, region.sittings.service[region.columns.sitting] == IDENTITY
    read = ~region.truth.thief & identity & (region.events["action"] == Action.READ) & (columns.status == 200)
    order = np.lexsort((columns.at[read], columns.sitting[read]))
    sitting, number = columns.sitting[read][order], region.numbers[columns.patient[read]][order]
    steps = np.diff(number)[np.diff(sitting) == 0]
    assert (number > 0).all()
    assert 0.02 < (steps == 1).mean() < 0.4


def test_numbers_follow_admission_and_a_merger_renumbers():
    region = world.build(SEED, ACCOUNTS, DAYS)
    throng, bases = region.throng, region.bases
    group = throng.land.site_group[throng.site]
    for unit in range(0, len(throng.land.unit_rate), 7):
        numbers = throng.number[throng.first[unit] : throng.first[unit + 1]]
        known = throng.known[unit]
        later = numbers[known[-8] :]  # of the last week, against those admitted before
        assert len(later) == 0 or later.min() > numbers[: known[-8]].max()
    assert len(np.unique(throng.number)) == len(throng)
    moved = np.flatnonzero(bases.alias >= 0)
    assert len(np.unique(group[moved])) == 1
    service = np.full(len(moved), IDENTITY)
    before = bases.of(service, moved, np.full(len(moved), bases.merger - 1))
    after = bases.of(service, moved, np.full(len(moved), bases.merger))
    assert (bases.numbers[before] == throng.number[moved]).all()
    assert bases.numbers[after].min() > throng.number.max()
    assert (bases.find(bases.numbers[after]) == after).all()
    assert (bases.find(bases.numbers[before]) == NOBODY).all()


def test_zones_follow_the_clock_changes():
    spring = Almanac(date(2024, 3, 30), 3)
    assert spring.end - spring.start == 71 * 3_600_000_000
    noon = spring.utc(np.array([0, 1, 2]) * DAY + DAY // 2)
    assert spring.zone(noon).tolist() == [3600, 7200, 7200]
    assert spring.local(noon).tolist() == [DAY // 2, DAY + DAY // 2, 2 * DAY + DAY // 2]
    autumn = Almanac(date(2024, 10, 26), 3)
    assert autumn.end - autumn.start == 73 * 3_600_000_000


def test_bank_holidays_of_a_year():
    almanac = Almanac(date(2024, 1, 1), 366)
    found = [day for day, off in zip(almanac.dates, almanac.bank_holiday, strict=True) if off]
    assert [(day.month, day.day) for day in found] == [
        (1, 1), (4, 1), (5, 1), (5, 8), (5, 9), (5, 20), (7, 14), (8, 15), (11, 1), (11, 11), (12, 25),
    ]  # fmt: skip


def test_shares_of_trades_make_a_whole():
    assert sum(trade.share for trade in TRADES) == pytest.approx(1.0)
    for trade in TRADES:
        assert sum(trade.services) == pytest.approx(1.0), trade.name
        assert sum(trade.modes) == pytest.approx(0.0 if trade.name == "robot" else 1.0), trade.name
