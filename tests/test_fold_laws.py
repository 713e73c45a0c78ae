"""What holds of the fold whatever the events: it looks only back, and batches are nobody's business."""

import hashlib
import os
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from maillon.facts.errors import StateError
from maillon.facts.event import EVENT, Action, Flag, Outcome
from maillon.facts.evidence import Kind, Rung
from maillon.facts.policy import Policy
from maillon.score.fold import Scoring
from small_region import DAY_US, honest, keyed, local, merged, rows, theft

POLICY = Policy()
FEW = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module")
def region():
    """Return twelve days of thirty accounts, with thieves quick and slow."""
    return merged(
        honest(5),
        theft(3, 5, 900, 5),
        theft(4, 6, 800, 30),
        theft(8, 11, 700, 5, hour=22),
        theft(9, 10, 60, 100, network=98),
    )


@pytest.fixture(scope="module")
def whole(region):
    scoring = Scoring(POLICY)
    evidence = scoring.fold(region)
    assert len(evidence) > 8, "a region without evidence proves nothing"
    return evidence, scoring


def test_the_same_events_give_the_same_evidence_and_seals(region, whole):
    again = Scoring(POLICY)
    assert np.array_equal(again.fold(region), whole[0])
    assert again.to_bytes() == whole[1].to_bytes()


@FEW
@given(st.lists(st.integers(0, 4000), max_size=12))
def test_any_split_into_batches_gives_the_same_evidence(region, whole, cuts):
    scoring = Scoring(POLICY)
    places = sorted({min(cut, len(region)) for cut in cuts} | {0, len(region)})
    parts = [scoring.fold(region[a:b]) for a, b in pairwise(places)]
    assert np.array_equal(np.concatenate(parts), whole[0])


@FEW
@given(st.integers(0, 4000))
def test_a_log_cut_anywhere_gives_the_same_evidence_up_to_the_cut(region, whole, cut):
    cut = min(cut, len(region))
    evidence = Scoring(POLICY).fold(region[:cut])
    assert np.array_equal(evidence, whole[0][: len(evidence)])
    rest = whole[0][len(evidence) :]
    assert cut == 0 or not len(rest) or rest["at"].min() >= region["at"][cut - 1]


@FEW
@given(st.integers(0, 4000))
def test_bytes_continue_where_they_were_taken(region, whole, cut):
    first = Scoring(POLICY)
    before = first.fold(region[:cut])
    second = Scoring.from_bytes(first.to_bytes(), POLICY)
    after = second.fold(region[cut:])
    assert np.array_equal(np.concatenate([before, after]), whole[0])
    assert second.to_bytes() == whole[1].to_bytes()


def test_seals_are_the_same_however_the_log_was_read(region):
    at_once, by_parts = Scoring(POLICY), Scoring(POLICY)
    at_once.fold(region)
    seals = []
    for start in range(0, len(region), 500):
        by_parts.fold(region[start : start + 500])
        seals += by_parts.drain_seals()
    assert seals == at_once.drain_seals()
    assert len({seal.digest for seal in seals}) == len(seals)


def test_a_seal_governs_days_that_are_not_over_and_learns_from_days_that_are(region):
    """Evidence of day D is the same whatever happened to others on D-1 and D."""
    scoring, without = Scoring(POLICY), Scoring(POLICY)
    day = 8
    start = local(day - 1, 0)
    victim = theft(2, day, 200, 20)
    others = region[(region["account"] != keyed(2, 3)) & (region["at"] < local(day + 1, 0))]
    own = merged(region[(region["account"] == keyed(2, 3)) & (region["at"] < local(day + 1, 0))], victim)
    with_others = scoring.fold(merged(others, own))
    alone = without.fold(merged(others[others["at"] < start], own))
    of_victim = [rows_[(rows_["account"] == keyed(2, 3))] for rows_ in (with_others, alone)]
    assert len(of_victim[0]) > 0
    assert np.array_equal(*of_victim)


@FEW
@given(st.integers(0, 2**32))
def test_the_order_of_accounts_within_an_instant_does_not_matter(seed):
    """Every account acts in the same seconds; the accounts are shuffled within each."""
    events = merged(
        *(
            theft(account, day, 1500, 5, network=account % 3, first_patient=9000 * day)
            for account in range(1, 9)
            for day in (0, 1, 3)
        )
    )
    evidence = Scoring(POLICY).fold(events)
    order = np.lexsort((np.random.default_rng(seed).random(len(events)), events["at"]))
    shuffled = Scoring(POLICY).fold(events[order])
    assert len(evidence) > 8
    by = ["at", "account", "kind", "rung"]
    assert np.array_equal(np.sort(evidence, order=by), np.sort(shuffled, order=by))


