"""What an account remembers: patients, origins, sessions, hours, its own past. All bounded."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maillon.facts.account import ACCOUNT, NEW, ORIGINS, SETS, WAYS
from maillon.facts.event import Action, Outcome
from maillon.facts.evidence import Kind, Sign
from maillon.facts.policy import Policy
from maillon.facts.pool import STRATA
from maillon.score.baseline import LAG_DAYS, lesson
from maillon.score.day import FADING
from maillon.score.fold import Scoring
from maillon.score.origins import AGE_DAYS, is_old, visit
from maillon.score.seen import SEEN, SEEN_TODAY, TRUSTED, UNSEEN, begin_day, touch
from maillon.score.weight import COMMON_FROM, accounts_on, rarity
from small_region import DAY_US, FIRST_DAY, honest, keyed, local, merged, rows, theft

OWN = True
SOME = settings(max_examples=50, deadline=None)


def record():
    return np.zeros(1, ACCOUNT)[0]


def only(scoring):
    assert len(scoring.accounts) == 1
    return scoring.accounts[0]


def test_an_account_record_fits_four_kilobytes():
    assert ACCOUNT.itemsize <= 4096


def known(account, patients, trusted=False):
    with np.errstate(over="ignore"):
        return [touch(account["seen"], account["seen_today"], patient, trusted) for patient in patients]


@SOME
@given(st.lists(st.integers(1, 200), max_size=150))
def test_a_patient_is_known_once_seen(numbers):
    account = record()
    patients = keyed(np.array(numbers, np.uint64), 5)
    answers = known(account, patients)
    first = [number not in numbers[:place] for place, number in enumerate(numbers)]
    assert [answer == UNSEEN for answer in answers] == first
    assert set(answers) <= {UNSEEN, SEEN_TODAY}
    begin_day(account["seen_today"])
    assert set(known(account, patients[:1])) <= {SEEN}
    assert set(known(account, patients[:1])) <= {SEEN_TODAY}


def test_strangers_pass_for_known_no_more_often_than_said():
    account = record()
    known(account, keyed(np.arange(20_000), 1))
    strangers = keyed(np.arange(100_000), 2)
    false = sum(known(account.copy(), [patient]) != [UNSEEN] for patient in strangers)
    assert 0 < false / len(strangers) < 2 * WAYS / 32767


def test_the_least_recent_patient_is_forgotten_and_then_new():
    account = record()
    patients = keyed(np.arange(3 * SETS * WAYS), 1)
    known(account, patients)
    assert known(account.copy(), patients[-1:]) == [SEEN_TODAY]
    forgotten = known(account, patients[: SETS * WAYS])
    assert np.mean([answer == UNSEEN for answer in forgotten]) > 0.95


def test_a_patient_is_trusted_once_read_from_an_old_origin():
    account = record()
    patients = keyed(np.arange(3), 4)
    known(account, patients[:1], trusted=True)
    known(account, patients[1:2])
    begin_day(account["seen_today"])
    assert known(account, patients) == [TRUSTED, SEEN, UNSEEN]
    known(account, patients[1:], trusted=True)
    begin_day(account["seen_today"])
    assert known(account, patients) == [TRUSTED] * 3


def test_an_origin_is_young_for_ten_days_and_until_it_was_used_on_four():
    account = record()
    account["active_days"] = 20
    for day in (0, 1, 2, AGE_DAYS, AGE_DAYS + 1):
        place = visit(account, np.uint64(1), np.uint64(2), 1 + day, day, OWN)
    assert account["origin_days"][place] == 5
    ages = {day: is_old(account, place, day) for day in (0, AGE_DAYS - 1, AGE_DAYS)}
    assert ages == {0: False, AGE_DAYS - 1: False, AGE_DAYS: True}
    once = visit(account, np.uint64(3), np.uint64(2), 1, 0, OWN)
    assert not is_old(account, once, 100), "one log-in and a wait is not enough"


def test_what_an_account_uses_from_its_first_days_is_its_own():
    account = record()
    place = visit(account, np.uint64(1), np.uint64(2), 1, 0, OWN)
    assert is_old(account, place, 0)


def test_strangers_origins_do_not_push_out_the_ones_that_are_used():
    account = record()
    for day in range(15):
        home = visit(account, np.uint64(1), np.uint64(1), 1, day, OWN)
        account["active_days"] += 1
    for number in range(10 * ORIGINS):
        visit(account, np.uint64(100 + number), np.uint64(1), 1, 15, OWN)
    assert account["origin_network"][home] == 1
    assert visit(account, np.uint64(1), np.uint64(1), 1, 16, OWN) == home


def test_rarity_is_lowered_where_many_share():
    keys, counts = np.array([5, 9, 2**64 - 1], np.uint64), np.array([40, 3, 0], np.int32)
    assert accounts_on(keys, counts, np.uint64(5)) == 40
    assert accounts_on(keys, counts, np.uint64(9)) == 3
    assert accounts_on(keys, counts, np.uint64(7)) == 0
    factors = [rarity(2.0, accounts) for accounts in (0, COMMON_FROM, 40, 4000)]
    assert factors[:2] == [2.0, 2.0]
    assert factors == sorted(factors, reverse=True)
    assert factors[-1] == pytest.approx(1.0, abs=0.01)


def reads(count, day=0, hour=10.0, every=60, action=Action.READ, first=0):
    at = local(day, hour) + np.arange(count) * every * 1_000_000
    return rows(at, keyed(1, 3), keyed(np.arange(first, first + count), 9), 1, 1, action)


def folded(*parts):
    scoring = Scoring(Policy())
    scoring.fold(merged(*parts))
    return only(scoring)


def test_a_new_patient_counts_at_once_and_once():
    assert folded(reads(4))["today"][Kind.DAY] == 4.0
    assert folded(reads(4), reads(4, hour=11))["today"][Kind.DAY] == 4.0


def test_a_burst_leaks_one_patient_every_twenty_seconds():
    assert folded(reads(30, every=20))["today"][Kind.BURST] == pytest.approx(1.0)
    assert folded(reads(30, every=10))["today"][Kind.BURST] == pytest.approx(1.0 + 29 * 0.5)


def test_listed_patients_have_a_channel_of_their_own_and_teach_nobody():
    search = reads(3, action=Action.SEARCH)
    search["listed"] = 31
    account = folded(search, reads(3, hour=11))
    assert account["listed"] == 96
    assert account["today"][Kind.LISTED] == 6.0
    assert account["today"][NEW] == 3, "a patient listed is not a patient known"


def test_an_export_of_one_patient_is_a_read():
    assert folded(reads(3, action=Action.EXPORT))["today"][NEW] == 3


def test_refused_and_missing_accesses_are_no_reads():
    missed = reads(20, hour=11, first=100)
    missed["outcome"] = Outcome.MISSING
    account = folded(reads(3), missed)
    assert (account["misses"], account["today"][NEW], account["patients"]) == (20, 3, 3)


def test_the_past_is_learnt_ten_days_later():
    busy = [reads(8, day=day, first=1000 * day) for day in range(14)]
    before = folded(*busy[:LAG_DAYS])
    after = folded(*busy)
    assert before["learnt_days"] == 0
    assert after["learnt_days"] == pytest.approx(sum(0.98**k for k in range(4)))
    assert after["expected"][NEW] > before["expected"][NEW]


def test_a_lesson_is_capped_and_an_alarm_teaches_nothing_beyond_the_usual():
    assert lesson(100.0, 5.0, alarmed=False) == 14.0
    assert lesson(100.0, 5.0, alarmed=True) == 5.0
    assert lesson(3.0, 5.0, alarmed=True) == 3.0


def test_unusual_hours_weigh_more_once_the_usual_ones_are_known():
    days = [reads(4, day=day, first=1000 * day) for day in range(8)]
    night = folded(*days, reads(4, day=8, hour=3, first=9000))
    assert night["odd"] == 4
    assert night["today"][Kind.BURST] == 1.5
    assert folded(*days, reads(4, day=8, hour=11, first=9000))["odd"] == 0
    assert folded(reads(4, day=8, hour=3, first=9000))["odd"] == 0


def test_quick_openings_weigh_more():
    assert folded(reads(5, every=3))["fast"] == 4
    assert folded(reads(5, every=5))["fast"] == 0


def moved(returns, new, day=12):
    """Return the record of an account that works from a new place on `day`: so many returns, then new patients."""
    panel = [reads(12, day=d, first=100 * d) for d in range(day)]
    elsewhere = merged(reads(returns, day=day, hour=9, first=100), reads(new, day=day, hour=11, first=9000))
    elsewhere["network"] = elsewhere["device"] = 500
    return folded(*panel, elsewhere, reads(1, day=day, hour=20, first=100))


def test_returns_to_patients_of_old_explain_new_ones_from_a_young_origin():
    assert moved(0, 30)["young"] == 3 * 30
    alternating = moved(0, 30)["young"], moved(12, 30)["young"]
    assert alternating[1] == alternating[0], "what came before explains nothing of what follows"
    account = folded(
        *[reads(12, day=d, first=100 * d) for d in range(12)],
        *[
            rows(local(12, 9) + np.arange(4) * 60_000_000 + i * 600_000_000, keyed(1, 3),
                 keyed(np.array([9000 + 3 * i, 9001 + 3 * i, 9002 + 3 * i, 100 + i]), 9), 500, 500)
            for i in range(10)
        ],
    )  # fmt: skip
    assert account["young"] < 3 * 3
    assert account["origin_returns"][1] == 10


def test_an_origin_that_came_back_to_patients_of_old_makes_its_network_common():
    """Only then: thieves, who never come back, cannot make theirs so."""
    scoring = Scoring(Policy())
    days = [
        theft(account, day, 20, 60, network=1, first_patient=40 * account)
        for account in range(1, 5)
        for day in range(4)
    ]
    scoring.fold(merged(*days, theft(1, 6, 1, 60, network=1)))
    assert scoring.commons.sealed[0]["networks_accounts"].max() == 4
    scoring = Scoring(Policy())
    days = [
        theft(account, day, 20, 60, network=1, first_patient=400 * account + 40 * day)
        for account in range(1, 5)
        for day in range(4)
    ]
    scoring.fold(merged(*days, theft(1, 6, 1, 60, network=1)))
    assert scoring.commons.sealed[0]["networks_accounts"].max() == 0


def test_what_young_origins_read_fades_from_day_to_day():
    account = folded(
        *[reads(12, day=d, first=100 * d) for d in range(12)],
        *[theft_of(12 + d, 40, 9000 + 100 * d) for d in range(2)],
    )
    assert account["young"] == pytest.approx(3 * 40 * FADING + 3 * 40)
    assert account["today"][Kind.ORIGIN] == account["young"]


def theft_of(day, count, first):
    events = reads(count, day=day, first=first)
    events["network"] = events["device"] = 500
    return events


def test_a_common_network_weighs_less_than_a_strangers():
    """Two accounts change networks on day 12: one to a hospital gateway, the other to a network nobody uses."""
    region = honest(3, accounts=30, days=12)
    gateway, elsewhere = theft(7, 12, 6, 60, network=1), theft(6, 12, 6, 60, network=500)
    gateway["device"] = keyed(1, 5)
    scoring = Scoring(Policy())
    scoring.fold(merged(region, gateway, elsewhere))
    weights = {}
    for number in (7, 6):
        account = scoring.accounts[scoring.accounts["account"] == keyed(number, 3)][0]
        weights[number] = account["today"][Kind.ORIGIN] / account["young_patients"]
    assert weights[7] < 0.5 * weights[6]


def test_origins_of_an_alarm_stay_young():
    region = honest(3, accounts=10, days=12)
    stolen = theft(2, 12, 400, 20)
    back = [theft(2, day, 3, 20, first_patient=500 + day) for day in (13, 14, 15, 23)]
    scoring = Scoring(Policy())
    evidence = scoring.fold(merged(region, stolen, *back))
    assert evidence["signs"].max() & (Sign.NEW_NETWORK | Sign.NEW_DEVICE)
    account = scoring.accounts[scoring.accounts["account"] == keyed(2, 3)][0]
    place = list(account["origin_network"]).index(keyed(99, 4))
    assert not is_old(account, place, FIRST_DAY + 23)
    assert not is_old(account, place, FIRST_DAY + 12 + 29)
    assert is_old(account, place, FIRST_DAY + int(evidence["day"].max()) - FIRST_DAY + 30)


def test_a_dormant_account_says_so():
    woken = theft(1, 50, 3000, 5)
    evidence = Scoring(Policy()).fold(merged(reads(5), reads(5, day=3, first=50), woken))
    assert len(evidence)
    assert (evidence["signs"] & Sign.DORMANT).all()
    assert set(evidence["idle_days"]) == {47}
    assert set(evidence["day"]) == {(int(woken["at"][0]) + 3_600_000_000) // DAY_US}


def test_an_account_that_woke_is_judged_as_one_for_ten_days():
    """Three days of use long ago make no newcomer of it: newcomers may read much from where nobody knows them."""
    later = [reads(3, day=50 + day, first=100 + 10 * day) for day in (0, 1, 9, 10)]
    scoring, strata = Scoring(Policy()), []
    for part in (reads(5), reads(5, day=1, first=50), *later):
        scoring.fold(part)
        strata.append(STRATA[int(only(scoring)["stratum"])])
    assert strata == ["tenure<5", "tenure<5", "dormant", "dormant", "dormant", "tenure 5-9"]
