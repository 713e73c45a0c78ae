"""The lake after it was written smaller: the same events in the same order, only those that should go are gone."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maillon.edges import lake_window
from maillon.edges.backup import backup, restore
from maillon.edges.lake_rewrite import rewrite
from maillon.edges.state import State
from maillon.facts.event import EVENT
from states import DAY, events, resume, step

POINTS = ("written", "forgotten", "removed", "tidied")


def replayed(state):
    return np.concatenate([np.zeros(0, EVENT), *state.replay()])


def shrunk(state, **how):
    done = rewrite(state.folder, state.parts(), **how)
    assert state.shrink([], done.parts)
    return done


def day_of(row):
    return str(np.datetime64(int(row["at"]) + int(row["zone"]) * 1_000_000, "us").astype("datetime64[D]"))


@pytest.mark.parametrize("rounds", [1, 3])
def test_a_days_parts_become_one_and_nothing_else_changes(tmp_path, rounds):
    for done in range(1, rounds + 1):
        resume(tmp_path, 4 * done)
        with State(tmp_path, "key") as state:
            before = replayed(state)
            shrunk(state, settled="9999-01-01")
            assert replayed(state).tobytes() == before.tobytes()
            days = [path.parent.name for path in tmp_path.glob("lake/*/*.parquet")]
            assert len(days) == len(set(days))
    resume(tmp_path, 4 * rounds + 2)  # and a run goes on from there
    with State(tmp_path, "key") as state:
        assert replayed(state).tobytes() == events(0, 30 * (4 * rounds + 2)).tobytes()
        assert state.lake().sort("seq").collect()["seq"].to_list() == list(range(30 * (4 * rounds + 2)))


def test_rejects_of_a_day_become_one(tmp_path):
    with State(tmp_path, "key") as state:
        for number in range(12):
            step(state, number, size=2)
        shrunk(state, settled="9999-01-01")
        assert 1 < len(list(tmp_path.glob("rejected/*"))) < 6
        rejected = [path for path in state.parts() if path.startswith("rejected/")]
        table = pl.read_parquet([tmp_path / path for path in rejected])
        assert sorted(table["position"].to_list()) == list(range(12))


def test_days_that_go_are_gone_with_the_pseudonyms_and_rejects_that_only_they_held(tmp_path):
    resume(tmp_path, 14)
    with State(tmp_path, "key") as state:
        before = replayed(state)
        oldest = day_of(before[60])
        done = shrunk(state, oldest=oldest, settled="9999-01-01")
        left = replayed(state)
        assert left.tobytes() == before[[day_of(row) >= oldest for row in before]].tobytes()
        assert done.events == len(before) - len(left) > 0
        assert {path.parent.name[4:] for path in tmp_path.glob("lake/*/*.parquet")} == {day_of(row) for row in left}
        kept = lake_window.pseudonyms(tmp_path, state.parts()).collect()["patient"].to_list()
        named, fresh = {n + 2**63 for n in range(14)}, {n + 2**63 for n in range(6, 14)}
        assert set(kept) == fresh | named & set(left["patient"].tolist())
        assert set(kept) < named
        assert state.verify()[1] == ""


def test_rejects_are_still_found_about_the_days_that_they_were_set_aside_with(tmp_path):
    resume(tmp_path, 4)
    with State(tmp_path, "key") as state:
        at = int(events(100, 1)["at"][0])
        before = lake_window.rejected(tmp_path, state.parts(), at, at).collect()
        shrunk(state, settled="9999-01-01")
        after = lake_window.rejected(tmp_path, state.parts(), at, at).collect()
    assert len(after) >= len(before) > 0


def test_a_state_of_merged_parts_goes_through_backup_and_restore(tmp_path):
    resume(tmp_path / "state", 6)
    with State(tmp_path / "state", "key") as state:
        shrunk(state, settled="9999-01-01")
    backup(tmp_path / "state", tmp_path / "archive")
    restore(tmp_path / "archive", tmp_path / "back")
    with State(tmp_path / "back", "key") as state:
        assert replayed(state).tobytes() == events(0, 180).tobytes()
        assert state.verify() == (6, "")


def test_an_account_that_goes_leaves_every_other_event(tmp_path):
    resume(tmp_path, 3)
    with State(tmp_path, "key") as state:
        before = replayed(state)
        done = shrunk(state, accounts=[4, 44])
        assert done.events == 2
        assert replayed(state).tobytes() == before[~np.isin(before["account"], [4, 44])].tobytes()


def test_a_patient_who_goes_leaves_an_access_to_nobody(tmp_path):
    resume(tmp_path, 3)
    with State(tmp_path, "key") as state:
        before = replayed(state)
        done = shrunk(state, patients=[1 + 2**63, 50 + 2**63])
        after = replayed(state)
        assert done.events == 2
        assert after["patient"][[1, 50]].tolist() == after["near"][[1, 50]].tolist() == [0, 0]
        after["patient"][[1, 50]] = before["patient"][[1, 50]]
        assert after.tobytes() == before.tobytes()
        assert 1 + 2**63 not in lake_window.pseudonyms(tmp_path, state.parts()).collect()["patient"]


def test_patients_bear_their_name_under_another_key(tmp_path):
    resume(tmp_path, 3)
    table = {"patient": [1 + 2**63, 2 + 2**63], "other": [71, 72], "pseudonym": ["2-B", "2-C"]}
    renamed = pl.DataFrame(table, {"patient": pl.UInt64, "other": pl.UInt64, "pseudonym": pl.String})
    with State(tmp_path, "key") as state:
        before = replayed(state)
        shrunk(state, renamed=renamed)
        after = replayed(state)
        assert after["patient"][:4].tolist() == [2**63, 71, 72, 3 + 2**63]
        after["patient"][1:3] = before["patient"][1:3]
        assert after.tobytes() == before.tobytes()
        names = dict(lake_window.pseudonyms(tmp_path, state.parts()).collect().iter_rows())
        assert names == {2**63: "1-pseudonym0", 71: "2-B", 72: "2-C"}


@given(st.data())
@settings(max_examples=20, deadline=None)
def test_in_whatever_order_events_of_days_come_their_order_outlives_every_rewriting(data):
    with tempfile.TemporaryDirectory() as folder, State(Path(folder), "key") as state:
        all_rows = []
        for number in range(data.draw(st.integers(1, 5))):
            rows = events(100 * number, data.draw(st.integers(1, 12)))
            spread = data.draw(st.lists(st.integers(0, 6), min_size=len(rows), max_size=len(rows)))
            rows["at"] = 1_772_500_000_000_000 + np.array(spread, np.int64) * DAY
            all_rows.append(rows)
            state.add(rows)
            state.commit([], {}, b"")
            if data.draw(st.booleans()):
                some = data.draw(st.sampled_from(["", "2026-03-05", "2026-03-07", "9999-01-01"]))
                shrunk(state, settled=some)
        assert replayed(state).tobytes() == np.concatenate(all_rows).tobytes()


DYING = """
import os, signal, sys
from pathlib import Path
from maillon.edges.lake_rewrite import rewrite
from maillon.edges.state import State

