"""Files that arrive are folded on Spark as by one process: in batches, by any number of shards, killed or not."""

import gzip
import os
import random
import signal
import subprocess
import sys
import threading
import time
from importlib.util import find_spec

import msgspec
import pytest

from maillon.edges.keys import load_or_create
from maillon.edges.state import State
from maillon.facts.decision import Decision
from maillon.facts.serving import Origin, Serving
from maillon.read.pseudonym import Keys
from scanning import in_order, maillon, quiet_log
from scanning import theft as theft_lines
from test_spark import QUICK

DAYS = 10


@pytest.fixture(scope="module")
def spark_serve(part):
    """Return the module that serves on Spark, or skip (in CI: fail) for want of Spark or Java."""
    part("java")
    if not find_spec("pyspark"):
        reason = "pyspark is not installed: pip install 'maillon[spark]'"
        pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)
    from maillon.run import spark_serve

    os.environ.update(QUICK)
    yield spark_serve
    del os.environ["JAVA_TOOL_OPTIONS"]


@pytest.fixture(scope="module")
def log():
    """Return the lines of ten days with thieves, some out of order within the window, some late: a list a day."""
    lines = in_order(
        quiet_log(accounts=8, days=DAYS, patients=6),
        theft_lines(start=7 * 86_400 + 6 * 3_600, patients=120),
        theft_lines("agent07", start=8 * 86_400 + 3_600, patients=90, address="198.51.100.8"),
    )
    days = [[one for one in lines if f"[{day + 2:02d}/Mar" in one] for day in range(DAYS)]
    days[9] += days[8][-3:]  # days late
    for day in days:
        swapped = random.Random(len(day))
        for place in range(0, len(day) - 4, 7):
            other = place + swapped.randrange(1, 3)
            day[place], day[other] = day[other], day[place]
    assert all(days)
    return days


@pytest.fixture(scope="module")
def here(log, tmp_path_factory):
    """Return the home of a scan by one process over all files, and what its ledger says."""
    home = tmp_path_factory.mktemp("here")
    arrive(home / "in", log)
    done = maillon("scan", "--json", "--state", home / "state", home / "in", home=home)
    assert done.returncode == 10
    said = ledger(home / "state", home)
    assert len(said[1]) > 3
    return home, said


def arrive(folder, days, first=0, step=3):
    """Let a file every three days arrive, the eldest first."""
    folder.mkdir(exist_ok=True, parents=True)
    for at in range(0, len(days), step):
        number, day = first + at, [one for day in days[at : at + step] for one in day]
        path = folder / f"access-2026-03-{number + 2:02d}.log"
        path.with_suffix(".part").write_text("".join(day))
        os.utime(path.with_suffix(".part"), (1_000_000_000 + 60 * number,) * 2)
        path.with_suffix(".part").rename(path)
    return folder


def ledger(folder, home):
    """Return the seals and decisions of a state."""
    keys = Keys(*load_or_create(home / "maillon" / "key", None))
    with State(folder, keys.pseudonym("state", b"key id"), hold=False) as state:
        return state.entries("seal"), [msgspec.convert(one, Decision) for one in state.entries("decision")]


def serve(module, home, folder, shards, state="state", at_once=1):
    """Serve once, a file a batch; return what was said."""
    said = []
    key = here_key = str(home[0] / "maillon" / "key")
    serving = Serving(
        state=str(folder / state), key=key, origins=(Origin("files", "portal", paths=(f"{folder}/in/*.*",)),)
    )
    keys = Keys(*load_or_create(type(folder)(here_key), None))
    with State(folder / state, keys.pseudonym("state", b"key id")) as opened:
        module.serve_on_spark(
            serving, {"": None}, opened, shards, said.append, threading.Event(), at_once=at_once, once=True
        )
    return said


@pytest.mark.parametrize("shards", [1, 16])
def test_files_that_arrive_are_decided_as_one_process_decides(spark_serve, here, log, tmp_path, shards):
    arrive(tmp_path / "in", log)
    said = serve(spark_serve, here, tmp_path, shards, at_once=1)
    assert len(said) == 4, "a file a batch"
    assert ledger(tmp_path / "state", here[0]) == here[1]
    after = maillon("scan", "--json", "--state", tmp_path / "state", tmp_path / "in", home=here[0])
    assert after.returncode in (0, 10), "an embedded scan goes on from what Spark left"


