"""Spark folds a lake as one process does: the same decisions, seals and records, by many shards, killed or not."""

import os
import random
import signal
import subprocess
import sys
import time
from dataclasses import asdict
from importlib.util import find_spec

import msgspec
import numpy as np
import pytest

from maillon.edges.keys import load_or_create
from maillon.edges.state import State
from maillon.facts.decision import Decision
from maillon.facts.event import Flag
from maillon.facts.leak import Prior, Why
from maillon.facts.policy import Policy
from maillon.facts.verdict import Verdict
from maillon.read.pseudonym import Keys
from maillon.run.hunt import hunt, hunt_on_spark
from maillon.run.refold import refold
from scanning import in_order, maillon, of_kind, quiet_log, write
from scanning import theft as theft_lines
from small_region import honest, keyed, local, merged, theft

POLICY = Policy()
QUICK = {"JAVA_TOOL_OPTIONS": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Xmx1g"}
"""Java that starts fast rather than runs fast."""

ACCOUNTS = 40
VERDICT = Verdict(
    "said", local(6, 12), "account", "legitimate", "a person", "on purpose", local(30, 0), accounts=(int(keyed(4, 3)),)
)
PRIORS = [
    Prior("agent09", int(keyed(9, 3)), 100.0, local(90, 0), Why.PASSWORD, 2.0, "leaked", local(6, 12) + 1),
    Prior("nobody", 12345, 100.0, local(90, 0), Why.REUSE, 1.0, "unseen", local(7, 9)),
]


@pytest.fixture(scope="module")
def spark(part):
    """Return the module that folds on Spark, or skip (in CI: fail) for want of Spark or Java."""
    part("java")
    if not find_spec("pyspark"):
        reason = "pyspark is not installed: pip install 'maillon[spark]'"
        pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)
    from maillon.run import spark

    os.environ.update(QUICK)
    yield spark
    del os.environ["JAVA_TOOL_OPTIONS"]


@pytest.fixture(scope="module")
def state(tmp_path_factory):
    """Return a state of nine days with thieves, a gap, late events, two zones, and a verdict halfway."""
    events = merged(
        honest(5, ACCOUNTS, 8),
        theft(3, 5, 900, 5),
        theft(8, 6, 700, 5, hour=10),
        theft(4, 6, 400, 30, hour=9),
        theft(4, 7, 400, 30, first_patient=500),
        *(theft(number, 7, 200, 20, network=98, first_patient=300 * number) for number in (10, 11, 12)),
        theft(9, 40, 60, 100, network=97),
    )
    events["at"] -= events["at"] % 1_000_000  # several events of an account share a second
    events["flags"][5::97] = Flag.LATE
    events["zone"][11::13] = 0
    names = {"account": {int(keyed(number, 3)): f"agent{number:02}" for number in range(1, ACCOUNTS + 1)}}
    with State(tmp_path_factory.mktemp("spark") / "state", "key") as state:
        state.add_names(names | {"network": {1: "nowhere"}, "device": {1: "nothing"}})
        for some in np.array_split(events, 3):
            state.add(some)
            state.commit([], {"programs": [int(keyed(7, 3))]}, b"")
        words = [(VERDICT, "verdict"), *((one, "prior") for one in PRIORS)]
        entries = [(word.id, kind, word.at, asdict(word)) for word, kind in words]
        state.commit(entries, {"programs": [int(keyed(7, 3))]}, b"")
        yield state


@pytest.fixture(scope="module")
def here(state):
    return refold(state, POLICY, state.replay())


@pytest.mark.parametrize("shards", [1, 4, 16])
def test_spark_comes_to_what_one_process_comes_to(spark, state, here, shards):
    there = spark.refold(state, POLICY, shards)
    assert len(here.decisions) > 8
    assert {"campaign"} < {one.kind for one in here.decisions}
    assert any(each.code == "leak_password" for one in here.decisions for each in one.reasons)
    assert there.decisions == here.decisions
    assert there.seals == here.seals
    assert sorted(there.entries, key=str) == sorted(here.entries, key=str)
    assert np.array_equal(there.scoring.accounts, np.sort(here.scoring.accounts, order="account"))
    assert np.array_equal(there.scoring.commons.pool, here.scoring.commons.pool)
    assert here.hands.taught == there.hands.taught == {VERDICT.id, *(one.id for one in PRIORS)}
    for memory in ("ladder", "campaigns", "join"):
        assert getattr(there, memory).memory() == getattr(here, memory).memory(), memory
    assert there.watermark == here.watermark
    more = theft(8, 41, 300, 5)
    assert np.array_equal(there.scoring.fold(more), refold(state, POLICY, state.replay()).scoring.fold(more))
    assert not (state.folder / "spark").exists(), "what Spark kept is removed at the end"


