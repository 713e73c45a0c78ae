"""A simulated region: the same from its seed, honest whatever the thief does, and shaped as real work is."""

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maillon.facts.errors import UsageError
from maillon.facts.event import Action, Outcome
from maillon.sim import NO_ATTACK, simulate
from maillon.sim.attacks import ATTACKS
from maillon.sim.chance import Part, generator
from maillon.sim.clock import DAY, HOUR, Period, public_holidays
from maillon.sim.duty import draw_duty
from maillon.sim.hashes import KINDS, hashed
from maillon.sim.people import draw_people
from maillon.sim.places import network_of
from maillon.sim.roles import ROLE
from maillon.sim.seeds import reporting_seeds, tuning_seeds


@pytest.fixture(scope="module")
def region():
    return simulate(3, attack=NO_ATTACK)


def wall(sim):
    return sim.columns.at + sim.zone.astype(np.int64) * 1_000_000


def local_day(sim):
    return (wall(sim) - sim.period.first_wall) // DAY


def patients_a_day(sim):
    """Accounts, days, and distinct patients read by each account each day it read any."""
    read = sim.events["action"] == Action.READ
    cell = sim.account[read] * 1000 + local_day(sim)[read]
    pairs = np.unique(np.stack((cell, sim.columns.patient[read])), axis=1)
    cells, count = np.unique(pairs[0], return_counts=True)
    return cells // 1000, cells % 1000, count


def test_the_same_seed_gives_the_same_bytes_and_another_seed_does_not():
    first, again, other = simulate(5, 120, 8), simulate(5, 120, 8), simulate(6, 120, 8)
    assert first.events.tobytes() == again.events.tobytes()
    assert first.truth.thief.tobytes() == again.truth.thief.tobytes()
    assert first.events.tobytes() != other.events.tobytes()


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_thief_changes_nothing_of_what_honest_people_do(region, attack):
    attacked = simulate(3, attack=attack)
    assert attacked.truth.thief.any()
    assert attacked.events[~attacked.truth.thief].tobytes() == region.events.tobytes()


def test_another_thief_changes_nothing_of_what_the_others_do():
    few, more = simulate(3, attack="paced", thieves=3), simulate(3, attack="paced", thieves=4)
    for theft, same in zip(few.truth.thefts, more.truth.thefts, strict=False):
        assert (theft.account, theft.start, theft.end) == (same.account, same.start, same.end)
        assert theft.patients.tolist() == same.patients.tolist()


def test_events_are_in_order_of_time_and_none_is_outside_the_period(region):
    at = region.events["at"]
    assert (np.diff(at) >= 0).all()
    assert region.period.first <= at[0]
    assert at[-1] < region.period.end
    days = local_day(region)
    assert days.min() == 0
    assert days.max() == 20


def test_absent_values_are_zero_and_hashes_of_different_things_differ(region):
    events = region.events
    without = np.isin(events["action"], (Action.SEARCH, Action.LIST, Action.EXPORT, Action.LOGIN, Action.LOGOUT))
    assert (events["patient"][without] == 0).all()
    assert (events["patient"][events["action"] == Action.READ] != 0).all()
    for name, indices in (("account", region.account), ("patient", region.columns.patient)):
        assert len(np.unique(events[name])) == len(np.unique(indices))
    everything = np.concatenate([hashed(kind, np.arange(5000)) for kind in KINDS])
    assert len(np.unique(everything)) == len(everything)


def test_names_give_back_every_hash_of_an_event(region):
    names = region.names()
    for kind in ("account", "network", "device", "route", "service"):
        assert set(np.unique(region.events[kind]).tolist()) <= set(names[kind])


def test_people_read_as_many_patients_as_people_do(region):
    account, _, count = patients_a_day(region)
    medians = np.array([np.median(count[account == each]) for each in np.unique(account)])
    assert 5 <= np.median(medians) <= 20
    assert 0.005 < np.mean(medians > 55) < 0.08
    assert 0.001 < np.mean(count > 100) < 0.03


def test_weekends_are_quiet_and_nights_are_not_empty(region):
    days = np.bincount(local_day(region), minlength=21)
    quiet = region.period.quiet_days()
    assert 0.1 < days[quiet].mean() / days[~quiet].mean() < 0.45
    hour = wall(region) // HOUR % 24
    share = np.bincount(hour, minlength=24) / len(hour)
    assert share[8:18].sum() > 0.7
    assert 0.005 < share[0:5].sum() < 0.1


def test_a_public_holiday_is_as_quiet_as_a_sunday():
    sim = simulate(2, days=14, attack=NO_ATTACK, start=date(2026, 4, 6))  # Easter Monday
    days = np.bincount(local_day(sim), minlength=14)
    assert days[0] < 0.5 * days[7]


def test_daily_volumes_vary_as_gamma_poisson_about_each_pace():
    people = draw_people(generator(1, Part.PEOPLE), 2000, 30)
    duty = draw_duty(generator(1, Part.DUTY), people, Period(date(2026, 3, 2), 30))
    usual = ~duty.bulk & ~duty.on_call & (people.role[duty.account] != ROLE["service"])
    pace, reads = people.pace[duty.account[usual]], duty.reads[usual]
    assert np.mean((reads - pace) ** 2 / (pace + pace**2 / 3)) == pytest.approx(1.0, abs=0.05)


