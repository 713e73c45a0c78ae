"""From the sources on the command line to pieces of events: formats told, profiles found, files put in order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from maillon.edges.sources.files import Block, File, Seen, Source, open_blocks
from maillon.facts.coverage import Coverage
from maillon.facts.event import EVENT
from maillon.facts.profile import Profile
from maillon.facts.record import UNROUTED, Parsed, Rejected
from maillon.read.dialects import detect
from maillon.read.learn import learn
from maillon.read.normalise import Events, Normaliser
from maillon.read.pseudonym import Keys
from maillon.read.reader import Reader, ReadSettings

_SAMPLE_BYTES = 1 << 18
_LEARN_BYTES = 5 << 20
_ORDINAL = 1 << 40  # in the admitted order a file's ordinal in its source comes before the offset in the file


@dataclass
class Piece:
    """One block, read: its events, what it adds to the coverage, and where to resume after it."""

    events: NDArray[Any]
    positions: NDArray[np.int64]
    coverage: Coverage
    names: dict[str, dict[int, str]]
    pseudonyms: dict[int, str]
    rejected: list[Rejected]
    memory: dict[str, Any]  # of the feed, as it is after this block


@dataclass
class Feed:
    """One source with all that is needed to read it."""

    name: str
    files: list[tuple[File, Reader | None]]
    seen: Seen
    normaliser: Normaliser
    profile: Profile
    first: int = 0  # moment of its first record, µs
    ordinal: int = 0  # files read so far, in earlier runs too
    warnings: list[str] = field(default_factory=list)

    @property
    def dialect(self) -> str:
        """The formats of its files, as a reader says them."""
        return ", ".join(sorted({reader.name for _, reader in self.files if reader}))

    @property
    def zoneless(self) -> bool:
        """Whether a file of it writes no time zone."""
        return any(reader.zoneless for _, reader in self.files if reader)

    def pieces(self) -> Iterator[Piece]:
        """Read all files, in order of time, block by block."""
        users: dict[str, Any] = {}
        for file, reader in self.files:
            self.ordinal += 1
            if reader is not None:
                reader.state.update(users)
            yield from self._read(file, reader)
            users = dict(reader.state) if reader else users

    def _read(self, file: File, reader: Reader | None) -> Iterator[Piece]:
        begin = self.seen.begin(file)
        if begin.duplicates:
            yield self._only(Coverage(self.name, records=begin.duplicates, duplicates=begin.duplicates), reader)
        for block in open_blocks(file, begin.offset):
            self.seen.advance(file, block)
            piece = self._piece(block, reader)
            piece.memory = self._memory(reader)
            yield piece

    def _piece(self, block: Block, reader: Reader | None) -> Piece:
        long_lines = [Rejected(skip.position, "line too long", f"{skip.length} bytes") for skip in block.skipped]
        if reader is None:
            lines = block.data.count(b"\n") + (1 if block.data and not block.data.endswith(b"\n") else 0)
            coverage = Coverage(self.name, records=lines + len(long_lines))
            coverage.rejected = _counted(long_lines) | {"unknown format": lines}
            return self._only(coverage, reader, long_lines)
        parsed = reader.parse(block.data, block.position)
        events = self.normaliser.events(parsed)
        rejected = long_lines + parsed.rejected + events.rejected
        return Piece(
            events.rows,
            events.positions + self.ordinal * _ORDINAL,
            self._coverage(parsed, events, rejected, len(long_lines)),
            events.names,
            events.pseudonyms,
            rejected,
            {},
        )

    def _coverage(self, parsed: Parsed, events: Events, rejected: Sequence[Rejected], more: int) -> Coverage:
        at = events.rows["at"]
        return Coverage(
            self.name,
            records=parsed.records + more,
            parsed=events.parsed,
            ignored=_added(parsed.ignored, events.ignored),
            rejected=_counted(rejected),
            events=len(at),
            without_account=events.without_account,
            without_patient=events.without_patient,
            unmatched=events.unmatched,
            first=int(at.min()) if len(at) else 0,
            last=int(at.max()) if len(at) else 0,
        )

    def _only(self, coverage: Coverage, reader: Reader | None, rejected: list[Rejected] | None = None) -> Piece:
        nothing = np.empty(0, EVENT), np.empty(0, np.int64)
        return Piece(*nothing, coverage, {}, {}, rejected or [], self._memory(reader))

    def _memory(self, reader: Reader | None) -> dict[str, Any]:
        return {"seen": self.seen.dump(), "ordinal": self.ordinal, "reader": dict(reader.state) if reader else {}}


def prepare(
    source: Source,
    settings: ReadSettings,
    profiles: Sequence[Profile],
    sealed: Profile | None,
    keys: Keys,
    memory: dict[str, Any],
) -> Feed:
    """Tell the format of each file of `source`, order the files by time, and find, take over or learn the profile."""
    probes = sorted((_probe(file, settings, memory) for file in source.files), key=lambda probe: probe.order)
    readable = [probe for probe in probes if probe.reader is not None]
    profile = _given(profiles, source.name) or sealed or _learnt(readable, source.name)
    return Feed(
        source.name,
        [(probe.file, probe.reader) for probe in probes],
        Seen.load(memory.get("seen", {})),
        Normaliser(profile, source.name if profile.learnt else profile.name, keys),
        profile,
        first=min((probe.first for probe in readable), default=0),
        ordinal=memory.get("ordinal", 0),
    )


@dataclass
class _Probe:
    file: File
    reader: Reader | None
    first: int

    @property
    def order(self) -> tuple[int, str]:
        return self.first, str(self.file.path)


def _probe(file: File, settings: ReadSettings, memory: dict[str, Any]) -> _Probe:
    sample = _head(file, _SAMPLE_BYTES)
    reader = detect(sample, settings) if sample else None
    if reader is None:
        return _Probe(file, None, 0)
    reader.state.update(memory.get("reader", {}))
    kept = dict(reader.state)
    rows = reader.parse(sample, 0).rows
    reader.state.clear()
    reader.state.update(kept)
    return _Probe(file, reader, int(rows["at"].min()) if len(rows) else 0)


def _head(file: File, size: int) -> bytes:
    """Return whole lines from the beginning of a file, about `size` bytes of them."""
    for block in open_blocks(file):
        if len(block.data) <= size:
            return block.data
        return block.data[: block.data.rfind(b"\n", 0, size) + 1] or block.data
    return b""


def _given(profiles: Sequence[Profile], name: str) -> Profile | None:
    """Return the operator's profile for a source: the one of its name, else the only one, else the first."""
    named = [profile for profile in profiles if profile.name == name]
    return (named or list(profiles) or [None])[0]


def _learnt(probes: Sequence[_Probe], name: str) -> Profile:
    """Learn a profile from the first part of the log. Dialects that know their actions need none."""
    for probe in probes:
        assert probe.reader is not None
        kept = dict(probe.reader.state)
        parsed = probe.reader.parse(_head(probe.file, _LEARN_BYTES), 0)
        probe.reader.state.clear()
        probe.reader.state.update(kept)
        if len(parsed.rows) and bool((parsed.rows["action"] == UNROUTED).any()):
            return learn([parsed], name)
    return Profile(name=name, learnt=True)


def _counted(rejected: Sequence[Rejected]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for one in rejected:
        counts[one.reason] = counts.get(one.reason, 0) + 1
    return counts


def _added(one: dict[str, int], other: dict[str, int]) -> dict[str, int]:
    return {kind: one.get(kind, 0) + other.get(kind, 0) for kind in one.keys() | other.keys()}