def test_a_lake_without_evidence_is_folded_too(spark, tmp_path):
    with State(tmp_path / "state", "key") as state:
        state.add(honest(7, 3, 2, reads=3.0))
        state.commit([], {}, b"")
        there, here = spark.refold(state, POLICY, 2), refold(state, POLICY, state.replay())
    assert there.decisions == here.decisions == []
    assert there.seals == here.seals
    assert np.array_equal(there.scoring.accounts, np.sort(here.scoring.accounts, order="account"))


def test_a_hunt_on_spark_finds_what_polars_finds(spark, state):
    wanted = {
        "network": {int(keyed(97, 4)), int(keyed(98, 4))},
        "account": {int(keyed(5, 3))},
        "device": {int(keyed(1, 5))},
        "address": set(),
    }
    found = hunt(state, wanted)
    assert len(found) > 10
    assert hunt_on_spark(state, wanted) == found
    assert hunt_on_spark(state, {"network": {12}}) == hunt(state, {"network": {12}}) == []


def decided(done):
    return [one | {"incident": ""} for one in of_kind(done, "decision")]


def ledger(folder, home):
    """Return the seals and decisions of a state."""
    keys = Keys(*load_or_create(home / "maillon" / "key", None))
    with State(folder, keys.pseudonym("state", b"key id"), hold=False) as state:
        return state.entries("seal"), [msgspec.convert(one, Decision) for one in state.entries("decision")]


def killed_after(command, home, stages):
    """Run a scan, kill it and all its children a moment after so many stages are whole; return how many are."""
    environment = os.environ | QUICK | {"XDG_CONFIG_HOME": str(home)}
    arguments = [sys.executable, "-m", "maillon", *map(str, command)]
    with subprocess.Popen(
        arguments, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, start_new_session=True
    ) as process:
        try:
            until = time.monotonic() + 120
            while whole(home) < stages and process.poll() is None and time.monotonic() < until:
                time.sleep(0.02)
            time.sleep(random.Random(stages).uniform(0, 1))
        finally:
            os.killpg(process.pid, signal.SIGKILL)
        told = process.communicate()[1].decode()
    assert process.returncode == -signal.SIGKILL, told
    return whole(home)


def whole(home):
    return len(list((home / "state" / "spark").glob("*/stage=*/_SUCCESS")))


def test_a_scan_on_spark_killed_three_times_finds_what_an_embedded_one_finds(spark, tmp_path):
    days = quiet_log(accounts=6, days=130, patients=4)
    log = write(tmp_path / "access.log", in_order(days, theft_lines(start=107 * 86_400 + 6 * 3_600)))
    embedded = maillon("scan", "--json", "--state", tmp_path / "embedded", log, home=tmp_path)
    command = ["scan", "--json", "--engine", "spark", "--shards", "2", "--state", tmp_path / "state", log]
    folded = 0
    for _ in range(3):
        before, folded = folded, killed_after(command, tmp_path, folded + 1)
        assert folded > before, "it goes on where it was killed"
    refused = maillon("scan", "--state", tmp_path / "state", log, home=tmp_path, check=False)
    assert refused.returncode == 1, "an embedded scan cannot go on from what is not folded"
    assert b"--rebuild" in refused.stderr
    done = maillon(*command, home=tmp_path, env=QUICK)
    assert decided(done) == decided(embedded)
    assert done.returncode == 10
    assert ledger(tmp_path / "state", tmp_path) == ledger(tmp_path / "embedded", tmp_path)
    after = maillon("scan", "--json", "--state", tmp_path / "state", log, home=tmp_path)
    assert after.returncode == 0, "an embedded scan goes on from what Spark left"


def test_without_spark_or_a_state_a_scan_says_what_to_do(tmp_path):
    log = write(tmp_path / "access.log", quiet_log(days=1))
    done = maillon("scan", "--engine", "spark", log, home=tmp_path, check=False)
    assert done.returncode == 2
    assert b"--state DIR" in done.stderr
    hidden = tmp_path / "hidden"
    hidden.mkdir()
    (hidden / "pyspark.py").write_text("raise ImportError\n")
    done = maillon(
        "scan", "--engine", "spark", "--state", tmp_path / "state", log, home=tmp_path, check=False,
        env={"PYTHONPATH": str(hidden)},
    )  # fmt: skip
    assert done.returncode == 2
    assert b"pip install 'maillon[spark]'" in done.stderr
