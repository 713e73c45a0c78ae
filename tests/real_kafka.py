"""A real Kafka broker, from its Maven jars: one process, KRaft, on the loopback.

The jars are fetched once into a cache of the user; the broker is started once a test session, and stopped after it.
Where they cannot be fetched the tests are skipped with the reason; in CI that is a failure.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp

import pytest

from servers import free_port

VERSION = "3.9.1"
POM = f"""<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>tests</groupId><artifactId>broker</artifactId><version>1</version>
<dependencies><dependency>
<groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>{VERSION}</version>
</dependency></dependencies></project>
"""
# A broker for seconds: no tuning pays that costs time at the start.
HEAP = ("-Xms64m", "-Xmx256m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")
USER, PASSWORD = "maillon", "secret-of-the-broker"

SETTINGS = """
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller}
listeners=PLAINTEXT://127.0.0.1:{plain},SASL_SSL://127.0.0.1:{secured},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{plain},SASL_SSL://127.0.0.1:{secured}
controller.listener.names=CONTROLLER
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,SASL_SSL:SASL_SSL,CONTROLLER:PLAINTEXT
inter.broker.listener.name=PLAINTEXT
log.dirs={folder}/data
offsets.topic.replication.factor=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
offsets.topic.num.partitions=1
transaction.state.log.num.partitions=1
group.initial.rebalance.delay.ms=0
broker.session.timeout.ms=2000
broker.heartbeat.interval.ms=500
auto.create.topics.enable=false
log.cleaner.enable=false
sasl.enabled.mechanisms=PLAIN
listener.name.sasl_ssl.plain.sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required \
user_{user}="{password}";
ssl.keystore.type=PEM
ssl.keystore.location={folder}/server.pem
"""


@dataclass
class Kafka:
    """A running broker: where it is reached in the clear, and by TLS with a password."""

    servers: str
    secured: str
    folder: Path
    command: list[str]
    process: subprocess.Popen | None = None
    admin: object = None

    @property
    def authority(self):
        """Who signed the broker's certificate."""
        return self.folder / "ca.pem"

    def start(self):
        from confluent_kafka import KafkaException
        from confluent_kafka.admin import AdminClient

        log = self.folder / "broker.log"
        with log.open("ab") as out:
            self.process = subprocess.Popen(self.command, stdout=out, stderr=out, cwd=self.folder)
        self.admin = AdminClient({"bootstrap.servers": self.servers, "log_level": 0})
        for _ in range(300):
            assert self.process.poll() is None, log.read_text()[-3000:]
            try:
                self.admin.list_topics(timeout=1)
            except KafkaException:
                time.sleep(0.1)
            else:
                return
        raise AssertionError(f"the broker does not answer: {log.read_text()[-3000:]}")

    def stop(self):
        self.admin = None  # while the broker is there: it waits for it else
        self.process.kill()
        self.process.wait(30)

    def topic(self, name, partitions=1):
        """Make a topic; return its name."""
        from confluent_kafka.admin import NewTopic

        for made in self.admin.create_topics([NewTopic(name, partitions, 1)]).values():
            made.result(20)
        return name

    def put(self, topic, records, **settings):
        """Write (key, value) or (key, value, partition); wait until the broker has all."""
        from confluent_kafka import Producer

        producer = Producer({"bootstrap.servers": self.servers, "linger.ms": 5} | settings)
        for key, value, *partition in records:
            more = {"partition": partition[0]} if partition else {}
            producer.produce(topic, value, key, **more)
            producer.poll(0)
        assert producer.flush(30) == 0

    def records(self, topic, group="tests"):
        """Return every (key, value) that a topic holds now."""
        from confluent_kafka import Consumer, TopicPartition

        consumer = Consumer({"bootstrap.servers": self.servers, "group.id": group, "enable.auto.commit": False})
        found = []
        for partition in consumer.list_topics(topic, 10).topics[topic].partitions:
            low, high = consumer.get_watermark_offsets(TopicPartition(topic, partition), 10)
            consumer.assign([TopicPartition(topic, partition, low)])
            while low < high:
                record = consumer.poll(10)
                assert record is not None
                assert record.error() is None
                found.append((record.key(), record.value()))
                low = record.offset() + 1
        consumer.close()
        return found


@pytest.fixture(scope="session")
def kafka(part):
    """A running broker without topics."""
    with running_kafka(part) as broker:
        yield broker


@contextmanager
def running_kafka(part):
    """Run a broker; `part` finds a program by its name."""
    pytest.importorskip("confluent_kafka", reason="pip install 'maillon[kafka]'")
    jars, java = distribution(part("mvn")), part("java")
    folder = Path(mkdtemp(prefix="maillon-kafka-"))
    plain, secured, controller = free_port(), free_port(), free_port()
    try:
        _certificates(part("openssl"), folder)
        settings = folder / "server.properties"
        settings.write_text(
            SETTINGS.format(
                plain=plain, secured=secured, controller=controller, folder=folder, user=USER, password=PASSWORD
            )
        )
        run = [java, *HEAP, "-cp", f"{jars}/*"]
        form = [*run, "kafka.tools.StorageTool", "format", "-t", "bWFpbGxvbi10ZXN0cy0xMA", "-c", settings]
        done = subprocess.run(form, capture_output=True, text=True, cwd=folder)
        assert done.returncode == 0, done.stdout + done.stderr
        broker = Kafka(f"127.0.0.1:{plain}", f"127.0.0.1:{secured}", folder, [*run, "kafka.Kafka", str(settings)])
        broker.start()
        try:
            yield broker
        finally:
            broker.stop()
    finally:
        shutil.rmtree(folder)


def _certificates(openssl, folder):
    """Make an authority, and a broker's certificate with its key in one file."""

    def run(*words):
        subprocess.run([openssl, *words], cwd=folder, check=True, capture_output=True)

    run("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "ca.key", "-out", "ca.pem", "-days", "2",
        "-subj", "/CN=ca")  # fmt: skip
    run("req", "-newkey", "rsa:2048", "-nodes", "-keyout", "broker.key", "-out", "broker.csr", "-subj", "/CN=broker")
    (folder / "names").write_text("subjectAltName=IP:127.0.0.1")
    run("x509", "-req", "-in", "broker.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2",
        "-extfile", "names", "-out", "broker.crt")  # fmt: skip
    (folder / "server.pem").write_text((folder / "broker.key").read_text() + (folder / "broker.crt").read_text())


def distribution(mvn):
    """Return the folder of the broker's jars; fetch them where the cache has none."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "maillon-tests"
    home = cache / f"kafka-{VERSION}"
    if home.is_dir():
        return home
    cache.mkdir(parents=True, exist_ok=True)
    work = Path(mkdtemp(dir=cache))
    try:
        (work / "pom.xml").write_text(POM)
        fetch = [mvn, "-q", "-B", "dependency:copy-dependencies", f"-DoutputDirectory={work}/jars"]
        done = subprocess.run([*fetch, "-DincludeScope=runtime"], cwd=work, capture_output=True, text=True)
        if done.returncode or not any((work / "jars").glob("kafka_*.jar")):
            reason = f"Kafka cannot be fetched with Maven (kafka_2.13 {VERSION}): {(done.stdout + done.stderr)[-300:]}"
            pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)
        if not home.is_dir():
            (work / "jars").rename(home)
    finally:
        shutil.rmtree(work)
    return home
