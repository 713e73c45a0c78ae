"""Accounts spread over shards: the same evidence, seals and records as in one process."""

import numpy as np
import pytest

from maillon.facts.account import ACCOUNT
from maillon.facts.event import EVENT, Flag
from maillon.facts.policy import Policy
from maillon.score.commons import Commons
from maillon.score.fold import Scoring, local_days
from maillon.score.stretch import Turn, fold, from_bytes, stretch, to_bytes, turn, turns
from small_region import honest, keyed, local, merged, theft

POLICY = Policy()


@pytest.fixture(scope="module")
def region():
    """Return forty days with thieves, a gap of ten days, late events and clocks of two zones."""
    events = merged(
        honest(5, 40, 25),
        honest(6, 40, 12)[200:],
        theft(3, 5, 900, 5),
        theft(4, 16, 800, 30),
        theft(8, 21, 700, 5, hour=22),
        theft(9, 23, 60, 100, network=98),
        theft(2, 35, 300, 10),
    )
    events["at"] -= events["at"] % 1_000_000  # several events of an account share a second
    events["at"][3::7] = events["at"][2::7][: len(events["at"][3::7])]
    events["flags"][5::97] = Flag.LATE
    events["zone"][11::13] = 0
    return events


def in_shards(events, shards, forgiven=()):
    """Fold `events` in so many shards; return evidence, seals, records and what all share."""
    days = local_days(events)
    firsts = [Turn(int(np.flatnonzero(days == day)[0]), int(day), 0) for day in np.unique(days[days > 0])]
    ends = [Turn(one.seq, one.day, int(events["at"][one.seq])) for one in turns(firsts)]
    commons, records = Commons(), [np.zeros(0, ACCOUNT)] * shards
    found, met = [], []
    places = np.arange(len(events))
    mine = [np.flatnonzero(events["account"] % np.uint64(shards) == shard) for shard in range(shards)]
    for start, until in zip([0, *(one.seq for one in ends)], [*ends, None], strict=True):
        over = stretch(commons, start, until, forgiven)
        folded = []
        for shard in range(shards):
            own = mine[shard][(mine[shard] >= over.start) & (mine[shard] < over.stop)]
            one = fold(records[shard], events[own], places[own], over, commons.territory)
            records[shard] = one.accounts.copy()
            folded.append(from_bytes(to_bytes(one)))
            found += list(zip(one.places.tolist(), one.evidence, strict=True))
        met = turn(commons, folded, until, POLICY)
    evidence = np.array([row for _, row in sorted(found, key=lambda one: one[0])])
    scoring = Scoring(POLICY, commons, np.sort(np.concatenate(records), order="account"))
    scoring.remember(met)
    return evidence, scoring


def in_one(events, forgiven=()):
    scoring, parts = Scoring(POLICY), []
    cuts = [place for place, _ in forgiven]
    for start, account, stop in zip([0, *cuts], [0, *(one for _, one in forgiven)], [*cuts, len(events)], strict=True):
        if account:
            assert scoring.forgive(account)
        parts.append(scoring.fold(events[start:stop]))
    return np.concatenate(parts), scoring


def same(one, other):
    assert len(one[0]) > 8
    assert np.array_equal(one[0], other[0])
    assert one[1].drain_seals() == other[1].drain_seals()
    assert np.array_equal(np.sort(one[1].accounts, order="account"), np.sort(other[1].accounts, order="account"))
    for name in ("pool", "sealed", "territory", "day", "begun"):
        assert np.array_equal(getattr(one[1].commons, name), getattr(other[1].commons, name)), name


@pytest.mark.parametrize("shards", [1, 4, 16])
def test_any_number_of_shards_gives_the_same_as_one_process(region, shards):
    same(in_one(region), in_shards(region, shards))


def test_what_the_shards_leave_goes_on_as_one_process(region):
    half = len(region) // 2
    _, one = in_one(region[:half])
    _, other = in_shards(region[:half], 4)
    assert np.array_equal(one.fold(region[half:]), other.fold(region[half:]))


def test_a_verdict_holds_from_its_place_on_in_whatever_shard(region):
    place = int(np.searchsorted(region["at"], local(17, 12)))
    forgiven = [(place, int(keyed(4, 3))), (place + 50, int(keyed(3, 3)))]
    assert not np.array_equal(in_one(region)[1].accounts, in_one(region, forgiven)[1].accounts)
    same(in_one(region, forgiven), in_shards(region, 4, forgiven))


def test_the_events_beside_evidence_are_those_of_its_account_and_moment(region):
    over = stretch(Commons(day=20_000), 0, None, ())
    one = fold(np.zeros(0, ACCOUNT), region[:4000], np.arange(4000), over, Commons().territory)
    assert len(one.evidence) > 0
    told = set(zip(one.moments["account"].tolist(), one.moments["at"].tolist(), strict=True))
    assert told == set(zip(one.evidence["account"].tolist(), one.evidence["at"].tolist(), strict=True))
    assert np.array_equal(region[one.moments_at], one.moments)
    assert one.moments.dtype == EVENT
