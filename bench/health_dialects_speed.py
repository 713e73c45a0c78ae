"""How fast audit trails of health services are read: lines a second, beside plain json.loads and plain expat.

python bench/health_dialects_speed.py [LINES]

The peers only parse the same lines and keep nothing; the readers find who did what to whom, and make records of it.
"""

from __future__ import annotations

import json
import sys
import time
from itertools import pairwise
from pathlib import Path
from xml.parsers import expat

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from health_logs import atna, balp, ndjson, office, syslog
from maillon.read import atna as atna_dialect
from maillon.read import ecs, fhir_audit, fr_traceability, ocsf, openhim
from maillon.read.lines import line_starts
from maillon.read.reader import ReadSettings

ROUNDS = 3


def repeated(example: bytes, count: int) -> bytes:
    return example * count


def fhir(count: int) -> bytes:
    return ndjson(
        *(balp(at, who, patient, address=address, request=f"r{n}") for n, (at, who, patient, address) in trail(count))
    )


def messages(count: int) -> bytes:
    return b"".join(syslog(atna(at, who, f"{patient}^^^&1.2.3&ISO"), at) for _, (at, who, patient, _) in trail(count))


def trail(count: int):
    records = office(accounts=100, days=1, patients=10)
    return ((n, records[n % len(records)]) for n in range(count))


def loads(block: bytes) -> None:
    for start, end in pairwise(line_starts(block).tolist()):
        json.loads(block[start:end])


def parse_xml(block: bytes) -> None:
    for start, end in pairwise(line_starts(block).tolist()):
        expat.ParserCreate().Parse(block[block.index(b"<?xml", start, end) : end], 1)


def best(function, *args) -> float:
    """Return the CPU seconds of the best round: the machine may be shared."""
    rounds = []
    for _ in range(ROUNDS):
        begun = time.process_time()
        function(*args)
        rounds.append(time.process_time() - begun)
    return min(rounds)


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    rows = [
        ("fhir auditevent", fhir_audit.DIALECT, fhir(count), loads),
        ("atna in syslog", atna_dialect.DIALECT, messages(count), parse_xml),
        ("tde syslog json", fr_traceability.DIALECT, repeated(fr_traceability.EXAMPLE, count), loads),
        ("openhim audit", openhim.DIALECT, repeated(openhim.EXAMPLE, count), loads),
        ("ocsf", ocsf.DIALECT, repeated(ocsf.EXAMPLE, count), loads),
        ("ecs", ecs.DIALECT, repeated(ecs.EXAMPLE, count), loads),
    ]
    print(f"{count:,} lines each, one thread, CPU time, best of {ROUNDS}")
    print(f"{'':18}{'bytes/line':>11}{'read, lines/s':>15}{'peer, lines/s':>15}{'ratio':>7}  peer")
    for name, dialect, block, peer in rows:
        reader = dialect.open(block[:65536], ReadSettings())
        assert len(reader.parse(block, 0).rows) == count
        read, plain = best(reader.parse, block, 0), best(peer, block)
        speeds = f"{count / read:>15,.0f}{count / plain:>15,.0f}{plain / read:>7.2f}"
        print(f"{name:18}{len(block) / count:>11.0f}{speeds}  {'json.loads' if peer is loads else 'expat'}")


if __name__ == "__main__":
    main()
