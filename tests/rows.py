"""Reading rows back in tests: each slice as text."""

from __future__ import annotations

from maillon.facts.record import SLICES

COLUMNS = ("position", "at", "zone", "status", "method", "action", "outcome", "fields", "listed")


def rows_of(parsed):
    """Return each row as a plain dict: numbers as they are, slices as text."""
    return [
        {name: int(row[name]) for name in COLUMNS}
        | {
            name: parsed.buffer[row[name] : row[name] + row[f"{name}_len"]].tobytes().decode("utf-8", "replace")
            for name in SLICES
        }
        for row in parsed.rows
    ]


def assert_accounted(parsed, block):
    """Hold the law of every reader: each line is a record, and each record is in exactly one place."""
    lines = block.count(b"\n") + (block != b"" and not block.endswith(b"\n"))
    distinct = len(set(parsed.rows["position"].tolist()))
    assert parsed.records == lines
    assert distinct + sum(parsed.ignored.values()) + len(parsed.rejected) == lines
