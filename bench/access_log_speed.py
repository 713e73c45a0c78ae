"""How fast access logs are read: lines a second of one thread, beside a plain Python counter over the same bytes.

    python bench/access_log_speed.py [LINES]

Prints lines a CPU second, the best of a few rounds, for the scanner (bytes in memory to all columns) and for the
counter (file to distinct accounts and paths per hour, by str.split), compilation left out, and the ratio of the two.
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


def scan(path: Path) -> tuple[int, float]:
    """Return how many rows were read and the CPU seconds that this took."""
    with path.open("rb") as file:
        reader = open_reader(file.read(1 << 19), ReadSettings())
    rows, seconds = 0, 0.0
    for block, position in blocks(path):
        begun = time.process_time()
        rows += len(reader.parse(block, position).rows)
        seconds += time.process_time() - begun
    return rows, seconds


def count(path: Path) -> tuple[int, float]:
    """Return how many distinct accesses were counted and the CPU seconds that this took."""
    begun = time.process_time()
    seen = defaultdict(set)
    with path.open(encoding="utf-8", errors="replace") as log:
        for line in log:
            words = line.split(" ")
            seen[words[3][1:15]].add((words[2], words[6]))
    return sum(map(len, seen.values())), time.process_time() - begun


def main() -> None:
    lines = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "access.log"
        write_log(path, lines)
        assert scan(path)[0] == lines
        scanner, counter = (min(how(path)[1] for _ in range(ROUNDS)) for how in (scan, count))
        print(f"{lines:,} lines of {path.stat().st_size / lines:.0f} bytes, one thread, best of {ROUNDS}")
        print(f"  scanner, all columns  {lines / scanner:>12,.0f} lines/s")
        print(f"  plain Python counter  {lines / counter:>12,.0f} lines/s")
        print(f"  ratio                 {counter / scanner:>12.2f}")


if __name__ == "__main__":
    main()
