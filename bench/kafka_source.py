"""What reading a topic costs beside reading the same lines from a file, in CPU-seconds of one process, in turns.

Both are read to events by the same dialect and profile; the file in blocks, the topic as the guard reads a backlog
(one partition, a real broker beside, whose own CPU does not count). "client" is the topic read to values and nothing
done with them. Needs `maillon[kafka]`, Java and Maven, as the tests do.

    python bench/kafka_source.py [--lines 300000] [--rounds 3]
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from guarded import PROFILE
from maillon.edges.sources.kafka import backlog
from maillon.facts.coverage import Coverage
from maillon.facts.serving import Broker, Origin
from maillon.read.dialects import detect
from maillon.read.normalise import Normaliser
from maillon.read.profile import load_profile
from maillon.read.pseudonym import Keys
from maillon.read.reader import ReadSettings
from maillon.run.topics import Partition, Topics
from parts import found
from real_kafka import running_kafka
from scanning import line

_BLOCK = 8 << 20


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--lines", type=int, default=300_000)
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    lines = [
        line(
            n / 20, f"agent{n % 500:03d}", f"/dossiers/{10_000_000 + n * 7919 % 900_000}/identite", f"10.1.{n % 250}.3"
        )
        for n in range(args.lines)
    ]
    keys, profile = Keys(b"0" * 32, 1), load_profile(PROFILE, "profile")
    whole = "".join(lines).encode()

    def of_file() -> int:
        reader, normaliser, count = detect(whole[: 1 << 19], ReadSettings()), Normaliser(profile, "x", keys), 0
        place = 0
        while place < len(whole):
            end = len(whole) if place + _BLOCK >= len(whole) else whole.rfind(b"\n", 0, place + _BLOCK) + 1
            count += len(normaliser.events(reader.parse(whole[place:end], place)).rows)
            place = end
        return count

    with running_kafka(found) as kafka:
        topic, broker = kafka.topic("bench"), Broker(kafka.servers)
        kafka.put(topic, [(text.split()[2], text) for text in lines], **{"queue.buffering.max.messages": 2_000_000})

        def of_topic() -> int:
            topics = Topics(Origin("kafka", "bench", topic=topic), broker, ReadSettings(), profile, keys, {}, print)
            partition = Partition(topics, 0, Coverage("bench"), {})
            return sum(len(piece.events) for piece in partition.pieces(None))

        def of_client() -> int:
            return sum(len(some.values) for some in backlog(broker, topic, 0, -1, print))

        ways: dict[str, Callable[[], int]] = {"file": of_file, "topic": of_topic, "client": of_client}
        spent: dict[str, list[float]] = {name: [] for name in ways}
        for round_ in range(args.rounds + 1):
            for name, way in ways.items():
                began = time.process_time()
                assert way() == args.lines
                if round_:  # the first compiles
                    spent[name].append(time.process_time() - began)
    print("| | CPU-s | µs/line | × file |\n|---|---|---|---|")
    usual = statistics.median(spent["file"])
    for name, times in spent.items():
        cost = statistics.median(times)
        print(f"| {name} | {cost:.2f} | {cost / args.lines * 1e6:.2f} | {cost / usual:.1f} |")


if __name__ == "__main__":
    main()
