"""One line of a log with its truth, and the two ways to hand it over: records, or text in combined format."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from maillon.facts.record import METHODS, RECORD, UNROUTED, Parsed


@dataclass(frozen=True)
class Line:
    """What the log says, then the truth: who it was, whose record, what kind of request."""

    at: float
    address: str
    user: str
    session: str
    method: str
    target: str
    status: int
    referrer: str = ""
    agent: str = ""
    patient: str = ""  # the identifier as the target writes it, percent-decoded; "" = none in the log
    account: str = ""  # as the log writes it; "" = the log does not tell
    kind: str = "page"


def parsed(lines: Iterable[Line], block: int = 4000) -> list[Parsed]:
    """Return the lines as blocks of records, as a dialect would."""
    every = list(lines)
    return [_block(every[k : k + block], k) for k in range(0, len(every), block)]


def _block(lines: list[Line], first: int) -> Parsed:
    rows = np.zeros(len(lines), RECORD)
    text = bytearray()
    for k, line in enumerate(lines):
        row = rows[k]
        row["position"] = first + k
        row["at"] = int(line.at * 1_000_000)
        row["status"] = line.status
        row["method"] = METHODS.index(line.method) if line.method in METHODS else 0
        row["action"] = row["outcome"] = UNROUTED
        for name, value in (
            ("address", line.address),
            ("account", line.user),
            ("session", line.session),
            ("target", line.target),
            ("referrer", line.referrer),
            ("agent", line.agent),
        ):
            raw = value.encode("latin-1", "replace")
            if raw:
                row[name], row[f"{name}_len"] = len(text), len(raw)
                text += raw
    buffer = np.frombuffer(bytes(text) + bytes(64), np.uint8)
    return Parsed(buffer=buffer, rows=rows, records=len(lines))


def combined(line: Line) -> str:
    """Return the line in combined format, with the session as a trailing field."""
    when = datetime.fromtimestamp(int(line.at), UTC).strftime("%d/%b/%Y:%H:%M:%S +0000")
    return (
        f'{line.address} - {line.user or "-"} [{when}] "{line.method} {line.target} HTTP/1.1" {line.status} 512 '
        f'"{line.referrer or "-"}" "{line.agent or "-"}" {line.session or "-"}'
    )
