"""A thief planted in one's own log: the rows look like the log's, nothing is written, the tale is consistent."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maillon.cli.main import main
from maillon.edges.keys import load_or_create, save
from maillon.edges.state import State
from maillon.facts.decision import ACTIONS
from maillon.facts.errors import UsageError
from maillon.facts.event import Action, Outcome
from maillon.facts.policy import Policy
from maillon.read.pseudonym import Keys
from maillon.run.drill import RUNGS, drill, survey
from maillon.run.refold import refold
from maillon.sim import NO_ATTACK, simulate
from maillon.sim.attacks import SHELF
from maillon.sim.hashes import neighbourhoods
from maillon.sim.numbering import in_order
from maillon.sim.own_log import own_log
from maillon.sim.planted import plant


@pytest.fixture(scope="module")
def quiet():
    return simulate(7, accounts=120, days=24, attack=NO_ATTACK)


@pytest.fixture(scope="module")
def log(quiet):
    return own_log(quiet.events)


@pytest.fixture(scope="module")
def kept(tmp_path_factory, monkeypatch_module):
    """Logs of a quiet region, and the state that a scan of them left."""
    folder = tmp_path_factory.mktemp("drill")
    save(folder / "key", b"k" * 32, 1)
    monkeypatch_module.setenv("MAILLON_KEY", str(folder / "key"))
    region = ["--seed", "7", "--accounts", "120", "--attack", "none", "--out", str(folder / "logs")]
    assert main(["simulate", *region]) == 0
    logs = [str(folder / "logs" / name) for name in ("portal-access.log", "keycloak-events.jsonl")]
    assert main(["scan", *logs, "--state", str(folder / "state"), "--json"]) in (0, 10)
    return folder, logs


@pytest.fixture(scope="module")
def monkeypatch_module():
    with pytest.MonkeyPatch.context() as patch:
        yield patch


@pytest.fixture
def state(kept):
    folder, _ = kept
    keys = Keys(*load_or_create(folder / "key", None))
    with State(folder / "state", keys.pseudonym("state", b"key id"), hold=False) as opened:
        yield opened


def fingerprint(folder: Path) -> dict[str, str]:
    """Every file of a folder with its content; SQLite's own side files come and go with readers."""
    return {
        path.relative_to(folder).as_posix(): sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.name.endswith(("-shm", "-wal"))
    }


# The log as a scene


@given(st.sets(st.integers(0, 3000), min_size=1, max_size=300), st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None)
def test_neighbourhoods_give_back_the_order_of_numbers_chain_by_chain(numbers, shuffle):
    numbers = sorted(numbers)
    shuffle.shuffle(numbers)
    numbers = np.array(numbers)
    order = np.argsort(in_order(neighbourhoods(numbers), np.arange(len(numbers))))
    met = numbers[order] // 32
    assert len(set(in_order(neighbourhoods(numbers), np.arange(len(numbers))).tolist())) == len(numbers)
    # Half neighbourhoods that touch stand beside each other: a chain is met from one end to the other.
    steps = np.abs(np.diff(met))
    gaps = np.diff(np.unique(met))
    assert (steps > 1).sum() <= (gaps > 1).sum()


def test_identifiers_that_are_no_numbers_follow_the_order_of_first_reading():
    assert in_order(np.zeros(4, np.uint64), np.array([30, 10, 40, 20])).argsort().tolist() == [1, 3, 0, 2]


def test_a_log_is_surveyed_as_it_is(quiet, log):
    assert set(log.accounts.tolist()) == set(quiet.events["account"].tolist())
    read = quiet.events[(quiet.events["action"] == Action.READ) & (quiet.events["outcome"] == Outcome.OK)]
    assert set(log.patient_hashes.tolist()) == set(read["patient"].tolist())
    assert (np.diff(log.patients.numbers) > 0).all()
    assert log.period.days in (24, 25)
    assert log.offers == {"numbers", "sessions", "lists", "exports", "dormant"}


def test_the_order_of_record_numbers_is_found_again(quiet, log):
    number = dict(zip(quiet.events["patient"].tolist(), quiet.columns.patient.tolist(), strict=True))
    found = quiet.numbers[[number[int(key)] for key in log.patient_hashes]]
    assert np.median(np.abs(np.diff(found))) < 32


# What is planted


@pytest.mark.parametrize("attack", SHELF)
def test_planted_rows_are_deterministic_in_time_order_and_look_like_the_log(attack, log):
    one, same, other = (plant(log, attack, seed) for seed in (3, 3, 4))
    assert [each.rows.tobytes() for each in one] == [each.rows.tobytes() for each in same]
    assert [each.rows.tobytes() for each in one] != [each.rows.tobytes() for each in other]
    assert len({int(each.account) for each in one}) == len(one) <= SHELF[attack].accounts
    for each in one:
        rows = each.rows
        assert (rows["account"] == each.account).all()
        assert (np.diff(rows["at"]) >= 0).all()
        assert log.events["at"][0] <= rows["at"][0] <= rows["at"][-1] <= log.events["at"][-1]
        for name in ("service", "route", "fields", "zone", "flags"):
            assert np.isin(rows[name], log.events[name]).all(), name
        assert (rows["session"] != 0).all()


