"""The guard: requests and log lines in, answers and orders out, one event loop.

A thin shell around the book. Requests that arrive together are answered together, written to the journal, and only then
scored; the answer to the next one rests on it. What takes long (a local day that begins and is sealed, a snapshot)
happens in a thread of its own, while requests are answered from what is known.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import msgspec
import numpy as np

from maillon.decide.remembered import Fact
from maillon.edges import inbox
from maillon.edges.ledger import Entry
from maillon.edges.state import State
from maillon.facts.answer import Answer
from maillon.facts.break_glass import SteppedUp
from maillon.facts.decision import Decision
from maillon.facts.errors import MaillonError, StateError
from maillon.facts.leak import Prior
from maillon.facts.policy import Policy
from maillon.facts.response import ResponsePolicy
from maillon.facts.verdict import Verdict
from maillon.read.inline import Asked, record
from maillon.read.normalise import Normaliser
from maillon.run.book import Book, Piece, Told
from maillon.run.desk import ALLOW as _ALLOW
from maillon.run.desk import ANSWERED, LOOK, Scored

_MOST_WAITING = 4096
_MOST_NAMES = 1 << 17
_TOGETHER = 256
_TOGETHER_S = 0.02
"""So many requests, or those of so many seconds, are scored together: one at a time costs forty times as much."""
_MANY = 1024
"""So many requests that waited, while a day was sealed or a snapshot taken, are scored beside the answering."""
_DAY_S = 86_400
_FREE = Answer("allow", free=True)
Reply = Callable[[Answer | None, int], None]
"""Called with the answer (None: the guard cannot answer, the proxy does what its operator chose) and the account."""


@dataclass
class Guard:
    """What runs. All its methods belong to the event loop's thread."""

    book: Book
    state: State
    normalisers: Mapping[str, Normaliser]
    commit_seconds: float
    sync_seconds: float
    journal_days: int
    tell: Callable[[Told], None]  # decisions and orders go out by this
    say: Callable[[str], None]  # a sentence for the operator
    failed: str = ""
    committed: int = 0
    named: Mapping[str, Callable[[str], int]] = field(default_factory=dict)  # services whose accounts a proxy names
    keep: Callable[[], None] = lambda: None  # called after each commit, beside the answering
    share: Callable[[Sequence[Entry]], None] = lambda _: None  # hears of each new entry, once it is on the disk
    unshared: Callable[[], list[str]] = list  # the ids of those that may not have arrived where they are shared
    _coming: list[tuple[str, Asked, Reply | None]] = field(default_factory=list)  # None: it was let through
    _pending: dict[int, int] = field(default_factory=dict)  # accounts among them → the turn of the loop they came in
    _unscored: dict[int, int] = field(default_factory=dict)  # accounts whose requests are written down, and not scored
    _hashes: dict[str, int] = field(default_factory=dict)
    _turn: int = 0
    _turning: bool = False
    _soon: bool = False
    _timer: asyncio.TimerHandle | None = None
    _teaching: list[Verdict | Prior] = field(default_factory=list)  # taken when nothing is being scored
    _told: list[Any] = field(default_factory=list)  # paths of the inbox, until they are committed
    _stepped: set[SteppedUp] = field(default_factory=set)  # taken already
    _shared: int = 0  # so many of the book's entries were handed to `share`
    _committing: asyncio.Task[None] | None = None
    _busy: bool = False  # another thread has the scoring
    _stopping: bool = False

    def __post_init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, "scoring")
        self._disk = ThreadPoolExecutor(1, "disk")
        self._saving = ThreadPoolExecutor(1, "journal")

    def ask(self, service: str, asked: Asked, reply: Reply) -> None:
        """Answer one request.

        Where nothing is in force about its account it is let through at once, and written down and scored with others
        a moment later, but never before what the same account asked earlier was scored. Should the process die in that
        moment, the service's log tells of the request: a service whose log is not joined waits until it is written.
        """
        if self.failed or len(self._coming) >= _MOST_WAITING:
            reply(None, 0)
            return
        account = self._account(service, asked.account)
        if account and self.book.desk.in_force.free(account, asked.at):
            if account in self._unscored or self._pending.get(account, self._turn) != self._turn:
                self._answer()
            if self.book.desk.in_force.free(account, asked.at):
                self._pending[account] = self._turn
                self._coming.append((service, asked, None))
                reply(_FREE, account)
                self._later()
                return
        self._coming.append((service, asked, reply))
        self._later(at_once=True)

    def _later(self, *, at_once: bool = False) -> None:
        """Let what came be answered and scored: at the end of this turn of the loop, or together with what follows."""
        loop = asyncio.get_running_loop()
        if not self._turning:
            self._turning = True
            loop.call_soon(self._next_turn)
        if at_once or len(self._coming) >= _TOGETHER:
            if not self._soon:
                self._soon = True
                loop.call_soon(self._answer_first)
        elif self._timer is None:
            self._timer = loop.call_later(_TOGETHER_S, self._answer_first)

    def _next_turn(self) -> None:
        self._turn += 1
        self._turning = False

    def _account(self, service: str, name: str) -> int:
        """Return the hash of an account that a proxy names, 0 where it takes more to tell."""
        if not name or service not in self.named:
            return 0
        held = self._hashes.get(name)
        if held is None:
            try:
                held = self.named[service](name)
            except ValueError:
                return 0
            if len(self._hashes) >= _MOST_NAMES:
                self._hashes.clear()
            self._hashes[name] = held
        return held

    def take(self, fact: Fact) -> None:
        """Take a person's word, a receipt or a stronger log-in: what teaches as soon as nothing is being scored."""
        if isinstance(fact, Verdict | Prior) and self._busy:
            self._teaching.append(fact)
            return
        self.tell(self.book.take(fact))
        self._flush()

    async def adopt(self, found: Sequence[tuple[Entry, bytes]], memory: dict[str, Any]) -> None:
        """Take what other guards shared. Raises StateError where nothing is answered any more."""
        if any(kind in ("verdict", "prior") for (_, kind, _, _), _ in found):
            await self._idle()
        self.tell(self.book.shared(found, memory))
        self._flush()

    async def obey(self, policy: Policy, response: ResponsePolicy) -> None:
        """Take another policy, between two batches."""
        await self._idle()
        self.book.obey(policy, response)
        self._flush()

    def piece(self, piece: Piece) -> None:
        """Admit what a source gave."""
        if self._coming:  # a line may be quicker than the request that it tells of
            self._answer()
        if self.failed:
            return
        self.book.lines(piece)
        self._flush()
        self._score()

    def decided(self, decision: Decision) -> None:
        """Take a decision that the guard itself came to, such as about a flood."""
        self.tell(self.book.decided(decision))

    async def run(self) -> None:
        """Keep the books until `stop`: the journal to the disk, the inbox, commits."""
        loop = asyncio.get_running_loop()
        due = loop.time() + self.commit_seconds
        while not self._stopping:
            await asyncio.sleep(min(self.sync_seconds, 1.0))
            if self.failed:
                continue
            try:
                await self._save()
                self._open_inbox()
            except MaillonError as error:
                self._fail(str(error))
            if loop.time() >= due and (self._committing is None or self._committing.done()):
                self._committing = loop.create_task(self._commit())
                due = loop.time() + self.commit_seconds

    async def _save(self) -> None:
        """Bring the journal to the disk, and hand on what stands there: what others are told stays decided."""
        entries, ready = self.book.entries, len(self.book.entries)
        await asyncio.get_running_loop().run_in_executor(self._saving, self._journal.sync)
        if entries is self.book.entries:  # else a commit hands them on
            self.share(entries[self._shared : ready])
            self._shared = ready

    async def _commit(self) -> None:
        """Commit beside all else: a ledger on another machine may make it wait."""
        try:
            await self.commit()
        except MaillonError as error:
            self._fail(str(error))

    async def stop(self) -> None:
        """Answer no more, commit, and let everything go."""
        self._stopping = True
        if self._committing is not None:
            await self._committing
        if not self.failed:
            await self.commit()
        self._thread.shutdown()
        self._disk.shutdown()
        self._saving.shutdown()
        self._journal.close()

    async def commit(self) -> None:
        """Make everything so far durable in lake, ledger and snapshot. Raises StateError."""
        await self._idle()
        loop = asyncio.get_running_loop()
        desk, book = self.book.desk, self.book
        answering, rows = desk.answering_memory(), desk.admitted()
        entries, book.entries = book.entries, []
        adopted, book.adopted = book.adopted, []
        late, self._shared = entries[self._shared :], 0
        names, book.names = book.names, {}
        pseudonyms, book.pseudonyms = book.pseudonyms, {}
        rejected, book.rejected = book.rejected, []
        told, self._told = self._told, []
        segment = self._journal.turn()
        memory = msgspec.json.decode(msgspec.json.encode(book.memory)) | {"journal": segment}
        memory["unshared"] = [*self.unshared(), *(name for name, _, _, _ in late)]
        self._busy = True
        try:
            saved = await loop.run_in_executor(self._thread, desk.scored_memory, answering)
        finally:
            self._busy = False
        self._score()

        await loop.run_in_executor(self._saving, self._journal.sync)
        self.share(late)

        def write() -> None:
            for some in rows:
                self.state.add(some)
            self.state.add_names(names)
            self.state.add_pseudonyms(pseudonyms)
            for source, some_rejected in rejected:
                self.state.reject(source, some_rejected)
            self.state.commit([*entries, *adopted], memory, msgspec.msgpack.encode(saved))
            inbox.remove(told)
            self._journal.drop(segment, self.journal_days * _DAY_S)
            self.keep()

        await loop.run_in_executor(self._disk, write)
        self.committed += 1

    @property
    def _journal(self) -> Any:  # noqa: ANN401 - a Journal: a guard without one cannot restart
        assert self.book.journal is not None
        return self.book.journal

    def _answer(self) -> None:
        """Answer all requests that are here, write them down, then score them."""
        self._write_down()
        self._score()

    def _answer_first(self) -> None:
        """The same in two turns of the loop: who comes between them need not wait for both."""
        self._write_down()
        asyncio.get_running_loop().call_soon(self._score)

    def _write_down(self) -> None:
        """Answer all requests that are here and write them down."""
        coming, self._coming = self._coming, []
        self._unscored, self._pending = self._unscored | self._pending if self._unscored else self._pending, {}
        self._soon = False
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        by_service: dict[str, list[tuple[Asked, Reply | None]]] = {}
        for service, asked, reply in coming:
            by_service.setdefault(service, []).append((asked, reply))
        replies: list[tuple[Reply | None, Answer | None, int]] = []
        told = []
        try:
            for service, some in by_service.items():
                answers, what = self._asked(service, some)
                told.append(what)
                replies += [(reply, *answer) for (_, reply), answer in zip(some, answers, strict=True)]
            self._flush()
        except MaillonError as error:
            self._fail(str(error))
            replies = [(reply, None, 0) for _, _, reply in coming]
        for reply, answer, account in replies:
            if reply is not None:
                reply(answer, account)
        for one in told:
            self.tell(one)

    def _asked(self, service: str, some: Sequence[tuple[Asked, Reply | None]]) -> tuple[list[tuple[Answer, int]], Told]:
        """Return the answer to each request of one service, with its account; what is no access is let through."""
        asked = [one for one, _ in some]
        events = self.normalisers[service].events(record(asked))
        rows, places = events.rows, events.positions.tolist()
        since = np.array([asked[place].auth_time for place in places], np.int64)
        known = np.array([LOOK if some[place][1] else ANSWERED for place in places], np.uint8)
        if since.any():
            self._step_up(rows, places, asked)
        told = self.book.ask(rows, since, events.names, events.pseudonyms, known)
        answers = [(_ALLOW, 0)] * len(asked)
        for place, answer, account in zip(places, told.answers, rows["account"].tolist(), strict=True):
            answers[place] = (answer, account)
        return answers, told

    def _step_up(self, rows: Any, positions: Sequence[int], asked: Sequence[Asked]) -> None:  # noqa: ANN401 - EVENT
        """Take what verified headers tell of a stronger log-in, where one was asked for."""
        in_force = self.book.desk.in_force
        for row, place in zip(rows, positions, strict=True):
            one = asked[place]
            if not one.auth_time:  # whoever tells no moment may speak of a log-in before the order
                continue
            account, at = int(row["account"]), min(one.auth_time, one.at)
            fact = SteppedUp(account, at, one.acr, int(row["session"]))
            asked_for = [order for order in in_force.standing(account, one.at) if order.action == "step_up"]
            if any(order.at <= at for order in asked_for) and fact not in self._stepped:
                if len(self._stepped) >= _MOST_WAITING:
                    self._stepped.clear()
                self._stepped.add(fact)
                self.book.take(fact)

    def _score(self) -> None:
        """Score what waits, and take the verdicts that wait for that, unless another thread has the scoring."""
        self._unscored = {}  # where another thread has it, answers go on from what is known
        if self._busy or self.failed:
            return
        desk = self.book.desk
        while desk.waiting():
            queue = self.book.cut()
            if desk.turns(queue) or sum(len(batch.rows) for batch in queue) > _MANY:
                self._busy = True
                scoring = asyncio.get_running_loop().run_in_executor(self._thread, desk.score, queue)
                scoring.add_done_callback(self._scored)
                return
            self.tell(self.book.applied(desk.score(queue)))
        teaching, self._teaching = self._teaching, []
        for word in teaching:
            self.take(word)

    def _scored(self, done: asyncio.Future[Scored]) -> None:
        self._busy = False
        if (error := done.exception()) is not None:
            self._fail(f"scoring failed: {type(error).__name__}")
            return
        self.tell(self.book.applied(done.result()))
        self._score()

    async def _idle(self) -> None:
        """Wait until everything that came is scored and nobody else has the scoring."""
        self._answer()
        while self._busy or self.book.desk.waiting():
            await asyncio.sleep(0.001)
            self._answer()
            if self.failed:
                raise StateError(self.failed)

    def _open_inbox(self) -> None:
        words, refused = inbox.waiting(self.state.folder)
        for sentence in refused:
            self.say(sentence)
        for path, word in words:
            if path not in self._told:
                self._told.append(path)
                self.take(word)

    def _flush(self) -> None:
        self._journal.flush()

    def _fail(self, why: str) -> None:
        """Answer no more: nothing that rests on what cannot be written down may leave."""
        if not self.failed:
            self.failed = why
            self.say(f"{why}; no request is answered until this is mended and the guard started again")
