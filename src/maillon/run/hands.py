"""What people say by hand, taken into a run: orders, verdicts, reviews, leaks, in the order in which they are admitted.

A word waits in the inbox until the process that holds the state takes it in, stamps it with the moment of event time
that it has reached, and commits it to the ledger. Every runner does the same: `scan` before it reads, `serve` all the
time.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from hashlib import sha256
from pathlib import Path

import msgspec

from maillon.decide.cap import Learnt
from maillon.decide.in_force import KINDS, InForce, kind_of
from maillon.decide.ladder import Ladder
from maillon.decide.orders import by_hand
from maillon.decide.remembered import Fact
from maillon.edges import inbox
from maillon.edges.inbox import Word
from maillon.edges.ledger import Entry
from maillon.edges.state import State
from maillon.facts.break_glass import BreakGlass
from maillon.facts.directory import Directory
from maillon.facts.hand import HandOrder
from maillon.facts.leak import Prior
from maillon.facts.response import ResponsePolicy
from maillon.facts.verdict import Held, Verdict
from maillon.score.fold import Scoring

_DAY_US = 86_400_000_000
_FOREVER = 1 << 63


def entry(fact: Fact) -> Entry:
    """Return a fact as an entry of the ledger."""
    body = asdict(fact)
    name = getattr(fact, "id", "") or sha256(msgspec.json.encode([kind_of(fact), body], order="sorted")).hexdigest()
    return name, kind_of(fact), fact.at, body


def policy_entry(policy: ResponsePolicy, at: int) -> Entry:
    """Return the entry by which a runner tells the ledger, and the commands beside it, which policy is in force."""
    body = asdict(policy)
    return sha256(msgspec.json.encode(["response", at, body])).hexdigest(), "response", at, body


def policy_of(state: State) -> ResponsePolicy:
    """Return the policy that the ledger names last, else the usual one."""
    told = state.entries("response")
    return msgspec.convert(told[-1], ResponsePolicy) if told else ResponsePolicy()


def facts_of(state: State) -> Iterator[Fact]:
    """Yield every fact of the ledger that `InForce` takes."""
    for kind, type_ in KINDS.items():
        for body in state.entries(kind):
            yield msgspec.convert(body, type_)


def reached(state: State) -> int:
    """Return the moment of event time up to which a state has admitted events; 0 where it has read nothing."""
    snapshot, _ = state.load()
    return max(0, msgspec.msgpack.decode(snapshot)["watermark"]) if snapshot else 0


@dataclass
class Hands:
    """What is in force in a run, and which words of people it has already learnt from."""

    folder: Path
    in_force: InForce
    directory: Directory = field(default_factory=Directory)
    learnt: Learnt = field(default_factory=dict)
    taught: set[str] = field(default_factory=set)  # words that ladder and scoring know of: part of the snapshot
    last: int = 0  # moment of the last word
    refused: list[str] = field(default_factory=list)  # sentences about files set aside, for the operator
    _held: dict[str, Entry] = field(default_factory=dict)
    _done: list[Path] = field(default_factory=list)

    def take_in(self, at: int, ladder: Ladder, scoring: Scoring | None) -> list[Entry]:
        """Take in what waits, at event time `at`; return the entries to commit. Call `committed` after that."""
        words, refused = inbox.waiting(self.folder)
        self.refused += refused
        entries: list[Entry] = []
        known = {one.id for one in self.in_force.facts() if isinstance(one, Word)} if words else set()
        for path, word in words:
            self._done.append(path)
            if word.id not in known:
                self.last = max(at, self.last + 1)
                entries += self.take(word, self.last)
        self.teach(ladder, scoring)
        return entries

    def committed(self) -> None:
        """Remove from the inbox what is in the ledger now."""
        inbox.remove(self._done)
        self._done = []

    def teach(self, ladder: Ladder, scoring: Scoring | None, before: int = _FOREVER) -> None:
        """Let every word before a moment that teaches, and did not yet, reach ladder and scoring.

        Verdicts `legitimate` that count, and what leaks told of accounts.
        """
        for verdict in self.in_force.verdicts():
            if verdict.at >= before or verdict.id in self.taught or not self.in_force.agreed(verdict):
                continue
            self.taught.add(verdict.id)
            for account in verdict.accounts:
                ladder.let_go(account, verdict.at)
                if scoring is not None:
                    scoring.forgive(account)
        for prior in self.in_force.priors():
            if prior.at < before and prior.id not in self.taught:
                self.taught.add(prior.id)
                if scoring is not None:
                    scoring.raise_prior(prior)

    def teachers(self) -> list[Verdict | Prior]:
        """Return the words that teach, whether they did already or not."""
        verdicts = [one for one in self.in_force.verdicts() if self.in_force.agreed(one)]
        return sorted([*verdicts, *self.in_force.priors()], key=lambda one: (one.at, one.id))

    def holds(self, evidence: Held, at: int) -> bool:
        """Tell whether a verdict holds evidence back, and note it for the ledger: each kind and origin once a day."""
        if not self.in_force.held(evidence, at):
            return False
        body = asdict(evidence)
        name = sha256(msgspec.json.encode(["held", body, at // _DAY_US], order="sorted")).hexdigest()[:16]
        self._held.setdefault(name, (name, "held", at, body))
        return True

    def held(self) -> list[Entry]:
        """Return the entries of what was held back since the last call."""
        entries, self._held = list(self._held.values()), {}
        return entries

    def take(self, word: Word, at: int) -> list[Entry]:
        """Take a word that is admitted at event time `at`; return the entries to commit."""
        if isinstance(word, HandOrder):
            stamped = replace(word, at=at, until=_moved(word, at))
            orders = by_hand(stamped, self.in_force, self.directory, self.learnt)
            return [entry(stamped), *map(entry, orders)]
        fact = word if isinstance(word, BreakGlass) else replace(word, at=at)
        if isinstance(fact, Verdict):
            fact = replace(fact, until=_moved(word, at))
        self.in_force.take(fact)
        return [entry(fact)]


def begin(state: State, directory: Directory | None = None, taught: Sequence[str] = ()) -> Hands:
    """Return what is in force in `state`: a fold of its ledger. `taught` is what the snapshot says of it."""
    facts = list(facts_of(state))
    in_force = InForce(policy_of(state))
    for fact in facts:
        in_force.take(fact)
    last = max((one.at for one in facts), default=0)
    return Hands(state.folder, in_force, directory or Directory(), taught=set(taught), last=last)


def look(state: State) -> Hands:
    """Return what is in force in `state` with the words that wait in its inbox; nothing is written or removed."""
    hands = begin(state)
    known = {one.id for one in hands.in_force.facts() if isinstance(one, Word)}
    for _, word in inbox.waiting(state.folder, look_only=True)[0]:
        if word.id not in known:
            hands.last = max(reached(state), hands.last + 1)
            hands.take(word, hands.last)
    return hands


def take_in_alone(state: State) -> Hands:
    """Take in what waits where no runner is at work: into the ledger only; the next run's ladder and scoring learn."""
    hands = begin(state)
    snapshot, memory = state.load()
    entries = hands.take_in(reached(state), Ladder(), None)
    if entries:
        state.commit(entries, memory, snapshot or b"")
    hands.committed()
    return hands


def _moved(word: Word, at: int) -> int:
    """Return the end of a word that lasts as long from its admission as it was to last from when it was said."""
    assert isinstance(word, (HandOrder, Verdict))
    return at + word.until - word.said if word.until else 0
