"""Guards that share what they decided and what is in force, by a topic of Kafka: each writes its own, each reads all.

What is in force is a set of facts, of which each counts once, in whatever order they come. So guards need not agree on
anything but the key that makes pseudonyms.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from maillon.decide.in_force import KINDS
from maillon.edges.kafka_shared import Shared, Sink, shared_of
from maillon.edges.ledger import Entry
from maillon.edges.sources.kafka import Reading, Records, reading
from maillon.edges.state import State
from maillon.facts.coverage import Coverage
from maillon.facts.decision import Decision
from maillon.facts.serving import Broker
from maillon.read.pseudonym import Keys
from maillon.run.book import Book

SHARED_KINDS = frozenset({"decision", *KINDS} - {"receipt"})
"""Kinds of entries that others hear of. What a responder did concerns the guard that asked it."""

_DOMAIN = "shared entries"

Adopt = Callable[[Sequence[tuple[Entry, bytes]], dict[str, dict[str, int]]], None]
"""Takes entries of other guards and the position behind them; returns when they are taken."""


class Sharing:
    """What one guard shares with others. `share` and `unshared` belong to the guard's thread."""

    def __init__(self, broker: Broker, keys: Keys, book: Book, state: State, say: Callable[[str], None]) -> None:
        """Raises UsageError where the client is missing or its settings cannot be meant."""
        self._broker = broker
        self._keys = keys
        self._book = book
        self._say = say
        self._origin = state.genesis[:16]
        self._sink = Sink(broker, self._sign, say)
        self._refused: set[str] = set()
        self.coverage = Coverage(f"[kafka]/{broker.decisions}", dialect="shared entries")
        self.share(_unshared(state, set(book.memory.get("unshared", ()))))

    def share(self, entries: Sequence[Entry]) -> None:
        """Let others hear of new entries."""
        self._sink.write([self._shared(one) for one in entries if one[1] in SHARED_KINDS])

    def unshared(self) -> list[str]:
        """Return the ids of entries that may not have arrived."""
        return self._sink.waiting()

    def close(self) -> None:
        """Wait a moment for what is under way."""
        self._sink.close()

    def reading(self, adopt: Adopt) -> Reading:
        """Return what reads the others' entries, in a thread of its own."""

        def take(some: Records) -> None:
            if some.note:
                self._say(some.note)
            found = [one for one in map(self._believed, filter(None, some.values)) if one is not None]
            others = [(one.entry, one.own) for one in found if one.origin != self._origin]
            if some.values or some.note:
                adopt(others, {self._place(some.partition): {"ordinal": some.after}})

        return reading(self._broker, self._broker.decisions, self._position, take, self._say)

    def _shared(self, one: Entry) -> Shared:
        body = one[3]
        slows = one[1] == "order" and body["action"] == "pace"
        return Shared(one, self._origin, self._book.desk.own(body["account_hash"]) if slows else b"")

    def _believed(self, value: bytes) -> Shared | None:
        found = shared_of(value, self._sign)
        self.coverage.records += 1
        if not isinstance(found, str) and not _understood(found.entry):
            found = "of another version of Maillon"
        if isinstance(found, str):
            self.coverage.rejected[found] = self.coverage.rejected.get(found, 0) + 1
            if found not in self._refused:
                self._refused.add(found)
                self._say(f"the topic {self._broker.decisions}: a record is not believed: {found}")
            return None
        self.coverage.parsed += 1
        return found

    def _sign(self, text: bytes) -> str:
        return self._keys.pseudonym(_DOMAIN, text)

    def _place(self, partition: int) -> str:
        return f"{self.coverage.source}/{partition}"

    def _position(self, partition: int) -> int:
        at: int = self._book.memory.get("sources", {}).get(self._place(partition), {}).get("ordinal", -1)
        return at


def _understood(one: Entry) -> bool:
    """Tell whether an entry is of a kind and a form that this version knows."""
    _, kind, _, body = one
    try:
        msgspec.convert(body, Decision if kind == "decision" else KINDS[kind])
    except (msgspec.ValidationError, KeyError):
        return False
    return kind in SHARED_KINDS


def _unshared(state: State, ids: set[str]) -> list[Entry]:
    """Return entries that were committed before it was known whether they had arrived."""
    links = state.links() if ids else ()
    return [(one.id, one.kind, one.at, msgspec.json.decode(one.body)) for one in links if one.id in ids and one.body]
