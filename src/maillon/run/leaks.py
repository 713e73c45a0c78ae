"""Turns the crank of a search in leaks: members of archives → blocks → what they tell → what was not told before."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from pathlib import Path

from maillon.ahead.frames import Frames, is_text
from maillon.ahead.leaks import (
    Device,
    Found,
    Piece,
    Search,
    fresh,
    in_blocks,
    in_cookies,
    in_forms,
    in_lines,
    told_of_device,
)
from maillon.ahead.stealer import (
    device_of,
    family_by_layout,
    family_of,
    infected_at,
    kind_of,
    looks_like_blocks,
    looks_like_cookies,
)
from maillon.ahead.ulp import decoded
from maillon.edges.ledger import Entry
from maillon.edges.sources.archives import Passwords, files_below, read_members
from maillon.facts.errors import SourceError
from maillon.facts.leak import Leak, LeakCounts

_SYSTEM_BYTES = 1 << 18  # of a system file: what tells the moment stands at its beginning
_SAMPLE = 4096
_DEVICES = 200_000  # folders held while an archive is read; more are let go, the first ones first
_WAITING = 4


@dataclass
class _Now:
    """The member that is being read."""

    name: str
    at: int
    kind: str = ""  # "" = not decided yet
    device: Device | None = None
    frames: Frames = field(default_factory=Frames)
    head: bytearray = field(default_factory=bytearray)
    waiting: deque[Future[Piece]] = field(default_factory=deque)


class Crank:
    """Takes the members of one source after the other (it is the sink of `read_members`)."""

    def __init__(self, search: Search, pool: ThreadPoolExecutor, told: set[str]) -> None:
        """`pool` does the looking; two threads are as many as it can use beside the reading.

        `told` are the digests of what was told before; it gains the new ones, so that what a long list repeats is
        held once.
        """
        self.counts = LeakCounts()
        self.found: list[Found] = []
        self._told = told
        self._search = search
        self._pool = pool
        self._source = ""
        self._devices: dict[str, Device] = {}
        self._now = _Now("", 0)

    def read(self, path: Path, passwords: Passwords) -> None:
        """Read one file, archive or folder. Raises SourceError."""
        self._source = path.name
        self._devices = {}
        for file, below in files_below(path):
            self.counts.files += 1
            try:
                read_members(file, below, passwords, self, self.counts.leave)
            except SourceError:
                if file == path:
                    raise
                self.counts.leave("a file below a folder that cannot be read: passed over")
        for device in self._devices.values():
            self._close(device)

    def begin(self, member: str, at: int) -> None:
        """Take a member's name."""
        self.counts.members += 1
        self._now = _Now(member, at)

    def feed(self, piece: bytes) -> None:
        """Take a piece of a member."""
        now = self._now
        if not now.kind:
            now.head += piece
            if len(now.head) < _SAMPLE:
                return
            piece = self._decide(now)
        self._pass(now, piece)

    def end(self) -> None:
        """Finish a member."""
        now = self._now
        if not now.kind:
            self._pass(now, self._decide(now))
        self._finish(now)

    def _pass(self, now: _Now, piece: bytes) -> None:
        if now.kind == "system":
            now.head += piece[: max(0, _SYSTEM_BYTES - len(now.head))]
        elif now.kind != "other":
            for block in now.frames.feed(piece):
                self._look(now, block)

    def _finish(self, now: _Now) -> None:
        if now.kind == "system" and now.device:
            frames = Frames()
            text = decoded(b"".join([*frames.feed(bytes(now.head)), frames.end()]))
            now.device.at = now.device.at or infected_at(text.split("\n"))
            now.device.family = now.device.family or family_of(text)
        elif now.kind != "other":
            if rest := now.frames.end():
                self._look(now, rest)
            while now.waiting:
                self._take(now, now.waiting.popleft().result())
            self.counts.leave("a line longer than a block: passed over", now.frames.dropped)

    def _decide(self, now: _Now) -> bytes:
        """Decide by name and content what a member is; return what was held of it until then."""
        head = bytes(now.head)
        now.head.clear()
        frames = Frames()
        sample = decoded(b"".join([*frames.feed(head[:_SAMPLE]), frames.end()]))
        kind = kind_of(now.name) if now.name else ""
        if kind == "other" or not is_text(head[:_SAMPLE]):
            now.kind = "other"
            self.counts.leave("a member that holds no credentials (pictures, programs, histories): passed over")
            return b""
        if kind in {"", "passwords"}:
            kind = "passwords" if looks_like_blocks(sample) else "lines"
            kind = "cookies" if kind == "lines" and looks_like_cookies(sample) else kind
        now.kind = kind
        now.frames = Frames(records=kind == "passwords")
        if kind != "lines":
            now.device = self._device(now)
        return head

    def _device(self, now: _Now) -> Device:
        name = device_of(now.name)
        device = self._devices.get(name)
        if device is None:
            if len(self._devices) >= _DEVICES:
                self._close(self._devices.pop(next(iter(self._devices))))
            device = self._devices[name] = Device(name)
        device.file_at = max(device.file_at, now.at)
        device.names.add(now.name)
        return device

    def _look(self, now: _Now, block: bytes) -> None:
        source = f"{self._source}!{now.name}" if now.name else self._source
        search = self._search
        if now.kind == "cookies":
            done = self._pool.submit(in_cookies, search, block)
        elif now.kind == "autofill":
            done = self._pool.submit(in_forms, search, block)
        else:
            done = self._pool.submit(in_blocks if now.kind == "passwords" else in_lines, search, block, source, now.at)
        now.waiting.append(done)
        if len(now.waiting) > _WAITING:
            self._take(now, now.waiting.popleft().result())

    def _take(self, now: _Now, piece: Piece) -> None:
        counts = self.counts
        counts.lines += piece.lines
        counts.candidates += piece.candidates
        counts.unknown += piece.unknown
        counts.leave("a line longer than 4,096 bytes: passed over", piece.long)
        if now.device:
            now.device.found += piece.found
            now.device.cookies |= piece.cookies
            now.device.people.update(piece.people)
            now.device.family = now.device.family or piece.family
        else:
            self._keep(piece.found)

    def _keep(self, found: Iterable[Found]) -> None:
        new, repeated = fresh(found, self._told)
        self.found += new
        self.counts.repeated += repeated

    def _close(self, device: Device) -> None:
        self.counts.devices += 1
        self._keep(told_of_device(self._search, device, self._source, family_by_layout(device.names)))


def read_leaks(
    paths: Iterable[Path], search: Search, passwords: Passwords, told: set[str], progress: Callable[[Path], None]
) -> tuple[list[Found], LeakCounts]:
    """Read leaks; return what was not told before, and what was read. `told` gains the new digests."""
    with ThreadPoolExecutor(2) as pool:
        crank = Crank(search, pool, told)
        for path in paths:
            progress(path)
            crank.read(path, passwords)
    return crank.found, crank.counts


def leak_entry(leak: Leak, told: int) -> Entry:
    """Return the ledger's entry of a leak, told at `told` (µs): of its secret there is a keyed digest, no more."""
    return f"leak-{leak.digest}", "leak", told, asdict(leak)