def test_another_number_of_shards_a_poison_and_another_version_in_between(spark_serve, here, log, tmp_path):
    from maillon.run import spark_stream

    arrive(tmp_path / "in", log[:6])
    serve(spark_serve, here, tmp_path, 4)
    arrive(tmp_path / "in", log[6:9], first=6)
    packed = gzip.compress(b"\n".join(random.Random(2).randbytes(30).hex().encode() for _ in range(200)))
    (tmp_path / "in" / "broken.gz").write_bytes(packed[: len(packed) // 2])
    (tmp_path / "in" / "junk.bin").write_bytes(random.Random(1).randbytes(5000))
    (tmp_path / "in" / "nobody.log").symlink_to(tmp_path / "nowhere")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(spark_serve, "end", lambda *_, **__: None)  # as if it were killed there
        said = serve(spark_serve, here, tmp_path, 16, at_once=1 << 20)
    assert any("broken.gz is damaged" in one for one in said), said
    refused = maillon("scan", "--state", tmp_path / "state", tmp_path / "in", home=here[0], check=False)
    assert refused.returncode == 1
    assert b"--rebuild" in refused.stderr
    arrive(tmp_path / "in", log[9:], first=9)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(spark_stream, "SHAPE", "of the next version")
        said = serve(spark_serve, here, tmp_path, 3)
    assert any("written by another version" in one for one in said)
    assert ledger(tmp_path / "state", here[0]) == here[1]


def test_a_file_that_stops_its_batch_is_found_and_set_aside(spark_serve, here, log, tmp_path, monkeypatch):
    arrive(tmp_path / "in", log[:3], step=1)
    bad = tmp_path / "in" / "access-2026-03-03.log"
    real = spark_read_contents()

    def contents(spark, paths):
        return real(spark, [*paths, "file:///nowhere"] if any(bad.name in one for one in paths) else paths)

    monkeypatch.setattr("maillon.run.spark_read.contents", contents)
    said = serve(spark_serve, here, tmp_path, 2, at_once=1 << 20)
    assert [one for one in said if f"{bad} is set aside" in one], said
    with_bad = [one for one in said if one.startswith("batch 0: 3 files")]
    assert f" {len(log[0]) + len(log[2])} records" in with_bad[0]


def spark_read_contents():
    from maillon.run import spark_read

    return spark_read.contents


CONFIGURATION = """
state = "{home}/state"
key = "{key}"
commit_seconds = 0.1
[[source]]
kind = "files"
name = "portal"
paths = ["{home}/in/*.log"]
"""


def test_killed_three_times_it_decides_what_one_process_decides(spark_serve, here, log, tmp_path):
    arrive(tmp_path / "in", log)
    settings = tmp_path / "maillon.toml"
    settings.write_text(CONFIGURATION.format(home=tmp_path, key=here[0] / "maillon" / "key"))
    command = ["serve", "--config", settings, "--engine", "spark", "--shards", "2", "--batch-mb", "0.001", "--once"]
    chance = random.Random(5)
    for kill in range(3):
        environment = os.environ | QUICK | {"XDG_CONFIG_HOME": str(tmp_path)}
        with subprocess.Popen(
            [sys.executable, "-m", "maillon", *map(str, command)],
            env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, start_new_session=True,
        ) as process:  # fmt: skip
            for told in process.stderr:
                if b"maillon: batch" in told or (kill == 2 and b"native-hadoop" in told):
                    break
            time.sleep(chance.uniform(0, 1))
            os.killpg(process.pid, signal.SIGKILL)
        assert process.returncode in (-signal.SIGKILL, 10), "it had nothing left to do, or was killed"
    done = maillon(*command, home=tmp_path, env=QUICK)
    assert done.returncode in (0, 10)
    assert ledger(tmp_path / "state", here[0]) == here[1]


def test_what_spark_does_not_serve_is_said(tmp_path):
    settings = tmp_path / "maillon.toml"
    (tmp_path / "secret").write_text("s")
    source = 'kind = "keycloak"\nname = "a"\naddress = "http://127.0.0.1:1"\nrealm = "r"\nclient_id = "c"\n'
    settings.write_text(f'state = "{tmp_path}/state"\n[[source]]\n{source}secret_file = "secret"\n')
    done = maillon("serve", "--config", settings, "--engine", "spark", home=tmp_path, check=False)
    assert done.returncode == 2
    assert b"--engine spark reads files that arrive in folders: sources of kind keycloak" in done.stderr
