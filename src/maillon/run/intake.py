"""From the sources on the command line to pieces of events: formats told, profiles found, files put in order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from maillon.edges.sources.files import Block, File, Source, open_blocks, sample
from maillon.edges.sources.seen import Begin, Known
from maillon.facts.coverage import Coverage
from maillon.facts.event import EVENT
from maillon.facts.profile import Profile
from maillon.facts.record import UNROUTED, Parsed, Rejected
from maillon.read.dialects import detect
from maillon.read.learn import learn
from maillon.read.normalise import Events, Normaliser
from maillon.read.pseudonym import Keys
from maillon.read.reader import Reader, ReadSettings
from maillon.read.refit import Fit, refit
from maillon.run.ahead import ahead, begun

_SAMPLE_BYTES = 1 << 19
_LEARN_BYTES = 2 << 20
_BEGUN = 4  # blocks that are read ahead from before the profile is learnt: some 20 MB of memory each
_NEWER_BYTES = 1 << 18  # at least, of what a sealed profile is held against: some thousand lines
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
    reader: dict[str, Any]  # the reader's memory after this block
    ordinal: int  # files of this source read so far
    known: tuple[int, dict[str, Any]]  # how far the file was read: its number among the contents, and what is known


@dataclass
class Opened:
    """One file of a source: its format (None where none is known), its first moment, where its unread part begins."""

    file: File
    reader: Reader | None
    first: int
    begin: Begin


@dataclass(frozen=True)
class Adopted:
    """A better profile than the one that was sealed: from which moment on (µs), and how both fit what is new."""

    at: int
    before: Fit
    after: Fit


_Read = tuple[Block, Parsed | None, dict[str, Any]]
"""A block, parsed, with the reader's memory after it."""


