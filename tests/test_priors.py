"""A leak raises an account's prior: its evidence counts more, for a time, exactly, and nobody else's does."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from math import log10
from pathlib import Path

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maillon.ahead.prior import MOST_DECADES, bounded
from maillon.decide.campaign import Campaigns
from maillon.decide.decisions import decisions
from maillon.decide.ladder import Ladder
from maillon.edges import inbox
from maillon.edges.journal import Journal
from maillon.edges.keys import load_or_create
from maillon.edges.state import State
from maillon.facts.evidence import Rung
from maillon.facts.leak import Prior, Why
from maillon.facts.policy import Policy
from maillon.read.normalise import account_hash
from maillon.read.pseudonym import Keys
from maillon.score.fold import Scoring
from scanning import maillon, of_kind, quiet_log, write
from scanning import theft as theft_lines
from small_region import honest, keyed, local, merged, rows, theft
from test_guard_exact import KEYS, book, busy_days, content, entries, normaliser, thief
from test_stretch import in_shards, same

POLICY = Policy()
LEAKED = int(keyed(4, 3))


LATER = local(400, 0)


def prior(account=LEAKED, decades=2.0, until=LATER, why=Why.STEALER):
    return Prior("agent04", account, 10.0**decades, until, why, decades, f"told-{account}")


@pytest.fixture(scope="module")
def region():
    return merged(honest(5, 40, 25), theft(3, 16, 400, 60), theft(4, 16, 400, 60), theft(4, 18, 60, 60, network=98))


def folded(events, *told):
    scoring = Scoring(POLICY)
    for one in told:
        scoring.raise_prior(one)
    return scoring.fold(events), scoring


def steps(evidence, account, name="rung"):
    """Return the first moment at which an account reached each rung."""
    mine = evidence[evidence["account"] == account]
    return [int(mine["at"][mine[name] >= rung].min(initial=1 << 62)) for rung in (1, 2, 3)]


def test_without_a_prior_that_stands_nothing_changes(region):
    plain, scoring = folded(region)
    for nothing in (prior(decades=0.0), prior(until=local(0, 0)), prior(account=99)):
        evidence, other = folded(region, nothing)
        assert evidence.tobytes() == plain.tobytes()
        assert other.commons.pool.tobytes() == scoring.commons.pool.tobytes()
        assert other.drain_seals() == folded(region)[1].drain_seals()


def test_a_thief_on_a_leaked_account_is_stopped_sooner_and_on_others_as_before(region):
    plain, _ = folded(region)
    evidence, _ = folded(region, prior())
    before, after = steps(plain, LEAKED), steps(evidence, LEAKED)
    assert all(new <= old for new, old in zip(after, before, strict=True))
    lost = [int(((region["account"] == LEAKED) & (region["at"] <= end[2])).sum()) for end in (after, before)]
    assert lost[0] < lost[1] - 5
    others = (part[part["account"] != LEAKED] for part in (evidence, plain))
    assert next(others).tobytes() == next(others).tobytes()


def test_what_is_said_without_the_prior_is_kept_beside(region):
    plain, _ = folded(region)
    evidence, _ = folded(region, prior())
    assert steps(evidence, LEAKED, "rung_alone") == steps(plain, LEAKED)
    assert steps(evidence, LEAKED) != steps(plain, LEAKED)


SMALL = merged(honest(6, 8, 12), theft(4, 12, 80, 60))


@settings(max_examples=15, deadline=None)
@given(st.floats(0, 2), st.floats(0, 2))
def test_more_is_never_later(one, other):
    less, more = (folded(SMALL, prior(decades=each))[0] for each in sorted((one, other)))
    assert all(new <= old for new, old in zip(steps(more, LEAKED), steps(less, LEAKED), strict=True))


def test_it_ends_by_itself_and_at_a_word(region):
    plain, _ = folded(region)
    evidence, _ = folded(region, prior(until=local(16, 14)))
    assert steps(evidence, LEAKED) == steps(plain, LEAKED)
    ended, _ = folded(region, prior(), prior(decades=0.0))
    assert ended.tobytes() == plain.tobytes()


def test_the_tail_of_all_does_not_sink_for_alarms_that_only_a_prior_brought():
    events = merged(honest(5, 40, 25), *(theft(n, 8 + n % 12, 1, 900, 10, 9, 500 * n) for n in range(1, 30)))
    told = [prior(int(keyed(number, 3))) for number in range(1, 41)]
    plain, scoring = folded(events)
    evidence, other = folded(events, *told)
    assert len(evidence) > len(plain) + 20
    assert other.commons.pool["count"].sum() > 0
    assert not (other.commons.pool["aside"] - scoring.commons.pool["aside"]).any()


def test_any_number_of_shards_gives_the_same(region):
    place = int(np.searchsorted(region["at"], local(15, 12)))
    told = [(place, prior()), (place + 40, prior(int(keyed(3, 3)), 1.0)), (place + 50, LEAKED)]
    scoring, parts, at = Scoring(POLICY), [], 0
    for end, word in told:
        parts.append(scoring.fold(region[at:end]))
        at = end
        scoring.raise_prior(word) if isinstance(word, Prior) else scoring.forgive(word)
    parts.append(scoring.fold(region[at:]))
    same((np.concatenate(parts), scoring), in_shards(region, 4, told))
    assert float(scoring.accounts[scoring.accounts["account"] == LEAKED]["prior"][0]) == 2.0, "a verdict ends no prior"


def small_digest():
    scoring = Scoring(POLICY)
    scoring.raise_prior(prior(decades=1.25))
    evidence = scoring.fold(merged(honest(6, 6, 14), theft(3, 12, 150, 10), theft(4, 13, 80, 60)))
    assert (evidence["prior"] > 0).any()
    return hashlib.sha256(evidence.tobytes() + scoring.to_bytes()).hexdigest()


def test_compiled_and_plain_python_agree():
    code = "import sys; sys.path.insert(0, sys.argv[1]); from test_priors import small_digest; print(small_digest())"
    plain = subprocess.run(
        [sys.executable, "-c", code, str(Path(__file__).parent)],
        env={**os.environ, "MAILLON_PLAIN": "1"}, capture_output=True, text=True, check=True, timeout=300,
    )  # fmt: skip
    assert plain.stdout.strip() == small_digest()


def test_the_decision_says_why_in_both_languages(region):
    evidence, _ = folded(region, prior(why=Why.PASSWORD))
    found = decisions(region, evidence, Ladder(), Campaigns(), {"account": {}})
    reason, *_ = [r for one in found if one.account_hash == LEAKED for r in one.reasons if r.code == "leak_password"]
    assert reason.numbers == {"times": 100.0}
    assert reason.en.startswith("a password of this service is going round")
    assert "100 times" in reason.en
    assert "100 fois" in reason.fr
    others = [r.code for one in found if one.account_hash != LEAKED for r in one.reasons]
    assert others
    assert not any(code.startswith("leak_") for code in others)


def test_many_leaked_accounts_make_no_campaign_of_honest_ones():
    """What joins accounts counts how often honest ones come together: a leak's priors must not be among it."""
    arrive = [rows(local(11, 9) + np.arange(1) * 1_000_000, keyed(n, 3), 0, keyed(9, 4), 1) for n in range(1, 9)]
    events = merged(honest(5, 40, 12), *arrive, *(theft(n, 11, 12, 900, 10, 9, 500 * n) for n in range(1, 9)))
    told = [prior(int(keyed(number, 3))) for number in range(1, 9)]
    evidence, _ = folded(events, *told)
    raised = evidence[(evidence["rung"] >= Rung.PACE) & (evidence["rung_alone"] == 0)]
    assert len(np.unique(raised["account"])) > 3
    kinds = [one.kind for one in decisions(events, evidence, Ladder(), Campaigns(), {"account": {}})]
    assert kinds
    assert not {"campaign", "wave"} & set(kinds)