def test_within_a_day_a_kind_climbs_rung_by_rung_and_never_falls(whole):
    evidence = whole[0]
    climbed = {}
    for row in evidence:
        key = (int(row["account"]), int(row["kind"]), int(row["day"]))
        rung, score = climbed.get(key, (0, -1.0))
        assert row["rung"] > rung
        assert row["score"] >= score
        assert row["score"] >= row["threshold"]
        climbed[key] = (int(row["rung"]), float(row["score"]))


def test_compiled_and_plain_python_agree(region, whole):
    code = (
        "import sys, warnings; warnings.simplefilter('error'); sys.path.insert(0, sys.argv[1]);"
        "from test_fold_laws import small_digest; print(small_digest())"
    )
    environment = {**os.environ, "MAILLON_PLAIN": "1"}
    plain = subprocess.run(
        [sys.executable, "-c", code, str(Path(__file__).parent)],
        env=environment, capture_output=True, text=True, check=True, timeout=300,
    )  # fmt: skip
    assert plain.stdout.strip() == small_digest()


def small_digest():
    """Return a digest of evidence, state and seals on a small log."""
    scoring = Scoring(POLICY)
    evidence = scoring.fold(merged(honest(6, 6, 14), theft(3, 12, 150, 10), theft(4, 13, 80, 60)))
    assert len(evidence)
    return hashlib.sha256(evidence.tobytes() + scoring.to_bytes()).hexdigest()


def test_names_that_only_fail_are_not_remembered():
    scoring = Scoring(POLICY)
    events = rows(local(0, 9) + np.arange(5000), keyed(np.arange(5000), 1), keyed(1, 2), 1, 1)
    events["outcome"] = Outcome.REFUSED
    events["action"] = np.where(np.arange(5000) % 2, Action.LOGIN, Action.READ)
    scoring.fold(events)
    assert len(scoring.accounts) == 0
    events["outcome"][:7] = Outcome.OK
    scoring.fold(events)
    assert len(scoring.accounts) == 7


def test_late_events_teach_who_was_seen_and_score_nothing():
    late = theft(1, 3, 200, 1)
    late["flags"] = Flag.LATE
    scoring = Scoring(POLICY)
    assert len(scoring.fold(merged(honest(1, 5, 3), late))) == 0
    again = theft(1, 3, 200, 1, hour=18)
    assert len(scoring.fold(again)) == 0, "its patients are known by now"
    assert len(Scoring(POLICY).fold(merged(honest(1, 5, 3), again))) > 0


def test_an_event_two_days_behind_the_others_is_late():
    behind = theft(1, 3, 500, 1)
    ahead = theft(2, 5, 1, 1)
    scoring = Scoring(POLICY)
    assert len(scoring.fold(np.concatenate([ahead, behind]))) == 0
    assert len(Scoring(POLICY).fold(behind)) > 0


def test_sources_of_other_zones_count_on_one_day():
    """Just after local midnight a source that writes UTC still says yesterday."""
    scoring = Scoring(POLICY)
    first = theft(1, 5, 2, 1, hour=0.2)
    utc = theft(1, 5, 400, 1, hour=0.3, first_patient=1000)
    utc["zone"] = 0
    evidence = scoring.fold(merged(first, utc))
    assert len(evidence) > 0
    assert set(evidence["day"]) == {first["at"][0] // DAY_US + 1}


def test_records_of_another_version_are_refused_with_a_sentence():
    with pytest.raises(StateError, match="--rebuild"):
        Scoring.from_bytes(Scoring(POLICY).to_bytes().__class__(_other_version()), POLICY)


def _other_version():
    import msgspec
    import zstandard

    return zstandard.ZstdCompressor().compress(msgspec.msgpack.encode({"shape": "older"}))


def test_no_events_no_evidence():
    scoring = Scoring(POLICY)
    assert len(scoring.fold(np.zeros(0, EVENT))) == 0
    assert scoring.drain_seals() == []


def test_evidence_counts_can_be_recounted(region, whole):
    """The patients of a row are those of the log up to it."""
    checked = 0
    for row in whole[0]:
        if row["kind"] != Kind.DAY or row["rung"] < Rung.STEP_UP:
            continue
        local_day = (region["at"] + region["zone"].astype(np.int64) * 1_000_000) // DAY_US
        upto = region["at"] <= row["at"]
        mine = (region["account"] == row["account"]) & upto
        today = np.unique(region["patient"][mine & (local_day == row["day"])])
        before = np.unique(region["patient"][mine & (local_day < row["day"])])
        assert row["patients"] == len(today)
        assert row["patients_new"] == len(np.setdiff1d(today, before))
        checked += 1
    assert checked > 2