def die(step):
    if step == sys.argv[2]:
        os.kill(os.getpid(), signal.SIGKILL)

with State(Path(sys.argv[1]), "key", on_durable=die) as state:
    done = rewrite(state.folder, state.parts(), oldest="2026-03-08", settled="9999-01-01")
    state.shrink([], done.parts, erase=[1, 2], unname={"account": [3]})
"""


@pytest.mark.parametrize("point", POINTS)
def test_killed_while_it_forgets_it_has_forgotten_all_or_nothing(tmp_path, point):
    folder = tmp_path / "state"
    resume(folder, 3)
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parent)}
    done = subprocess.run([sys.executable, "-c", DYING, folder, point], env=environment, check=False)
    assert done.returncode == -signal.SIGKILL
    forgot = point != "written"
    with State(folder, "key") as state:
        rows = replayed(state)
        assert (min(map(day_of, rows)) >= "2026-03-08") == forgot
        assert [one["number"] for one in state.entries("decision")] == ([2] if forgot else [0, 1, 2])
        assert (3 in state.names()["account"]) != forgot
        assert state.verify() == ((4 if forgot else 3), "")
        listed = set(state.parts())
    found = {path.relative_to(folder).as_posix() for path in folder.rglob("*.parquet")}
    assert found == listed
    assert (b'"number":1}' in (folder / "ledger.sqlite").read_bytes()) != forgot
    resume(folder, 5)
    with State(folder, "key") as state:
        assert replayed(state)[-60:].tobytes() == events(90, 60).tobytes()