def test_in_long_periods_some_people_come_back_from_a_long_leave():
    people = draw_people(generator(1, Part.PEOPLE), 2000, 58)
    duty = draw_duty(generator(1, Part.DUTY), people, Period(date(2026, 3, 2), 58))
    gaps = np.diff(duty.day)[np.diff(duty.account) == 0]
    assert 20 < (gaps > 30).sum() < 100
    kiosk = people.role[duty.account] == ROLE["kiosk"]
    assert np.diff(duty.day[kiosk]).max() < 10


def test_the_service_account_and_the_kiosk_work_every_day(region):
    columns = region.columns
    roles = region.people.role[region.account]
    first_pages = np.isin(columns.page, (0, 1, 2))
    days = local_day(region)
    service = np.bincount(days[(roles == ROLE["service"]) & first_pages], minlength=21)
    assert ((service >= 140) & (service <= 230)).all()
    kiosk = roles == ROLE["kiosk"]
    assert len(np.unique(days[kiosk])) == 21
    assert len(np.unique(region.sittings.address[columns.sitting[kiosk]])) == 1


def test_newcomers_have_no_events_before_their_first_day(region):
    joined = region.people.joined[region.account]
    assert (region.people.joined > 0).any()
    assert (local_day(region) >= joined).all()


def test_one_facility_changes_network_in_mid_period(region):
    people, days = region.people, local_day(region)
    networks = network_of(region.sittings.address[region.columns.sitting])
    office = (people.facility[region.account] == people.migrates) & (networks >> 24 == 0)
    before = set(networks[office & (days < people.migration_day)].tolist())
    after = set(networks[office & (days >= people.migration_day)].tolist())
    assert before
    assert after
    assert len(before & after) < len(after)
    assert after - before


def test_care_acts_follow_reads_of_the_same_patient(region):
    events = region.events
    acts = events["action"] == Action.CARE
    read = events["action"] == Action.READ
    pairs = set(zip(events["account"][read].tolist(), events["patient"][read].tolist(), strict=True))
    assert acts.sum() > 0.1 * read.sum()
    assert all(
        pair in pairs for pair in zip(events["account"][acts].tolist(), events["patient"][acts].tolist(), strict=True)
    )


def test_failed_pages_show_no_field(region):
    failed = region.events["outcome"] != Outcome.OK
    assert failed.any()
    assert (region.events["fields"][failed] == 0).all()


def test_patients_numbers_are_different_and_have_eight_or_nine_digits(region):
    assert len(np.unique(region.numbers)) == len(region.numbers)
    assert region.numbers.min() >= 10_000_000
    assert region.numbers.max() <= 999_999_999


@pytest.mark.parametrize(
    ("start", "hours", "offsets"),
    [(date(2026, 3, 23), -1, (3600, 7200)), (date(2026, 10, 19), 1, (7200, 3600))],
)
def test_the_clock_change_moves_the_offset_and_not_the_habits(start, hours, offsets):
    sim = simulate(4, days=14, attack=NO_ATTACK, start=start)
    assert (sim.period.end - sim.period.first) // HOUR == 14 * 24 + hours
    change = np.flatnonzero(np.diff(sim.zone))
    assert len(change) == 1
    assert (int(sim.zone[0]), int(sim.zone[-1])) == offsets
    sunday = start + timedelta(days=6)
    moment = np.datetime64(f"{sunday}T01:00", "us").astype(np.int64)
    assert sim.columns.at[change[0]] < moment <= sim.columns.at[change[0] + 1]
    clock = wall(sim) // 1_000_000 % 86_400
    before, after = (
        np.median(clock[local_day(sim) < 5]),
        np.median(clock[(local_day(sim) >= 7) & (local_day(sim) < 12)]),
    )
    assert abs(before - after) < 1500


@given(st.dates(date(2020, 1, 1), date(2035, 1, 1)), st.integers(0, 20 * 24 * 3600))
@settings(max_examples=60, deadline=None)
def test_wall_times_come_back_from_utc(start, seconds):
    period = Period(start, 20)
    wall = np.array([period.first_wall + seconds * 1_000_000])
    at = period.to_utc(wall)
    back = at + period.zone(at) * 1_000_000
    assert back[0] in (wall[0], wall[0] - HOUR)  # the skipped hour of spring is shown one hour earlier
    assert back[0] // DAY == wall[0] // DAY


def test_public_holidays_of_2026():
    expected = {(1, 1), (4, 6), (5, 1), (5, 8), (5, 14), (5, 25), (7, 14), (8, 15), (11, 1), (11, 11), (12, 25)}
    assert {(day.month, day.day) for day in public_holidays(2026)} == expected


def test_seeds_to_tune_and_seeds_to_report_are_apart():
    assert not set(tuning_seeds(10_000)) & set(reporting_seeds(10_000))
    with pytest.raises(ValueError, match="at most"):
        tuning_seeds(10_001)


def test_an_attack_that_is_not_on_the_shelf_is_refused_by_name():
    with pytest.raises(UsageError, match=r"unknown attack 'storm'.*campaign"):
        simulate(1, attack="storm")
    with pytest.raises(UsageError, match="at least 20 accounts"):
        simulate(1, accounts=3)
