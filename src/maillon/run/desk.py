"""What the guard knows and does, without socket, file or clock: the same calls in the same order give the same answers.

A request is answered from what was scored before it, then scored itself. It is *tentative*: its status is not known
yet. The service's log, joined by request id, confirms or corrects it, so that nothing counts twice.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, replace
from ipaddress import ip_network
from typing import Any

import numpy as np
from numpy.typing import NDArray

from maillon.decide.break_glass import abuse
from maillon.decide.campaign import Campaigns
from maillon.decide.decisions import decisions
from maillon.decide.in_force import opened_by
from maillon.decide.ladder import Ladder
from maillon.decide.orders import lapses, respond
from maillon.decide.remembered import Fact
from maillon.edges.inbox import Word
from maillon.edges.ledger import Entry
from maillon.facts.answer import Answer
from maillon.facts.break_glass import Opened
from maillon.facts.decision import Decision
from maillon.facts.event import Flag, Outcome
from maillon.facts.leak import Prior
from maillon.facts.order import Order
from maillon.facts.policy import Policy
from maillon.facts.verdict import Verdict
from maillon.read.join import LoginJoin
from maillon.read.order import WINDOW_US
from maillon.run.batch import Batch, gathered
from maillon.run.bounded import forget_oldest
from maillon.run.hands import Hands, entry
from maillon.run.scan import service_of
from maillon.run.undo import Places, Undo
from maillon.score.fold import Scoring
from maillon.score.seen import has_seen

_DAY_US = 86_400_000_000
_MOST_ASKED = 1 << 16
_MOST_LISTS = 1 << 12  # requests that showed several patients
_NOBODY = -1
NEW, OWN, ANSWERED, LOOK = range(4)
ALLOW = Answer("allow")
Names = dict[str, dict[int, str]]
_Shown = tuple[bool, int, int, int]  # whether it succeeded; action, patient, how many were listed


@dataclass
class Scored:
    """What scoring a part of the queue gave."""

    decisions: list[Decision] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)  # seals, and what verdicts held back
    counts: dict[str, int] = field(default_factory=dict)
    turned: int = 0  # the moment of the event that began a local day; 0 = none did


@dataclass(frozen=True)
class Given:
    """The answers to some requests, and what their use of emergency passages called for."""

    answers: list[Answer]
    known: NDArray[np.uint8]
    decisions: list[Decision]
    orders: list[Order]
    opened: list[Opened]


class Desk:
    """All that the guard remembers.

    `score` and `scored_memory` touch scoring, ladder, campaigns and undo only, the rest touches the others: one thread
    may score while another answers.
    """

    def __init__(
        self,
        policy: Policy,
        hands: Hands,
        names: Names,
        saved: dict[str, Any] | None = None,
        sole: Iterable[int] = (),
    ) -> None:
        """`saved` is what the memories gave; `sole` are services whose log is not to be counted beside requests."""
        saved = saved or {}
        guard = saved.get("guard", {})
        self.names = names
        self.hands = hands
        self.in_force = hands.in_force
        self.scoring = Scoring.from_bytes(saved["scoring"], policy) if saved else Scoring(policy)
        self.scoring.name_programs(hands.directory.programs())
        self.ladder = Ladder(saved.get("ladder"))
        self.campaigns = Campaigns(saved.get("campaigns"))
        self.undo = Undo(saved.get("undo"))
        self.day: int = saved.get("day", -(1 << 30))
        self.join = LoginJoin(saved.get("join"))
        self.newest: dict[str, int] = guard.get("newest", {})
        self.counts: dict[str, int] = guard.get("counts", {})
        self._asked: dict[int, int] = dict(guard.get("requests", ()))  # request → its account
        self._told: dict[int, int] = dict(guard.get("told", ()))  # request → the patient that a log first told of
        self._more = {request: set(patients) for request, patients in guard.get("more", ())}  # the patients after that
        self._admitted: list[NDArray[Any]] = []  # for the lake
        self._unwritten: dict[int, tuple[NDArray[Any], int, _Shown]] = {}  # request → its event among them
        self._queue: list[Batch] = []
        self._sole = np.array(sorted(sole), np.uint64)
        self._places = Places()
        self.reached: int = guard.get("reached", 0)

    def ask(self, rows: NDArray[Any], since: NDArray[np.int64], known: NDArray[np.uint8] | None = None) -> Given:
        """Answer requests (rows of EVENT, changed in place) and admit them.

        `since`: when the session began, 0 = not told. `known`: NEW or OWN (is the patient the account's own?), or
        ANSWERED: it was let through already, as nothing was in force; LOOK: to be looked up. A replay gives what came
        out at the time.
        """
        self.join.attribute(rows)
        found = np.full(len(rows), LOOK, np.uint8) if known is None else known
        accounts, requests = rows["account"].tolist(), rows["request"].tolist()
        given = Given([ALLOW] * len(rows), found, [], [], [])
        for place in np.flatnonzero(found != ANSWERED).tolist():
            self._answer(place, rows, int(since[place]), given)
        mine = self._admit(rows)
        for place, (request, account, shown) in enumerate(zip(requests, accounts, _shown(rows), strict=True)):
            if request:
                self._asked[request] = account
                self._told.pop(request, None)
                self._unwritten[request] = (mine, place, shown)
        for request in forget_oldest(self._asked, _MOST_ASKED):
            self._count("unconfirmed", self._told.pop(request, None) is None)
            self._more.pop(request, None)
        self._count("asked", len(rows))
        self._count("refused", sum(answer.verdict != "allow" for answer in given.answers))
        self._queue.append(Batch(rows, rows["request"] != 0))
        return given

    def _answer(self, place: int, rows: NDArray[Any], since: int, given: Given) -> None:
        """Answer one request of several."""
        row = rows[place]
        account, patient, action, at = int(row["account"]), int(row["patient"]), int(row["action"]), int(row["at"])
        if given.known[place] == LOOK:
            own = patient and self.in_force.standing(account, at) and self.knows(account, patient)
            given.known[place] = OWN if own else NEW
        answer = self.in_force.answer(
            account,
            patient,
            action,
            at,
            bool(given.known[place] == OWN),
            session=int(row["session"]),
            session_since=since,
        )
        given.answers[place] = answer
        if answer.verdict != "allow":
            row["outcome"] = Outcome.REFUSED
        through = opened_by(answer, account, patient, action, at)
        if through is None:
            return
        self.in_force.take(through)
        given.opened.append(through)
        if through.refused and (abused := self._abuse(account, through.under)):
            given.decisions.append(abused)
            given.orders.extend(respond([abused], self.in_force, self.hands.directory, self.hands.learnt))

    def lines(self, source: str, rows: NDArray[Any]) -> int:
        """Admit events of a log; return how many only confirmed or corrected what was asked already.

        One request may show several patients, in several messages: each counts, and each counts once.
        """
        if not len(rows):
            return 0
        newest = np.maximum(np.maximum.accumulate(rows["at"]), self.newest.get(source, int(rows["at"][0])))
        rows["flags"][rows["at"] < newest - WINDOW_US] |= int(Flag.LATE)
        self.newest[source] = int(newest[-1])
        batch = Batch()
        joined = np.isin(rows["service"], self._sole)
        requests, patients, shown = rows["request"].tolist(), rows["patient"].tolist(), _shown(rows)
        for place, (request, patient, sole) in enumerate(zip(requests, patients, joined.tolist(), strict=True)):
            if sole or request not in self._asked:
                continue
            first = self._told.setdefault(request, _NOBODY)
            if first == _NOBODY:
                self._told[request] = patient
                self._settle(request, rows, place, shown[place], batch)
                joined[place] = True
            elif patient == first or patient in self._more.get(request, ()):
                self._count("repeated", 1)  # in a second log
                joined[place] = True
            else:
                self._more.setdefault(request, set()).add(patient)
        forget_oldest(self._more, _MOST_LISTS)
        batch.rows = rows[~joined]
        batch.tentative = np.zeros(len(batch.rows), bool)
        self.join.attribute(batch.rows)
        self._admit(batch.rows)
        self._queue.append(batch)
        self._count("lines", len(rows))
        self._count("joined", int(joined.sum()))
        return int(joined.sum())

    def take(self, fact: Fact) -> list[Entry]:
        """Take a person's word, a receipt or a stronger log-in; return the entries to commit.

        A word is admitted at the moment that the events have reached; one that was taken already changes nothing. A
        verdict and a leak teach: nothing may be scored meanwhile.
        """
        if not isinstance(fact, Word):
            self.in_force.take(fact)
            return [entry(fact)]
        if any(one.id == fact.id for one in self.in_force.facts() if isinstance(one, Word)):
            return []
        self.hands.last = max(self.reached, self.hands.last + 1)
        entries = self.hands.take(fact, self.hands.last)
        self._learn(fact)
        return entries

    def adopt(self, fact: Fact) -> None:
        """Take a fact as another guard took it; what people say here comes after it. What teaches, teaches."""
        self.in_force.take(fact)
        self.hands.last = max(self.hands.last, fact.at)
        self._learn(fact)

    def _learn(self, fact: Fact) -> None:
        if isinstance(fact, Verdict):
            self.hands.teach(self.ladder, self.scoring)
            for account in fact.accounts:
                self.undo.drop(account)
        if isinstance(fact, Prior):
            self.hands.teach(self.ladder, self.scoring)
            self.undo.drop(fact.account_hash)

    def knows(self, account: int, patient: int) -> bool:
        """Tell whether the account saw this patient before."""
        row = self._places.row(account, self.scoring)
        return row >= 0 and bool(has_seen(self.scoring.accounts[row]["seen"], np.uint64(patient)))

    def own(self, account: int) -> bytes:
        """Return the table of the patients that the account saw before (score/seen.py); empty where it has none."""
        row = self._places.row(account, self.scoring)
        return self.scoring.accounts[row]["seen"].tobytes() if row >= 0 else b""

    def lend(self, account: int, own: bytes) -> None:
        """Take the table of an account's own patients from another guard: who scores has its own."""

    def waiting(self) -> int:
        """Return how many parts wait to be scored."""
        return len(self._queue)

    def cut(self) -> list[Batch]:
        """Take everything that waits to be scored."""
        queue, self._queue = self._queue, []
        return queue

    def turns(self, queue: Iterable[Batch]) -> bool:
        """Tell whether scoring this begins a local day, which takes long: its thresholds are sealed."""
        return any(len(batch.rows) and int(_days(batch.rows).max()) > self.day for batch in queue)

    def score(self, queue: Iterable[Batch]) -> Scored:
        """Score what `cut` returned."""
        scored = Scored()
        for batch in gathered(queue):
            for account, request in batch.confirms:
                self.undo.confirm(account, request)
            for row in batch.corrects:
                again = self.undo.correct(int(row[0]["account"]), row, self.scoring)
                told = "corrected" if again is not None else "too late to correct"
                scored.counts[told] = scored.counts.get(told, 0) + 1
                if again is not None:
                    scored.decisions += self._fold(again)
            if len(batch.rows):
                self.undo.note(batch.rows, batch.tentative, self.scoring)
                day = int(_days(batch.rows).max())
                if day > self.day:
                    self.day, scored.turned = day, int(batch.rows["at"].max())
                scored.decisions += self._fold(batch.rows)
        scored.entries = [(seal.digest, "seal", seal.at, asdict(seal)) for seal in self.scoring.drain_seals()]
        scored.entries += self.hands.held()
        return scored

    def apply(self, scored: Scored) -> list[Order]:
        """Put in force what was decided; return the orders."""
        for what, how_many in scored.counts.items():
            self._count(what, how_many)
        if scored.turned:
            self.in_force.forget(scored.turned)
        return respond(scored.decisions, self.in_force, self.hands.directory, self.hands.learnt)

    def answering_memory(self) -> dict[str, Any]:
        """Return what must survive a restart of what answers. Nothing may wait to be scored."""
        assert not self._queue
        join = LoginJoin()
        join.sessions, join.addresses = dict(self.join.sessions), dict(self.join.addresses)
        guard = {
            "reached": self.reached,
            "newest": dict(self.newest),
            "counts": dict(self.counts),
        }
        more = {request: list(patients) for request, patients in self._more.items()}
        asked = {"requests": dict(self._asked), "told": dict(self._told), "more": more}
        return {"join": join, "asked": asked, "guard": guard, "taught": sorted(self.hands.taught)}

    def scored_memory(self, answering: dict[str, Any]) -> dict[str, Any]:
        """Return a whole snapshot: `answering` as it was returned, and what scoring remembers."""
        asked = {what: list(held.items()) for what, held in answering["asked"].items()}
        return {
            "scoring": self.scoring.to_bytes(),
            "join": answering["join"].memory(),
            "ladder": self.ladder.memory(),
            "campaigns": self.campaigns.memory(),
            "undo": self.undo.memory(),
            "day": self.day,
            "pending": b"",
            "sources": [],
            "watermark": answering["guard"]["reached"],
            "taught": answering["taught"],
            "guard": answering["guard"] | asked,
        }

    def admitted(self) -> list[NDArray[Any]]:
        """Hand over the events for the lake, in admitted order."""
        admitted, self._admitted, self._unwritten = self._admitted, [], {}
        return admitted

    def _admit(self, rows: NDArray[Any]) -> NDArray[Any]:
        """Keep a copy for the lake, which later lines may correct; return it."""
        mine = rows.copy()
        if len(mine):
            self.reached = max(self.reached, int(mine["at"].max()))
            self._admitted.append(mine)
        return mine

    def _abuse(self, account: int, glass: str) -> Decision | None:
        found = [abuse(one, self.in_force) for one in self.in_force.glasses(account) if one.id == glass]
        return found[0] if found else None

    def _settle(self, request: int, rows: NDArray[Any], place: int, shown: _Shown, batch: Batch) -> None:
        """Let a log line confirm or correct the request of its id."""
        account = self._asked[request]
        mine, at, was = self._unwritten.pop(request, (None, 0, None))
        if shown == was or (mine is None and shown[0]):
            batch.confirms.append((account or int(rows["account"][place]), request))
            return
        row = rows[place : place + 1].copy()
        row["account"] = account or row["account"]
        if mine is not None:
            row["at"], row["zone"] = mine[at]["at"], mine[at]["zone"]
            mine[at] = row[0]
        batch.corrects.append(row)

    def _fold(self, rows: NDArray[Any]) -> list[Decision]:
        evidence = self.scoring.fold(rows)
        decided = decisions(rows, evidence, self.ladder, self.campaigns, self.names, self.hands.holds)
        decided.sort(key=lambda one: (one.at, one.id))
        for one in decided:
            self.ladder.let_go(one.account_hash, lapses(one, self.in_force.policy))
        return [replace(one, service=service_of(one, rows, self.names), address=self._address(one)) for one in decided]

    def _address(self, decision: Decision) -> str:
        """Return the network of a decision where blocking it would hit nobody but those who are suspected."""
        if not self.campaigns.only_suspects(decision.network, decision.account_hash):
            return ""
        name = self.names.get("network", {}).get(decision.network, "")
        try:
            return name if ip_network(name).is_global else ""
        except ValueError:
            return ""  # a host, a local socket

    def _count(self, what: str, how_many: int) -> None:
        self.counts[what] = self.counts.get(what, 0) + int(how_many)


def _shown(rows: NDArray[Any]) -> list[_Shown]:
    columns = (rows["outcome"] == int(Outcome.OK), rows["action"], rows["patient"], rows["listed"])
    return list(zip(*(column.tolist() for column in columns), strict=True))


def _days(rows: NDArray[Any]) -> NDArray[np.int64]:
    days: NDArray[np.int64] = (rows["at"] + rows["zone"].astype(np.int64) * 1_000_000) // _DAY_US
    return days
