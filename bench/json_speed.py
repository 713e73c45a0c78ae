"""How fast JSON access logs are read: lines a second, beside a bare `msgspec.json.decode` of the same lines.

python bench/json_speed.py [LINES]
"""

from __future__ import annotations

import json
import sys
import time
from itertools import pairwise

import msgspec

from maillon.read.json_lines import open_reader
from maillon.read.lines import line_starts
from maillon.read.reader import ReadSettings

ROUNDS = 5
AGENT = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0 Safari/537.36"


def line(number: int) -> bytes:
    """Return one line as nginx writes it with escape=json."""
    entry = {
        "time_iso8601": f"2026-03-01T08:{number // 6000 % 60:02d}:{number // 100 % 60:02d}+01:00",
        "remote_addr": f"192.0.2.{number % 250}",
        "remote_user": f"dr.{number % 397}",
        "request": f"GET /dossiers/{number * 7919 % 1_000_003}/identite?onglet=1 HTTP/2.0",
        "status": "200",
        "body_bytes_sent": "5123",
        "request_time": "0.032",
        "http_referer": "https://portail.example/recherche",
        "http_user_agent": AGENT,
        "host": "portail.example",
        "request_id": f"{number * 2654435761 % 2**64:016x}",
    }
    return json.dumps(entry, separators=(",", ":")).encode() + b"\n"


def bare(block: bytes) -> None:
    starts = line_starts(block).tolist()
    for start, end in pairwise(starts):
        msgspec.json.decode(block[start:end])


def best(function, *args) -> float:
    """Return the CPU seconds of the best round: the machine may be shared."""
    rounds = []
    for _ in range(ROUNDS):
        begun = time.process_time()
        function(*args)
        rounds.append(time.process_time() - begun)
    return min(rounds)


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    block = b"".join(map(line, range(count)))
    reader = open_reader(block[:65536], ReadSettings())
    assert len(reader.parse(block, 0).rows) == count
    read, decoded = best(reader.parse, block, 0), best(bare, block)
    print(f"{reader.name}, {count:,} lines of {len(block) / count:.0f} bytes, one thread, best of {ROUNDS}")
    print(f"  read to records      {count / read:>12,.0f} lines/s")
    print(f"  bare msgspec decode  {count / decoded:>12,.0f} lines/s")
    print(f"  ratio                {decoded / read:>12.2f}")


if __name__ == "__main__":
    main()
