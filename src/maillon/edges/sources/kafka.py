"""A topic of Kafka, read from where it was read to.

No group of consumers is used: who reads keeps its positions itself, with everything that rests on them, and hands them
back after a restart. So a record comes once into what is kept, whatever dies in between.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from maillon.edges.kafka import client, failed, need_library, opened, sentence
from maillon.facts.errors import SourceError
from maillon.facts.serving import Broker

_MOST = 5000
_WAIT_S = 0.2
_LOOK_S = 30.0  # how often new partitions are looked for
_ANSWER_S = 5.0
_AGAIN_S = 1.0


@dataclass
class Records:
    """Some records of one partition, in order. `after` is the position behind them."""

    partition: int
    after: int
    values: list[bytes] = field(default_factory=list)  # empty: a record without a value
    offsets: list[int] = field(default_factory=list)
    note: str = ""  # a sentence for the operator
    at_end: bool = False


class Topic:
    """One topic. Its methods belong to one thread at a time."""

    def __init__(self, broker: Broker, name: str, say: Callable[[str], None]) -> None:
        """Raises UsageError where the client is missing or its settings cannot be meant. Nothing is reached yet."""
        need_library()
        from confluent_kafka import Consumer

        self.name = name
        settings = client(broker, say) | {
            "group.id": "maillon",  # asked for by the client; no group is joined
            "enable.auto.commit": False,
            "enable.auto.offset.store": False,
            "enable.partition.eof": True,
            "auto.offset.reset": "error",  # what was removed unread is told
            "queued.max.messages.kbytes": 16_384,
        }
        self._consumer = opened(Consumer, settings)
        self._at: dict[int, int] = {}

    def partitions(self) -> list[int]:
        """Return the numbers of its partitions. Raises SourceError."""
        from confluent_kafka import KafkaException

        try:
            found = self._consumer.list_topics(self.name, timeout=_ANSWER_S).topics[self.name]
        except KafkaException as error:
            raise failed(f"the topic {self.name}", error) from None
        if found.error is not None:
            raise SourceError(f"the topic {self.name}: {sentence(found.error)}")
        return sorted(found.partitions)

    def read_from(self, positions: Mapping[int, int]) -> None:
        """Read these partitions on from these positions; -1 = from the first record that the broker still has."""
        from confluent_kafka import OFFSET_BEGINNING, TopicPartition

        self._at = dict(positions)
        self._consumer.assign(
            [TopicPartition(self.name, one, OFFSET_BEGINNING if at < 0 else at) for one, at in positions.items()]
        )

    def read(self) -> list[Records]:
        """Return what came within a moment. Raises SourceError."""
        from confluent_kafka import KafkaError, KafkaException

        found: dict[int, Records] = {}
        try:
            messages = self._consumer.consume(_MOST, _WAIT_S)
        except KafkaException as error:
            raise failed(f"the topic {self.name}", error) from None
        for message in messages:
            number, wrong = message.partition(), message.error()
            if wrong is None:
                some = found.setdefault(number, Records(number, 0))
                some.values.append(message.value() or b"")
                some.offsets.append(message.offset())
                some.after = self._at[number] = message.offset() + 1
            elif wrong.code() == KafkaError._PARTITION_EOF:  # noqa: SLF001 - its public name for it
                after = self._at[number] = max(self._at[number], message.offset())
                some = found.setdefault(number, Records(number, after))
                some.after, some.at_end = after, True
            elif wrong.code() in (KafkaError._AUTO_OFFSET_RESET, KafkaError.OFFSET_OUT_OF_RANGE):  # noqa: SLF001
                found[number] = self._begin_anew(number)
            else:
                raise SourceError(f"the topic {self.name}: {sentence(wrong)}")
        return list(found.values())

    def close(self) -> None:
        """Let it go."""
        self._consumer.close()

    def _begin_anew(self, partition: int) -> Records:
        """Go on with the first record that the broker still has of a partition."""
        from confluent_kafka import KafkaException, TopicPartition

        try:
            low, _ = self._consumer.get_watermark_offsets(TopicPartition(self.name, partition), _ANSWER_S)
        except KafkaException as error:
            raise failed(f"the topic {self.name}", error) from None
        lost = low - self._at[partition]
        note = f"{lost:,} records were removed before they were read" if lost > 0 else "it was made anew"
        self.read_from(self._at | {partition: low})
        return Records(partition, low, note=f"partition {partition} of {self.name}: {note}; it is read from {low} on")


def backlog(broker: Broker, topic: str, partition: int, start: int, say: Callable[[str], None]) -> Iterator[Records]:
    """Yield what one partition holds from `start` on, up to its end of now. Raises SourceError, UsageError."""
    reader = Topic(broker, topic, say)
    try:
        reader.read_from({partition: start})
        end = time.monotonic() + _ANSWER_S
        while time.monotonic() < end:
            for some in reader.read():
                end = time.monotonic() + _ANSWER_S
                yield some
                if some.at_end:
                    return
        raise SourceError(f"the topic {topic}: nothing came for {_ANSWER_S:.0f} seconds")
    finally:
        reader.close()


class Reading(threading.Thread):
    """Reads a topic in a thread of its own, again and again while it cannot be reached.

    `take` is called there with records in order of each partition, and may wait: no more is read meanwhile. Where it
    raises SourceError they are read again.
    """

    def __init__(
        self,
        open_topic: Callable[[], Topic],
        positions: Callable[[int], int],
        take: Callable[[Records], None],
        say: Callable[[str], None],
    ) -> None:
        """`positions` tells from where on to read a partition that is met for the first time."""
        super().__init__(name="kafka", daemon=True)
        self._open = open_topic
        self._positions = positions
        self._take = take
        self._say = say
        self._at: dict[int, int] = {}
        self._behind: set[int] = set()
        self._ended = threading.Event()
        self._up_to_date = threading.Event()

    def run(self) -> None:
        """Read until `stop`."""
        told = ""
        while not self._ended.is_set():
            try:
                self._read()
            except SourceError as error:
                if str(error) != told:
                    told = str(error)
                    self._say(f"{told}; it is tried again and again")
                self._ended.wait(_AGAIN_S)

    def wait(self, seconds: float) -> bool:
        """Wait until the end of every partition was once reached; return whether it was."""
        return self._up_to_date.wait(seconds)

    def stop(self) -> None:
        """End after what is being read."""
        self._ended.set()
        self.join(_ANSWER_S)

    def _read(self) -> None:
        topic, looked = self._open(), 0.0
        try:
            while not self._ended.is_set():
                if not looked or time.monotonic() - looked > _LOOK_S:
                    self._look(topic, first=not looked)
                    looked = time.monotonic()
                for some in topic.read():
                    self._take(some)
                    self._at[some.partition] = some.after
                    if some.at_end:
                        self._behind.discard(some.partition)
                if not self._behind:
                    self._up_to_date.set()
        finally:
            topic.close()

    def _look(self, topic: Topic, *, first: bool) -> None:
        """Find the partitions, and read those that are new too."""
        new = [one for one in topic.partitions() if one not in self._at]
        self._at |= {one: self._positions(one) for one in new}
        self._behind |= set(new)
        if new or first:
            topic.read_from(self._at)


def reading(
    broker: Broker,
    topic: str,
    positions: Callable[[int], int],
    take: Callable[[Records], None],
    say: Callable[[str], None],
) -> Reading:
    """Return what reads `topic`. Raises UsageError where the settings cannot be meant."""
    Topic(broker, topic, say).close()
    made: Callable[[], Any] = partial(Topic, broker, topic, say)
    return Reading(made, positions, take, say)