FACTORS = st.lists(st.sampled_from([1.5, 10.0, 30.0, 100.0, 300.0]), max_size=60)


@given(FACTORS, FACTORS, st.integers(100, 40_000))
def test_all_priors_together_cost_no_more_than_the_budget_again(new, old, accounts):
    def made(factors):
        return [Prior(str(n), n + 1, factor, 1, Why.REUSE) for n, factor in enumerate(factors)]

    standing = bounded(made(old), [], accounts)
    told = bounded(made(new), standing, accounts)
    excess = sum(10.0**one.decades - 1.0 for one in [*standing, *told])
    assert excess <= accounts
    for one in told:
        assert 0.0 <= one.decades <= min(MOST_DECADES, log10(one.factor))
        assert one.decades * 1024 == int(one.decades * 1024)
    if sum(min(one, 100.0) for one in [*old, *new]) <= accounts:
        assert all(one.decades > min(2.0, log10(one.factor)) - 0.001 for one in told)


DAY_S = 86_400


def scan(folder, *logs):
    return maillon("scan", *logs, "--state", folder / "state", "--json", home=folder)


def opened(folder):
    keys = Keys(*load_or_create(folder / "maillon" / "key", create=False))
    return State(folder / "state", keys.pseudonym("state", b"key id")), keys


