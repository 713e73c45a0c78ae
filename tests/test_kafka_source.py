"""Topics of Kafka as sources of the guard, with a real broker: nothing lost, nothing twice, whatever dies."""

from __future__ import annotations

import json
import signal
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from guarded import api, configuration, free, guard, said, until
from maillon.edges.sources.kafka import reading
from maillon.facts.errors import UsageError
from maillon.run.settings import load_settings
from real_kafka import PASSWORD, USER
from scanning import in_order, line, maillon, quiet_log, theft, write

NAMES = ("at", "account", "action", "reasons")


def configured(folder, kafka, topic, port, options="", **more):
    """Write a configuration with a topic as its only source; return its path."""
    (folder / "key").write_text("maillon-key 1 " + "ab" * 32 + "\n")
    (folder / "key").chmod(0o600)
    config = configuration(folder, port, more="key = 'key'\ncommit_seconds = 2", **more)
    servers = kafka.secured if options else kafka.servers
    config.write_text(
        config.read_text()
        + f'[[source]]\nkind = "kafka"\nname = "portal"\ntopic = "{topic}"\nprofile = "profile.toml"\n'
        + f'[kafka]\nservers = "{servers}"\n{options}'
    )
    return config


def keyed(lines, partitions=2):
    """Return lines as records: an account's are all in one partition, in order."""
    return [(text.split()[2], text, int(text.split()[2][-1]) % partitions) for text in lines]


def counts(port):
    return api(port, "viewer", "GET", "status")[1]["counts"]


def source(port, partition):
    found = api(port, "viewer", "GET", "status")[1]["sources"]
    return next(one for one in found if one["source"].endswith(f"/{partition}"))


def content(key, folder):
    """Return what a state holds."""
    from maillon.edges.keys import load_or_create
    from maillon.edges.state import State
    from maillon.read.pseudonym import Keys

    keys = Keys(*load_or_create(key))
    with State(folder, keys.pseudonym("state", b"key id")) as state:
        assert state.verify()[1] == ""
        rows = np.concatenate(list(state.replay()))
        accesses = sorted(zip(rows["at"].tolist(), rows["account"].tolist(), rows["patient"].tolist(), strict=True))
        decisions = [{name: one[name] for name in NAMES} for one in state.entries("decision")]
        return {"accesses": accesses, "decisions": decisions, "memory": state.memory()}


def test_what_a_topic_held_and_what_came_is_decided_as_from_a_file_and_kills_change_nothing(kafka, tmp_path):
    """The backlog of two partitions is read in order of time; the guard is killed twice while more comes."""
    lines = in_order(quiet_log(days=4), theft(start=3 * 86_400 + 6 * 3600, patients=120))
    topic, port = kafka.topic("whole", 2), free()
    config = configured(tmp_path, kafka, topic, port, response="enforce = false")
    # One partition after the other, as a shipper that was down would: their times overlap by days.
    kafka.put(topic, sorted(keyed(lines[:900]), key=lambda one: one[2]))
    with guard(config, port) as process:
        kafka.put(topic, keyed(lines[900:965]))
        until(lambda: counts(port).get("lines", 0) == 965, f"{counts(port)} of 965 lines were read")
        kafka.put(topic, keyed(lines[965:980]))
        process.send_signal(signal.SIGKILL)
        process.wait()
    kafka.put(topic, keyed(lines[980:1000]))
    with guard(config, port) as process:
        kafka.put(topic, keyed(lines[1000:]))
        until(lambda: counts(port)["lines"] > 1010, "not read")
        process.send_signal(signal.SIGKILL)
        process.wait()
    with guard(config, port):
        until(lambda: counts(port)["lines"] == len(lines), f"{counts(port)} of {len(lines)} lines were read")
    kept = content(tmp_path / "key", tmp_path / "state")
    assert {name: one["ordinal"] for name, one in kept["memory"]["sources"].items()} == {
        f"portal/{topic}/{number}": sum(one[2] == number for one in keyed(lines)) for number in (0, 1)
    }
    log = write(tmp_path / "log", lines)
    maillon("scan", "--state", tmp_path / "scan", "--key", tmp_path / "key", "--service", tmp_path / "profile.toml",
            log, home=tmp_path / "home")  # fmt: skip
    scanned = content(tmp_path / "key", tmp_path / "scan")
    assert len(kept["accesses"]) == len(lines)
    assert kept["accesses"] == scanned["accesses"]
    assert kept["decisions"] == scanned["decisions"]
    assert any(one["action"] == "contain" for one in kept["decisions"])


