"""Access log lines for tests, and what Maillon tells of them."""

from __future__ import annotations

from maillon.read.access_log import open_reader
from maillon.read.reader import ReadSettings
from rows import assert_accounted, rows_of

STAMP = "02/Mar/2026:08:12:03 +0100"
SESSIONS = ("9f8a7b6c5d4e3f2a1b0c", "0a1b2c3d4e5f60718293", "vUuGAgtdQ0qDIVG")


def log(*tails, head="10.0.0.1 - bob", count=40):
    """Return combined lines, each with one of the tails in turn; `{n}` in a tail or the head is the line's number."""
    return "".join(
        f'{head} [{STAMP}] "GET /a/{n} HTTP/1.1" 200 12 "-" "UA"{tails[n % len(tails)]}\n'.replace("{n}", f"{n:04d}")
        for n in range(count)
    ).encode()


def told(block, log_format=""):
    reader = open_reader(block, ReadSettings(log_format=log_format))
    parsed = reader.parse(block, 0)
    assert_accounted(parsed, block)
    assert not parsed.rejected
    return reader.name, rows_of(parsed)