def decided(folder):
    state, _ = opened(folder)
    with state:
        return state.entries("decision")


@pytest.fixture
def told(tmp_path):
    """A state that read three quiet days and then heard of a leak of agent05; the log of the days after."""
    write(tmp_path / "portal.log", quiet_log())
    scan(tmp_path, tmp_path / "portal.log")
    accounts = tmp_path / "accounts.csv"
    accounts.write_text("account,email\n" + "".join(f"agent{n:02},a{n}@chu.example\n" for n in range(300)))
    (tmp_path / "list.txt").write_text("https://portail.example/login:a5@chu.example:Secret-1\n")
    done = maillon(
        "leaks", tmp_path / "list.txt", "--accounts", accounts, "--domain", "portail.example",
        "--state", tmp_path / "state", home=tmp_path,
    )  # fmt: skip
    assert b"agent05" in done.stdout
    assert b"counts up to 100 times as much" in done.stdout or "pèse jusqu’à 100 fois plus".encode() in done.stdout
    return tmp_path, write(tmp_path / "portal2.log", theft_lines(start=3 * DAY_S + 6 * 3600, patients=60))


def test_a_leak_told_to_a_state_reaches_the_scores_and_a_rebuild_says_the_same(told):
    folder, log = told
    state, keys = opened(folder)
    with state:
        (one,) = state.entries("prior")
        assert one["account_hash"] == account_hash(keys, "agent05")
        assert one["decades"] == 2.0
        assert b"Secret-1" not in msgspec.json.encode(one)
    found = of_kind(scan(folder, log), "decision")
    assert any(reason["code"] == "leak_password" for each in found for reason in each["reasons"])
    before = decided(folder)
    maillon("scan", "--rebuild", "--state", folder / "state", home=folder)
    assert decided(folder) == before


def test_killed_and_begun_again_it_comes_to_the_same(told, tmp_path_factory):
    folder, log = told
    again = tmp_path_factory.mktemp("again") / "copy"
    subprocess.run(["cp", "-a", folder, again], check=True)
    (again / "portal2.log").unlink()
    scan(folder, log)
    copied = write(again / "portal2.log", log.read_bytes().decode().splitlines(keepends=True))
    command = ["scan", copied, "--state", again / "state"]
    process = subprocess.Popen(
        [sys.executable, "-m", "maillon", *map(str, command)],
        env={**os.environ, "XDG_CONFIG_HOME": str(again)}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    time.sleep(1.0)
    process.send_signal(signal.SIGKILL)
    process.wait(30)
    scan(again, copied)
    assert decided(again) == decided(folder)


def test_the_guard_counts_it_and_a_replay_says_the_same(tmp_path):
    read = {}
    for name, words in (("plain", []), ("told", [replace(prior(account_hash(KEYS, "agent05")), until=1 << 62)])):
        journal = Journal(tmp_path / name)
        one, made = book(tmp_path / name, journal), normaliser()
        busy_days(one, made)
        for word in words:
            one.take(word)
        read[name] = thief(one, made, 4 * DAY_S)
        journal.flush()
        again = book(tmp_path / name)
        for _ in again.redo(Journal(tmp_path / name).since(0)):
            pass
        assert content(again) == content(one)
        assert entries(again) == entries(one)
    assert read["told"] < read["plain"]


def test_a_word_waits_in_the_inbox_and_is_taken_once(told):
    folder, log = told
    state, keys = opened(folder)
    with state:
        word = replace(prior(account_hash(keys, "agent07")), id="handed", said=5)
        inbox.put(state.folder, word)
    scan(folder, log)
    inbox.put(folder / "state", word)
    scan(folder, log)
    state, _ = opened(folder)
    with state:
        mine = [one for one in state.entries("prior") if one["id"] == "handed"]
    assert len(mine) == 1
    assert mine[0]["at"] > 0
    assert mine[0]["until"] == word.until