@pytest.mark.parametrize("attack", sorted(set(SHELF) - {"replay", "walk"}))
def test_a_thief_brings_a_network_of_its_own_and_takes_the_logs_patients(attack, log):
    for each in plant(log, attack, 3):
        assert not np.isin(each.rows["network"], log.events["network"]).any()
        patients = each.rows["patient"][each.rows["patient"] != 0]
        assert np.isin(patients, log.patient_hashes).all()


def test_a_replay_uses_the_owners_sessions_from_elsewhere(log):
    for each in plant(log, "replay", 3):
        own = log.events[log.events["account"] == each.account]
        assert np.isin(each.rows["session"], own["session"]).all()
        assert np.isin(each.rows["device"], own["device"]).all()
        assert not np.isin(each.rows["network"], own["network"]).any()


def test_a_walk_meets_neighbours(log):
    for each in plant(log, "walk", 3):
        near = each.rows["near"][each.rows["patient"] != 0]
        halves = (near[1:] >> np.uint64(32) == near[:-1] >> np.uint64(32)) | (
            near[1:] & np.uint64(0xFFFFFFFF) == near[:-1] & np.uint64(0xFFFFFFFF)
        )
        assert halves.mean() > 0.9


def test_what_a_log_lacks_is_said_before_anything_is_played(quiet):
    bare = quiet.events[np.isin(quiet.events["action"], (Action.READ, Action.LOGIN))].copy()
    bare["near"], bare["session"] = 0, 0
    scene = own_log(bare)
    for attack, words in {"walk": "number", "replay": "session", "lists": "lists", "exports": "export"}.items():
        with pytest.raises(UsageError, match=words):
            plant(scene, attack, 1)
    with pytest.raises(UsageError, match="no patient"):
        plant(own_log(bare[bare["action"] == Action.LOGIN]), "smash", 1)


# The drill


def test_folding_the_lake_again_gives_the_decisions_of_the_scan(state):
    again = refold(state, Policy(), state.replay())
    assert [one.id for one in again.decisions] == [one["id"] for one in state.entries("decision")]


def test_each_rung_comes_no_earlier_than_the_one_below_it(state):
    log = survey(state)
    for attack in ("smash", "paced"):
        played = drill(state, log, Policy(), attack, seed=2)
        (one,) = played.stolen
        at = [stop.decision.at for stop in one.stops]
        patients = [stop.patients for stop in one.stops]
        assert at == sorted(at)
        assert patients == sorted(patients)
        assert [stop.rung for stop in one.stops] == list(RUNGS[: len(one.stops)])
        assert all(ACTIONS.index(stop.decision.action) >= ACTIONS.index(stop.rung) for stop in one.stops)
        assert one.since <= at[0]
        assert patients[-1] <= one.patients
        assert all(stop.decision.reasons for stop in one.stops)


def test_a_smash_is_stopped_early_and_the_same_drill_says_the_same(state):
    log = survey(state)
    one, same = (drill(state, log, Policy(), "smash", seed=5) for _ in range(2))
    assert one == same
    assert [stop.rung for stop in one.stolen[0].stops] == list(RUNGS)
    assert one.stolen[0].stops[-1].patients < one.stolen[0].patients


def test_the_account_can_be_chosen(state):
    name = sorted(state.names()["account"].values())[3]
    (one,) = drill(state, survey(state), Policy(), "paced", [name]).stolen
    assert one.account == name
    with pytest.raises(UsageError, match="nobody"):
        drill(state, survey(state), Policy(), "paced", ["nobody"])


def test_a_drill_writes_nothing(kept, capsys):
    folder, _ = kept
    before = fingerprint(folder / "state")
    assert main(["drill", "--state", str(folder / "state"), "--attack", "smash", "--seed", "5", "--lang", "fr"]) == 0
    assert fingerprint(folder / "state") == before
    assert "en mémoire" in capsys.readouterr().out


def test_logs_and_their_state_tell_the_same_as_json(kept, capsys):
    folder, logs = kept
    told = []
    for past in (logs, ["--state", str(folder / "state")]):
        main(["drill", *past, "--attack", "paced", "--seed", "2", "--json"])
        told.append([json.loads(line) for line in capsys.readouterr().out.splitlines()])
    assert told[0] == told[1]
    (one,) = told[0]
    assert (one["v"], one["kind"], one["attack"]) == (1, "drill", "paced")
    assert set(one["rungs"]) == set(RUNGS)
    assert one["rungs"]["step_up"]["reasons"][0]["fr"]


@pytest.mark.parametrize("past", [[], ["x.log", "--state", "y"]])
def test_a_drill_needs_one_past(past, capsys):
    assert main(["drill", *past, "--attack", "smash"]) == 2
    assert "one of the two" in capsys.readouterr().err


def test_an_empty_log_is_told(tmp_path, monkeypatch, capsys):
    save(tmp_path / "key", b"k" * 32, 1)
    monkeypatch.setenv("MAILLON_KEY", str(tmp_path / "key"))
    (tmp_path / "empty.log").write_text("")
    assert main(["drill", str(tmp_path / "empty.log"), "--attack", "smash"]) == 2
    assert "no access" in capsys.readouterr().err


def test_the_page_of_drills_tells_every_attack():
    page = (Path(__file__).parent.parent / "docs" / "drill.md").read_text()
    assert [name for name in SHELF if f"| `{name}` |" not in page] == []
