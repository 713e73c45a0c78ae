"""How fast access logs are read: lines a second of one thread, beside a plain Python counter over the same bytes.

    python bench/access_log_speed.py [LINES]

Prints the best CPU time of a few rounds for the scanner (all columns) and for the counter (distinct accounts and
paths per hour by str.split), compilation left out, and the ratio of the two.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path

from maillon.read.access_log import open_reader
from maillon.read.reader import ReadSettings
from speed import write_log

ROUNDS = 3
BLOCK = 8 << 20


def blocks(path: Path):
    """Yield the file as blocks of whole lines, each with its position."""
    position = 0
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            block += file.readline()
            yield block, position
            position += len(block)


def scan(path: Path) -> int:
    with path.open("rb") as file:
        reader = open_reader(file.read(1 << 19), ReadSettings())
    return sum(len(reader.parse(block, position).rows) for block, position in blocks(path))


def count(path: Path) -> int:
    seen = defaultdict(set)
    with path.open(encoding="utf-8", errors="replace") as log:
        for line in log:
            words = line.split(" ")
            seen[words[3][1:15]].add((words[2], words[6]))
    return sum(map(len, seen.values()))


def best(function, path: Path) -> float:
    rounds = []
    for _ in range(ROUNDS):
        begun = time.process_time()
        function(path)
        rounds.append(time.process_time() - begun)
    return min(rounds)


def main() -> None:
    lines = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "access.log"
        write_log(path, lines)
        assert scan(path) == lines
        scanner, counter = best(scan, path), best(count, path)
        print(f"{lines:,} lines of {path.stat().st_size / lines:.0f} bytes, one thread, best of {ROUNDS}")
        print(f"  scanner, all columns  {lines / scanner:>12,.0f} lines/s")
        print(f"  plain Python counter  {lines / counter:>12,.0f} lines/s")
        print(f"  ratio                 {counter / scanner:>12.2f}")


if __name__ == "__main__":
    main()