def test_what_cannot_be_read_is_counted_at_its_offset_and_what_was_removed_is_told(kafka, tmp_path):
    from confluent_kafka import TopicPartition

    topic, port = kafka.topic("odd", 1), free()
    config = configured(tmp_path, kafka, topic, port)
    moment = datetime.now(UTC) - timedelta(minutes=5)
    own = {"maillon": 1, "at": moment.isoformat(), "account": "dr.roy", "action": "read", "patient": "4711"}
    good = [(b"dr.roy", json.dumps(own | {"patient": str(n)}, indent=1).encode()) for n in range(6)]
    bad = json.dumps(own | {"action": "peruse"}).encode()
    kafka.put(topic, [*good[:3], (b"dr.roy", bad), (b"dr.roy", None), (b"x", b"\xff\x00 no line"), *good[3:]])
    with guard(config, port):
        until(lambda: counts(port).get("lines", 0) == 6, f"{counts(port)}")
        one = source(port, 0)
        assert (one["records"], one["parsed"], one["ignored"]) == (9, 6, {"empty": 1})
        assert sum(one["rejected"].values()) == 2
        assert one["dialect"] == "maillon event"
    import polars as pl

    rejected = pl.read_parquet(tmp_path / "state" / "rejected" / "*.parquet")
    assert sorted(rejected["position"].to_list()) == [3, 5]
    kafka.put(topic, good)
    kafka.admin.delete_records([TopicPartition(topic, 0, 12)])[TopicPartition(topic, 0)].result(10)
    with guard(config, port):
        until(lambda: counts(port)["lines"] == 9, f"{counts(port)}")
        assert f"partition 0 of {topic}: 3 records were removed before they were read" in said(config)


def test_tls_and_a_password_that_is_mended_while_the_topic_is_read(kafka, tmp_path):
    topic = kafka.topic("secured", 1)
    secret = tmp_path / "kafka.password"
    secret.write_text("not the password\n")
    secret.chmod(0o600)
    options = (
        f'[kafka.options]\n"security.protocol" = "sasl_ssl"\n"sasl.mechanism" = "PLAIN"\n"sasl.username" = "{USER}"\n'
        f'"sasl.password" = "file:{secret}"\n"ssl.ca.location" = "{kafka.authority}"\n'
    )
    config = configured(tmp_path, kafka, topic, 1, options)
    broker = load_settings(config.read_text(), str(config))[0].broker
    kafka.put(topic, [("agent01", f"line {n}") for n in range(20)])
    told, came = [], []
    reader = reading(broker, topic, lambda _: -1, lambda some: came.extend(some.values), told.append)
    reader.start()
    until(lambda: any("uthentication" in one for one in told), told)
    assert not came
    secret.write_text(f"{PASSWORD}\n")
    until(lambda: len(came) == 20, told, 30)
    assert reader.wait(10)
    reader.stop()
    assert PASSWORD not in "".join(told)
    assert "not the password" not in "".join(told)


def test_a_guard_starts_without_its_servers_and_reads_on_once_they_are_back(kafka, tmp_path):
    topic, port = kafka.topic("away", 1), free()
    recent = (datetime.now(UTC) - datetime(2026, 3, 2, 8, tzinfo=UTC)).total_seconds() - 600
    kafka.put(topic, [("agent01", line(recent + n)) for n in range(20)])
    kafka.stop()
    with guard(configured(tmp_path, kafka, topic, port), port):
        assert counts(port).get("lines", 0) == 0
        kafka.start()
        until(lambda: counts(port).get("lines", 0) == 20, said(tmp_path / "maillon.toml"), 40)


@pytest.mark.parametrize(
    ("table", "why"),
    [
        ('servers = "broker:9092"\noptions = {"security.protocol" = "plaintext"}', "must be ssl or sasl_ssl"),
        ('servers = "broker"', "must be host:port"),
        ('servers = "127.0.0.1:9092"\noptions = {"sasl.password" = "geheim"}', "is a secret, never written here"),
        ('servers = "127.0.0.1:9092"\noptions = {"enable.auto.commit" = true}', "is Maillon's own to set"),
    ],
)
def test_what_would_be_open_or_unsafe_is_refused(tmp_path, table, why):
    config = configuration(tmp_path, 1)
    with pytest.raises(UsageError, match=why) as told:
        load_settings(config.read_text() + f"[kafka]\n{table}\n", str(config))
    assert "geheim" not in str(told.value)


def test_servers_elsewhere_are_reached_by_tls_unless_told(tmp_path):
    for servers, protocol in (("a:9093,b:9093", "ssl"), ("127.0.0.1:9092", "plaintext"), ("[::1]:1,a:9093", "ssl")):
        config = configuration(tmp_path, 1)
        text = f'{config.read_text()}[kafka]\nservers = "{servers}"\n'
        assert load_settings(text, str(config))[0].broker.options["security.protocol"] == protocol