@dataclass
class Feed:
    """One source with all that is needed to read it."""

    name: str
    files: list[Opened]
    normaliser: Normaliser
    profile: Profile
    ordinal: int = 0  # files read so far, in earlier runs too
    kept: bool = False  # a later run continues: a line that is still being written is left to it
    adopted: Adopted | None = None
    begun: Iterator[_Read] | None = None  # the blocks of the first file, where its reading has begun

    @property
    def first(self) -> int:
        """The moment of its first record, µs."""
        return min((one.first for one in self.files if one.reader), default=0)

    @property
    def dialect(self) -> str:
        """The formats of its files, as a person calls them."""
        return ", ".join(sorted({one.reader.name for one in self.files if one.reader}))

    @property
    def zoneless(self) -> bool:
        """Whether a file of it writes no time zone."""
        return any(one.reader.zoneless for one in self.files if one.reader)

    def pieces(self, pool: ThreadPoolExecutor) -> Iterator[Piece]:
        """Read all files, in order of time, block by block; blocks are parsed in `pool`."""
        memory: dict[str, Any] = {}
        for one in self.files:
            self.ordinal += 1
            if one.reader is not None:
                one.reader.state.update(memory)
                memory = one.reader.state
            yield from self._read(one, pool)

    def _read(self, one: Opened, pool: ThreadPoolExecutor) -> Iterator[Piece]:
        known = one.begin.known
        if one.begin.duplicates:
            coverage = Coverage(self.name, records=one.begin.duplicates, duplicates=one.begin.duplicates)
            yield self._piece(one, known, coverage)
        if one.begin.offset < 0:
            return
        blocks, self.begun = self.begun or _parsed(one, kept=self.kept), None
        for block, parsed, memory in ahead(blocks, pool):
            piece = self._block(one, known, block, parsed)
            known = _reached(known, block, parsed, piece.coverage.records)
            piece.known, piece.reader = (one.begin.number, asdict(known)), memory
            if block.damage:
                piece.coverage.warnings.append(f"{one.file.name} is damaged ({block.damage}): read up to there")
            yield piece

    def piece(self, one: Opened, known: Known, block: Block) -> Piece:
        """Read one block of a file that is being followed; `known` is how far it was read before."""
        parsed = one.reader.parse(block.data, block.position) if one.reader else None
        piece = self._block(one, known, block, parsed)
        piece.known = (one.begin.number, asdict(_reached(known, block, parsed, piece.coverage.records)))
        return piece

    def _block(self, one: Opened, known: Known, block: Block, parsed: Parsed | None) -> Piece:
        long_lines = [Rejected(skip.position, "line too long", f"{skip.length} bytes") for skip in block.skipped]
        if parsed is None:
            lines = block.data.count(b"\n") + block.partial
            rejected = _counted(long_lines) | ({"unknown format": lines} if lines else {})
            coverage = Coverage(self.name, records=lines + len(long_lines), rejected=rejected)
            return self._piece(one, known, coverage, long_lines)
        events = self.normaliser.events(parsed)
        all_rejected = long_lines + parsed.rejected + events.rejected
        piece = self._piece(one, known, self._coverage(parsed, events, all_rejected, len(long_lines)), all_rejected)
        piece.events, piece.positions = events.rows, events.positions + self.ordinal * _ORDINAL
        piece.names, piece.pseudonyms = events.names, events.pseudonyms
        return piece

    def _piece(self, one: Opened, known: Known, coverage: Coverage, rejected: list[Rejected] | None = None) -> Piece:
        return Piece(
            np.empty(0, EVENT),
            np.empty(0, np.int64),
            coverage,
            {},
            {},
            rejected or [],
            dict(one.reader.state) if one.reader else {},
            self.ordinal,
            (one.begin.number, asdict(known)),
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


def _reached(known: Known, block: Block, parsed: Parsed | None, records: int) -> Known:
    """Return how far a file was read: up to a record that has not ended, which is read anew after a stop."""
    rest = parsed.unfinished if parsed else 0
    return known.after(replace(block, data=block.data[: max(0, len(block.data) - rest)]) if rest else block, records)


def _parsed(one: Opened, *, kept: bool) -> Iterator[_Read]:
    """Yield the unread blocks of a file, parsed, each with the reader's memory after it."""
    for block in open_blocks(one.file, one.begin.offset):
        if kept and block.may_grow:
            return
        parsed = one.reader.parse(block.data, block.position) if one.reader else None
        yield block, parsed, dict(one.reader.state) if one.reader else {}


def prepare(
    source: Source,
    begins: Sequence[Begin],
    settings: ReadSettings,
    profiles: Sequence[Profile],
    sealed: Profile | None,
    keys: Keys,
    memory: dict[str, Any],
    *,
    kept: bool,
    ask: bool = False,
    at_once: bool = False,
) -> Feed:
    """Tell the format of each file of `source`, order the files by time, and find, take over or learn the profile.

    `begins` say where each file's unread part begins; `memory` is what the source's last piece left. `kept`: a later
    run continues, so patients' full pseudonyms are wanted and a line that is still being written is left to it.
    `ask`: a better profile than a sealed one that was learnt may be adopted, from the first unread line on.
    `at_once`: all of it is read right after this, so that reading may begin while the profile is learnt.
    """
    opened = [open_file(*pair, settings, memory) for pair in zip(source.files, begins, strict=True)]
    opened.sort(key=lambda one: (one.first, one.file.name))
    given, adopted, blocks = _given(profiles, source.name), None, None
    profile = given or sealed
    if profile is None:
        first = _first_with_routes(opened)
        if at_once and first and first[0] is opened[0] and _is_new(opened[0]):
            blocks = begun(_parsed(opened[0], kept=kept), _BEGUN)
        profile = _learnt(first, source.name)
    if ask and sealed and sealed.learnt and not given:
        profile, adopted = _refitted(opened, sealed, source.name, keys)
    return Feed(
        source.name,
        opened,
        Normaliser(profile, source.name if profile.learnt else profile.name, keys, pseudonyms=kept),
        profile,
        memory.get("ordinal", 0),
        kept=kept,
        adopted=adopted,
        begun=blocks,
    )


def open_file(file: File, begin: Begin, settings: ReadSettings, memory: dict[str, Any]) -> Opened:
    """Tell the format of one file; its reader goes on from what the source's last piece left in `memory`."""
    head = sample(file, _SAMPLE_BYTES)
    reader = detect(head, settings) if head else None
    if reader is None:
        return Opened(file, None, 0, begin)
    rows = reader.parse(head, 0).rows
    reader.state.clear()
    reader.state.update(memory.get("reader", {}))
    return Opened(file, reader, int(rows["at"].min()) if len(rows) else 0, begin)


def _is_new(one: Opened) -> bool:
    """Tell whether a file lies on a disk, whole and unread: reading it ahead waits for nothing."""
    return one.file.path is not None and one.begin.offset == 0 and not one.begin.duplicates


def _given(profiles: Sequence[Profile], name: str) -> Profile | None:
    """Return the operator's profile for a source: the one of its name, else the first."""
    return next((profile for profile in profiles if profile.name == name), profiles[0] if profiles else None)


def learn_profile(source: Source, settings: ReadSettings) -> Profile | None:
    """Propose a profile for `source`; None where no file of it is a log with routes."""
    nowhere = Begin(0, 0, 0, Known(0, ""))
    files = [open_file(file, nowhere, settings, {}) for file in source.files]
    profile = _learnt(_first_with_routes(files), source.name)
    return profile if profile.routes or profile.notes else None


def _learnt(from_: tuple[Opened, Parsed] | None, name: str) -> Profile:
    """Learn a profile from the first part of a log."""
    return learn([from_[1]], name) if from_ else Profile(name=name, learnt=True)


def _first_with_routes(files: Sequence[Opened]) -> tuple[Opened, Parsed] | None:
    """Return the first file that needs a profile, and its first part. Dialects that know their actions need none."""
    for one in files:
        if one.reader is None:
            continue
        parsed = _parsed_apart(one.reader, sample(one.file, _LEARN_BYTES), 0)
        if _has_routes(parsed):
            return one, parsed
    return None


def _refitted(
    files: Sequence[Opened], sealed: Profile, name: str, keys: Keys
) -> tuple[Profile, Adopted] | tuple[Profile, None]:
    """Hold the sealed profile against the unread part; return a better one where that part gives it, else itself."""
    for one in files:
        if one.reader is None or one.begin.offset < 0:
            continue
        data, position = _newer(one)
        parsed = _parsed_apart(one.reader, data, position)
        unread = parsed.rows["at"][parsed.rows["position"] >= one.begin.offset]
        if len(unread) and _has_routes(parsed):
            found = refit(sealed, name, keys, [parsed])
            return (found[0], Adopted(int(unread.min()), *found[1:])) if found else (sealed, None)
    return sealed, None


def _newer(one: Opened) -> tuple[bytes, int]:
    """Return the beginning of what is unread of a file, and its position; where that is little, with lines before."""
    offset = one.begin.offset
    if one.file.path is None:
        return sample(one.file, _LEARN_BYTES), 0
    start = offset
    if one.file.is_plain():
        start = max(0, min(offset, one.file.path.stat().st_size - _NEWER_BYTES))
    block = next(open_blocks(one.file, start, _LEARN_BYTES), None)
    if block is None:
        return b"", offset
    cut = block.data.find(b"\n") + 1 if 0 < start < offset else 0
    return block.data[cut:], block.position + cut


def _parsed_apart(reader: Reader, data: bytes, position: int) -> Parsed:
    """Parse without leaving a trace in the reader's memory."""
    kept = dict(reader.state)
    parsed = reader.parse(data, position)
    reader.state.clear()
    reader.state.update(kept)
    return parsed


def _has_routes(parsed: Parsed) -> bool:
    return bool((parsed.rows["action"] == UNROUTED).any())


def _counted(rejected: Sequence[Rejected]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for one in rejected:
        counts[one.reason] = counts.get(one.reason, 0) + 1
    return counts


def _added(one: dict[str, int], other: dict[str, int]) -> dict[str, int]:
    return {kind: one.get(kind, 0) + other.get(kind, 0) for kind in one.keys() | other.keys()}
