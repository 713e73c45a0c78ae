"""Turns the crank over feeds of names: blocks of lines → the quick look → names judged with care → each told once."""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import numpy as np

from maillon.ahead.frames import Frames
from maillon.ahead.lookalikes import Watch, hosts_in, judged
from maillon.ahead.name_filter import lines_proposed
from maillon.ahead.transparency import is_batch, names_of_batch
from maillon.ahead.ulp import decoded
from maillon.edges.ledger import Entry
from maillon.edges.sources.archives import PIECE
from maillon.edges.sources.compression import DamagedError, decompressed, is_compressed
from maillon.facts.errors import SourceError
from maillon.facts.lookalike import Lookalike

_BATCH = 256 << 20  # bytes of one answer of a log of certificates
_WAITING = 4


@dataclass
class Names:
    """What feeds gave: look-alikes by name, and what was read."""

    found: dict[str, Lookalike] = field(default_factory=dict)
    lines: int = 0
    judged: int = 0
    aside: dict[str, int] = field(default_factory=dict)

    def leave(self, reason: str, count: int = 1) -> None:
        """Count what was left aside."""
        if count:
            self.aside[reason] = self.aside.get(reason, 0) + count


def read_feeds(paths: Iterable[Path], watch: Watch, threshold: float) -> Names:
    """Read feeds ("-" is standard input) and return the names that imitate a brand. Raises SourceError."""
    names = Names()
    for path in paths:
        shown = "-" if str(path) == "-" else path.name
        with ThreadPoolExecutor(2) as pool:
            waiting: deque[Future[tuple[list[Lookalike], int, int]]] = deque()
            for block in _blocks(path, names):
                waiting.append(pool.submit(_looked, block, watch, threshold))
                if len(waiting) > _WAITING:
                    _take(waiting.popleft().result(), shown, names)
            for one in waiting:
                _take(one.result(), shown, names)
    return names


def lookalike_entry(one: Lookalike) -> Entry:
    """Return the ledger's entry of a name told for the first time."""
    return f"lookalike-{one.name}", "lookalike", one.first, asdict(one)


def _looked(block: bytes, watch: Watch, threshold: float) -> tuple[list[Lookalike], int, int]:
    places, lines = lines_proposed(np.frombuffer(block, np.uint8), len(block), watch.filter)
    found = []
    count = 0
    for first, end in places.tolist():
        for host in hosts_in(decoded(block[first:end])):
            count += 1
            one = judged(host, watch)
            if one and one.score >= threshold:
                found.append(one)
    return found, lines, count


def _take(looked: tuple[list[Lookalike], int, int], source: str, names: Names) -> None:
    found, lines, count = looked
    names.lines += lines
    names.judged += count
    for one in found:
        before = names.found.get(one.name)
        names.found[one.name] = replace(one, source=source, count=1 + (before.count if before else 0))


def _blocks(path: Path, names: Names) -> Iterator[bytes]:
    """Yield a feed as blocks of lines; an answer of a log of certificates as one block of the names it holds."""
    try:
        file = sys.stdin.buffer if str(path) == "-" else path.open("rb")
    except OSError as error:
        raise SourceError(f"the feed {path} cannot be read: {error.strerror}") from None
    with file:
        head = file.read(1 << 16)
        pieces = iter(lambda: file.read(PIECE), b"")
        if is_batch(head):
            data = head + file.read(_BATCH)
            found, unread = names_of_batch(data)
            names.leave("an entry of a log of certificates that cannot be read", unread)
            yield "".join(f"{one}\n" for one in found).encode("utf-8", "replace")
            return
        frames = Frames()
        try:
            for piece in _plain(head, pieces, path):
                yield from frames.feed(piece)
        except DamagedError:
            names.leave("a feed whose compression is broken or ends early: read up to there")
        if rest := frames.end():
            yield rest
        names.leave("a line longer than a block: passed over", frames.dropped)


def _plain(head: bytes, pieces: Iterator[bytes], path: Path) -> Iterator[bytes]:
    if not is_compressed(head):
        yield head
        yield from pieces
    elif str(path) == "-":
        raise SourceError("standard input is compressed: unpack it before (zcat FILE | maillon lookalikes --feed -)")
    else:
        with path.open("rb") as file:
            yield from decompressed(file, head)
