"""Hand-made records for tests: a Parsed from plain tuples of bytes."""

from __future__ import annotations

import numpy as np

from maillon.facts.record import METHODS, RECORD, SLICES, UNROUTED, Parsed

NOON = 1_700_000_000_000_000


def parsed(*records: dict[str, object]) -> Parsed:
    """Build a block. A record's texts are given by the names of SLICES (bytes), its numbers by those of RECORD.

    `request_line` is method and target in one ("GET /a"). Positions are 100 apart unless given.
    """
    buffer = bytearray()
    rows = np.zeros(len(records), RECORD)
    rows["action"] = rows["outcome"] = UNROUTED
    rows["at"] = NOON
    rows["zone"] = 3600
    for number, record in enumerate(records):
        row = rows[number]
        row["position"] = 100 * number
        row["status"] = 200
        for name, value in _spelt_out(record).items():
            if name in SLICES:
                row[name], row[f"{name}_len"] = len(buffer), len(value)
                buffer += value
            else:
                row[name] = value
    return Parsed(np.frombuffer(bytes(buffer) + bytes(64), np.uint8), rows, len(set(rows["position"].tolist())))


def _spelt_out(record: dict[str, object]) -> dict[str, object]:
    spelt = dict(record)
    line = spelt.pop("request_line", None)
    if line is not None:
        method, target = line.split(" ", 1)
        spelt |= {"method": METHODS.index(method), "target": target.encode()}
    return spelt
