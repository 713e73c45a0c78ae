"""Territory: what colleagues have read explains; what it forgets stays unexplained; a day has no order."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maillon.facts.account import HOME, NEW
from maillon.facts.evidence import Kind, Sign
from maillon.facts.policy import Policy
from maillon.score.fold import Scoring
from maillon.score.territory import FEWEST, MET, TERRITORY, community_of, is_explained, merged
from small_region import keyed, local, rows
from small_region import merged as together

LAWS = settings(max_examples=40, deadline=None)


def met(pairs):
    return np.array([(keyed(patient, 3), community) for patient, community in pairs], MET)


def learnt(pairs, table=None):
    return merged(np.zeros(FEWEST, TERRITORY) if table is None else table, np.unique(met(pairs)))


@LAWS
@given(st.lists(st.tuples(st.integers(0, 60), st.integers(1, 4)), max_size=200), st.randoms())
def test_the_order_of_a_day_does_not_matter(pairs, random):
    shuffled = list(pairs)
    random.shuffle(shuffled)
    assert np.array_equal(learnt(pairs), learnt(shuffled))


@LAWS
@given(st.lists(st.tuples(st.integers(0, 5000), st.integers(1, 9)), min_size=1, max_size=300))
def test_whoever_was_read_last_is_explained_to_those_who_read(pairs):
    table = np.zeros(FEWEST, TERRITORY)
    for patient, community in pairs:
        table = learnt([(patient, community)], table)
    patient, community = pairs[-1]
    assert is_explained(table, keyed(patient, 3), community, 0)
    assert is_explained(table, keyed(patient, 3), 0, community)
    assert not is_explained(table, keyed(patient, 3), 0, 0)
    assert not is_explained(table, keyed(9999, 3), community, community)


def test_it_grows_and_keeps_what_it_knew():
    table = learnt([(patient, 1 + patient % 7) for patient in range(20_000)])
    assert len(table) > FEWEST
    assert all(is_explained(table, keyed(patient, 3), 1 + patient % 7, 0) for patient in range(0, 20_000, 97))


def test_a_full_table_forgets_nobody_and_takes_nobody(monkeypatch):
    monkeypatch.setattr("maillon.score.territory.MOST", FEWEST)
    table = learnt([(patient, 1) for patient in range(2 * FEWEST)])
    known = [bool(is_explained(table, keyed(patient, 3), 1, 0)) for patient in range(2 * FEWEST)]
    assert len(table) == FEWEST
    assert sum(known) == 7 * FEWEST // 10


def test_an_absent_network_is_no_community():
    assert community_of(np.uint64(0)) == 0
    assert all(1 <= community_of(keyed(number, 4)) < 1 << 16 for number in range(1000))


def ward(days, accounts=6, network=1):
    """Return the events of colleagues at home on one network, who share forty patients."""
    parts = []
    for account in range(1, accounts + 1):
        for day in range(days):
            at = local(day, 9) + np.arange(8) * 600_000_000 + account * 1_000_000
            patient = keyed((np.arange(8) * account + 5 * day) % 40, 9)
            parts.append(rows(at, keyed(account, 3), patient, keyed(network, 4), keyed(1, 5)))
    return together(*parts)


def stranger(day, patients, network=1):
    at = local(day, 14) + np.arange(len(patients)) * 60_000_000
    return rows(at, keyed(50, 3), keyed(np.array(patients), 9), keyed(network, 4), keyed(1, 5))


@pytest.mark.parametrize(("patients", "explained"), [(range(40), 40), (range(500, 540), 0)])
def test_a_colleagues_patients_explain_themselves(patients, explained):
    scoring = Scoring(Policy())
    scoring.fold(together(ward(6), stranger(6, list(patients))))
    account = scoring.accounts[scoring.accounts["account"] == keyed(50, 3)][0]
    assert account["today"][NEW] == 40
    assert account["today"][HOME] == explained


def test_what_is_read_today_explains_nothing_before_tomorrow():
    scoring = Scoring(Policy())
    scoring.fold(together(ward(1), stranger(0, list(range(40)))))
    account = scoring.accounts[scoring.accounts["account"] == keyed(50, 3)][0]
    assert account["today"][HOME] == 0


def test_a_session_among_strangers_patients_is_strange_and_says_so():
    scoring = Scoring(Policy())
    busy = [stranger(day, list(range(10 * day % 40, 10 * day % 40 + 4))) for day in range(16)]
    evidence = scoring.fold(together(ward(17, accounts=30), *busy, stranger(16, list(range(5000, 5200)))))
    strange = evidence[(evidence["account"] == keyed(50, 3)) & (evidence["kind"] == Kind.STRANGE)]
    assert len(strange)
    assert strange[0]["unexplained"] < 150
    assert strange[0]["signs"] & Sign.NO_COLLEAGUE
