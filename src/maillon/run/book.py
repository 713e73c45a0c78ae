"""The desk with a journal beside it: what is admitted is written down first, and can be done again.

A frame is one call of the desk. `redo` makes the same call again, and nothing else can change what the desk knows.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from maillon.decide.break_glass import open_glass
from maillon.decide.in_force import KINDS, kind_of
from maillon.decide.remembered import Fact
from maillon.edges.journal import Journal
from maillon.edges.ledger import Entry
from maillon.facts.answer import Answer
from maillon.facts.break_glass import BreakGlass
from maillon.facts.decision import Decision
from maillon.facts.event import EVENT
from maillon.facts.order import Order
from maillon.facts.policy import Policy
from maillon.facts.record import Rejected
from maillon.facts.response import ResponsePolicy
from maillon.run.batch import Batch
from maillon.run.bounded import forget_oldest
from maillon.run.desk import Desk, Given, Scored
from maillon.run.hands import entry, policy_entry

_ASK, _LINES, _FACT, _DECIDED, _GLASS, _POLICY, _CUT, _SCORED, _SHARED = range(9)
_MOST_ADOPTED = 1 << 16


@dataclass
class Piece:
    """What one source gave: events, what may be read of them, and where to read on after them."""

    source: str
    rows: NDArray[Any]  # EVENT
    names: dict[str, dict[int, str]] = field(default_factory=dict)
    pseudonyms: dict[int, str] = field(default_factory=dict)
    rejected: Sequence[Rejected] = ()
    memory: dict[str, Any] = field(default_factory=dict)  # merged into the memory of sources
    known: tuple[int, dict[str, Any]] | None = None  # how far a file was read: its number among the contents


@dataclass
class Told:
    """What came of a call: the answers, what was decided, what was ordered."""

    answers: list[Answer] = field(default_factory=list)
    decisions: list[Decision] = field(default_factory=list)
    orders: list[Order] = field(default_factory=list)


class Book:
    """A desk, its journal, and what waits to be committed."""

    def __init__(self, desk: Desk, journal: Journal | None, memory: dict[str, Any]) -> None:
        """`memory` is that of the sources. Without a journal nothing is written down."""
        self.desk = desk
        self.journal = journal
        self.memory = memory
        self.entries: list[Entry] = []
        self.adopted: list[Entry] = []  # of other guards
        self.names: dict[str, dict[int, str]] = {}
        self.pseudonyms: dict[int, str] = {}
        self.rejected: list[tuple[str, Sequence[Rejected]]] = []
        self._cut: list[Batch] = []
        self._known: dict[str, None] = {}  # ids of what other guards shared

    def ask(
        self,
        rows: NDArray[Any],
        since: NDArray[np.int64],
        names: dict[str, dict[int, str]],
        pseudonyms: dict[int, str],
        known: NDArray[np.uint8] | None = None,
    ) -> Told:
        """Answer and admit requests; the answers may leave when this returns."""
        raw = rows.tobytes()
        self._learn(names, pseudonyms)
        given = self.desk.ask(rows, since, known)
        self._write(_ASK, raw, since.tobytes(), given.known.tobytes(), names, pseudonyms)
        self.entries += [entry(one) for one in given.opened]
        return self._told(given)

    def lines(self, piece: Piece) -> int:
        """Admit what a source gave; return how many events only confirmed requests."""
        rows = piece.rows
        rejected = [(one.position, one.reason, one.shape) for one in piece.rejected]
        self._write(
            _LINES, piece.source, rows.tobytes(), piece.names, piece.pseudonyms, rejected, piece.memory, piece.known
        )
        self._learn(piece.names, piece.pseudonyms)
        if piece.rejected:
            self.rejected.append((piece.source, piece.rejected))
        for name, value in piece.memory.items():
            self.memory.setdefault("sources", {})[name] = value
        if piece.known is not None:
            contents = self.memory.setdefault("contents", [])
            number, known = piece.known
            contents.extend({} for _ in range(number + 1 - len(contents)))
            contents[number] = known
        return self.desk.lines(piece.source, rows.copy())

    def take(self, fact: Fact) -> Told:
        """Take a person's word, a receipt or a stronger log-in."""
        self._write(_FACT, kind_of(fact), asdict(fact))
        entries = self.desk.take(fact)
        self.entries += entries
        return Told(orders=[msgspec.convert(body, Order) for _, kind, _, body in entries if kind == "order"])

    def shared(self, found: Sequence[tuple[Entry, bytes]], memory: dict[str, Any]) -> Told:
        """Take entries of other guards' ledgers as they are, with the tables that go with them. Each counts once."""
        self._write(_SHARED, found, memory)
        self.memory.setdefault("sources", {}).update(memory)
        told = Told()
        for one, own in found:
            name, kind, _, body = one
            if name in self._known:
                continue
            self._known[name] = None
            self.adopted.append(one)
            if own:
                self.desk.lend(body["account_hash"], own)
            if kind in KINDS:
                self.desk.adopt(msgspec.convert(body, KINDS[kind]))
            if kind == "decision":
                told.decisions.append(msgspec.convert(body, Decision))
            elif kind == "order":
                told.orders.append(msgspec.convert(body, Order))
        forget_oldest(self._known, _MOST_ADOPTED)
        return told

    def decided(self, decision: Decision) -> Told:
        """Take a decision that the guard itself came to."""
        self._write(_DECIDED, asdict(decision))
        return self._apply(Scored([decision]))

    def open_glass(
        self,
        account: str,
        account_hash: int,
        reason: str,
        at: int,
        zone: int,
        session: int = 0,
        person: str = "",
        why: str = "",
    ) -> BreakGlass | str:
        """Open an emergency passage; return it, or the code of why none opens."""
        in_force = self.desk.in_force
        before = {one.id for one in in_force.glasses(account_hash)}
        self._write(_GLASS, account, account_hash, reason, at, zone, session, person, why)
        found = open_glass(
            account, account_hash, reason, at, in_force, zone=zone, session=session, person=person, why=why
        )
        if isinstance(found, BreakGlass) and found.id not in before:
            self.entries.append(entry(found))
        return found

    def obey(self, policy: Policy, response: ResponsePolicy) -> None:
        """Take another policy. Nothing may be scored meanwhile."""
        self._write(_POLICY, asdict(policy), asdict(response))
        self.desk.scoring.obey(policy)
        self.desk.in_force.policy = response
        self.entries.append(policy_entry(response, self.desk.reached))

    def cut(self) -> list[Batch]:
        """Take what waits, to be scored by `desk.score`; `applied` must follow before the next cut."""
        self._write(_CUT)
        self._cut = self.desk.cut()
        return self._cut

    def applied(self, scored: Scored) -> Told:
        """Put in force what scoring the last cut gave."""
        self._write(_SCORED)
        self._cut = []
        return self._apply(scored)

    def _apply(self, scored: Scored) -> Told:
        orders = self.desk.apply(scored)
        self.entries += scored.entries
        return self._told(Given([], np.zeros(0, np.uint8), scored.decisions, orders, []))

    def redo(self, frames: Iterable[bytes]) -> Iterable[Told]:
        """Do again what frames of a journal tell, and yield what comes of each. What still waits is scored last."""
        journal, self.journal = self.journal, None
        for frame in frames:
            yield self._redo(msgspec.msgpack.decode(frame, strict=False))
        self.journal = journal
        if self._cut:
            yield self.applied(self.desk.score(self._cut))
        if self.desk.waiting():
            yield self.applied(self.desk.score(self.cut()))

    def _redo(self, frame: list[Any]) -> Told:
        what, *parts = frame
        if what == _ASK:
            raw, since, known, names, pseudonyms = parts
            rows = np.frombuffer(raw, EVENT).copy()
            return self.ask(
                rows,
                np.frombuffer(since, np.int64),
                _named(names),
                _numbered(pseudonyms),
                np.frombuffer(known, bool).copy(),
            )
        if what == _LINES:
            source, raw, names, pseudonyms, rejected, memory, known = parts
            piece = Piece(
                source, np.frombuffer(raw, EVENT), _named(names), _numbered(pseudonyms),
                [Rejected(*one) for one in rejected], memory, tuple(known) if known else None,
            )  # fmt: skip
            self.lines(piece)
            return Told()
        if what == _FACT:
            return self.take(msgspec.convert(parts[1], KINDS[parts[0]]))
        if what == _DECIDED:
            return self.decided(msgspec.convert(parts[0], Decision))
        if what == _GLASS:
            self.open_glass(*parts)
            return Told()
        if what == _SHARED:
            return self.shared([(tuple(one), own) for one, own in parts[0]], parts[1])
        if what == _POLICY:
            self.obey(msgspec.convert(parts[0], Policy), msgspec.convert(parts[1], ResponsePolicy))
            return Told()
        if what == _CUT:
            self.cut()
            return Told()
        return self.applied(self.desk.score(self._cut))

    def _told(self, given: Given) -> Told:
        self.entries += [(one.id, "decision", one.at, asdict(one)) for one in given.decisions]
        self.entries += [entry(one) for one in given.orders]
        return Told(given.answers, given.decisions, given.orders)

    def _learn(self, names: dict[str, dict[int, str]], pseudonyms: dict[int, str]) -> None:
        for kind, named in names.items():
            if named:
                self.desk.names.setdefault(kind, {}).update(named)
                self.names.setdefault(kind, {}).update(named)
        self.pseudonyms.update(pseudonyms)

    def _write(self, *parts: Any) -> None:  # noqa: ANN401 - plain values
        if self.journal is not None:
            self.journal.add(msgspec.msgpack.encode(parts))


def _named(names: dict[str, Any]) -> dict[str, dict[int, str]]:
    return {kind: _numbered(named) for kind, named in names.items()}


def _numbered(named: dict[Any, str]) -> dict[int, str]:
    return {int(key): name for key, name in named.items()}
