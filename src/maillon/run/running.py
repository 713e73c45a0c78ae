"""A guard that runs: built from its configuration and its state, with responders, and what the API asks of it."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from maillon.decide.break_glass import REFUSALS
from maillon.decide.in_force import InForce
from maillon.edges.journal import Journal
from maillon.edges.responders.configured import Configured
from maillon.edges.state import State
from maillon.explain.flood import flood_reason
from maillon.facts.break_glass import BreakGlass
from maillon.facts.decision import Decision
from maillon.facts.directory import Directory
from maillon.facts.errors import StateError, UsageError
from maillon.facts.event import Action
from maillon.facts.policy import Policy
from maillon.facts.profile import Profile
from maillon.facts.response import ResponsePolicy
from maillon.facts.serving import Limits, Serving
from maillon.read.inline import Asked, record
from maillon.read.normalise import Normaliser, account_hash, service_hash
from maillon.read.profile import load_profile
from maillon.read.pseudonym import Keys
from maillon.run.book import Book, Piece, Told
from maillon.run.broker_settings import SHARED
from maillon.run.desk import Desk
from maillon.run.door import Door
from maillon.run.guard import Guard
from maillon.run.hands import Hands, facts_of, policy_entry
from maillon.run.responding import Responding
from maillon.run.retention import daily

_KEPT_DECISIONS = 2000
_LOOK_AGAIN_S = 5.0
_DAY_US = 86_400_000_000


def load_book(serving: Serving, state: State, keys: Keys, directory: Directory) -> tuple[Book, list[Told]]:
    """Return the book as it was when the state was last in use, and what the journal's end told. Raises StateError."""
    saved, memory = state.load()
    in_force = InForce(serving.response)
    last = 0
    for fact in facts_of(state):
        in_force.take(fact)
        last = max(last, fact.at)
    snapshot = msgspec.msgpack.decode(saved) if saved else None
    hands = Hands(state.folder, in_force, directory, taught=set((snapshot or {}).get("taught", ())), last=last)
    if snapshot and "guard" not in snapshot and snapshot["pending"]:
        raise StateError(
            f"a scan of the state {state.folder} left lines that wait for their place: run `maillon scan` on it once "
            "more, then start the guard"
        )
    kind = Door if serving.decisions == SHARED else Desk
    desk = kind(serving.policy, hands, state.names(), snapshot, _sole(serving, keys))
    journal = Journal(state.folder)
    book = Book(desk, journal, memory)
    told = list(book.redo(journal.since(memory.get("journal", 0))))
    before = state.entries("response")
    if not before or msgspec.convert(before[-1], type(serving.response)) != serving.response:
        book.entries.append(policy_entry(serving.response, desk.reached))
    return book, told


def profiles_of(serving: Serving) -> dict[str, Profile]:
    """Return the profiles that the configuration names, by path. Raises ProfileError, UsageError."""
    found: dict[str, Profile] = {}
    named = [one.profile for one in serving.services] + [one.profile for one in serving.origins]
    for path in sorted({path for path in named if path}):
        try:
            found[path] = load_profile(Path(path).read_text(encoding="utf-8"), path)
        except (OSError, UnicodeDecodeError):
            raise UsageError(f"the profile {path} cannot be read as UTF-8 text") from None
    return found


def normalisers(serving: Serving, profiles: dict[str, Profile], keys: Keys) -> dict[str, Normaliser]:
    """Return what makes events of each service's requests."""
    return {one.name: Normaliser(profiles[one.profile], profiles[one.profile].name, keys) for one in serving.services}


def warm_up(made: Mapping[str, Normaliser], folder: Path) -> None:
    """Do once what every request needs, on a desk of its own: what must be compiled is compiled before the first."""
    in_force = InForce(ResponsePolicy(enforce=True))
    desk = Desk(Policy(), Hands(folder, in_force, Directory()), {})
    book = Book(desk, None, {})
    for normaliser in made.values():
        for day in (1, 2, 4):
            asked = [
                Asked("GET", f"/{number}", "", "192.0.2.1", "nobody", "", "", f"{number:032x}", day * _DAY_US + number)
                for number in range(1, 4)
            ]
            events = normaliser.events(record(asked))
            rows = events.rows
            rows["account"], rows["patient"], rows["action"] = 1, np.arange(len(rows)) + 1, Action.READ
            book.ask(rows, np.zeros(len(rows), np.int64), events.names, events.pseudonyms)
            book.lines(Piece("", rows))
            book.applied(desk.score(book.cut()))
    desk.knows(1, 1)


@dataclass
class Running:
    """What runs, and what people ask of it. Its methods belong to the event loop's thread."""

    guard: Guard
    responding: Responding
    keys: Keys
    normalise: dict[str, Normaliser]
    coverages: Callable[[], list[dict[str, object]]]
    say: Callable[[str], None]
    latest: deque[Decision]
    floods: dict[str, int]

    @property
    def in_force(self) -> InForce:
        """What is in force."""
        return self.guard.book.desk.in_force

    def status(self) -> dict[str, object]:
        """Return figures of the running guard."""
        desk = self.guard.book.desk
        return {
            "v": 1,
            "kind": "status",
            "failed": self.guard.failed,
            "reached": desk.reached,
            "commits": self.guard.committed,
            "accounts": len(desk.scoring.accounts),
            "orders": len(self.in_force.everywhere(now())),
            "enforce": self.in_force.policy.enforce,
            "counts": desk.counts,
            "floods": self.floods,
            "sources": self.coverages(),
        }

    def decisions(self) -> list[Decision]:
        """Return the latest decisions."""
        return list(self.latest)

    def account(self, name: str) -> int:
        """Return the hash of an account's name."""
        try:
            return account_hash(self.keys, name)
        except ValueError:
            return 0

    def patients(self, account_hash: int) -> int:
        """Return how many patients the account opened in the days of its latest decisions, at most."""
        mine = [one for one in self.latest if one.account_hash == account_hash]
        return int(max((reason.numbers.get("patients", 0.0) for one in mine for reason in one.reasons), default=0.0))

    def take(self, word: Any) -> None:  # noqa: ANN401 - a word of a person
        """Take a person's word."""
        self.guard.take(word)

    def open_glass(
        self,
        account: str,
        account_hash: int,
        reason: str,
        *,
        session: int = 0,
        person: str = "",
        why: str = "",
        zone: int = 0,
    ) -> BreakGlass | tuple[str, str]:
        """Open an emergency passage, or return why none opens, in French and English."""
        book = self.guard.book
        found = book.open_glass(account, account_hash, reason, now(), zone, session, person, why)
        if book.journal:
            book.journal.flush()
        if isinstance(found, BreakGlass):
            self.say(f"emergency passage {found.id} of {account} ({reason}): to be reviewed")
            return found
        return REFUSALS[found]

    def glass(self, service: str, asked: Asked, reason: str) -> BreakGlass | tuple[str, str]:
        """Open an emergency passage for whoever asks, whose account a proxy has verified."""
        events = self.normalise[service].events(record([asked])).rows
        if len(events):
            self.guard.book.desk.join.attribute(events)
        hash_ = int(events[0]["account"]) if len(events) else 0
        if not hash_:
            return REFUSALS["not_needed"]
        name = self.guard.book.desk.names.get("account", {}).get(hash_, asked.account)
        return self.open_glass(name, hash_, reason, session=int(events[0]["session"]), zone=asked.zone)

    def tell(self, told: Told) -> None:
        """Let decisions and orders go out."""
        for one in told.decisions:
            self.latest.append(one)
            reasons = "; ".join(reason.en for reason in one.reasons[:1])
            self.say(f"decision {one.id}: {one.action} {one.account}: {reasons}")
        for order in told.orders:
            alarm = " THE CAP WAS REACHED: a person must look now" if order.alarm else ""
            self.say(f"order {order.id}: {order.action} {order.account}{alarm}")
        if told.orders:
            self.responding.give(told.orders)

    def flood(self, what: str, limits: Limits) -> Callable[[str, float], None]:
        """Return what is called once an hour when an account or address asks far too much."""

        def told(name: str, second: float) -> None:
            self.floods[what] = self.floods.get(what, 0) + 1
            rate, burst = (
                (limits.account_per_second, limits.account_burst)
                if what == "account"
                else (limits.address_per_second, limits.address_burst)
            )
            hash_ = self.account(name) if what == "account" else 0
            shown = name if what == "account" else "(an address)"
            at = int(second * 1_000_000)
            decision = Decision(
                id=sha256(f"flood:{what}:{name}:{at}".encode()).hexdigest()[:16], at=at, zone=0, service="",
                account=shown, account_hash=hash_, action="observe", kind="flood", calibration="own",
                reasons=(flood_reason(rate, burst),), network=0, device=0, session=0, since=at,
            )  # fmt: skip
            self.guard.decided(decision)

        return told

    async def keep(self) -> None:
        """Hand orders over again until they are done."""
        while True:
            await asyncio.sleep(_LOOK_AGAIN_S)
            if not self.guard.failed:
                self.responding.look_again()


def running(
    serving: Serving,
    state: State,
    keys: Keys,
    book: Book,
    profiles: dict[str, Profile],
    responders: Sequence[Configured],
    coverages: Callable[[], list[dict[str, object]]],
    say: Callable[[str], None],
) -> Running:
    """Build what runs. Call it in the event loop."""
    loop = asyncio.get_running_loop()
    made: list[Running] = []
    normalise = normalisers(serving, profiles, keys)
    guard = Guard(
        book, state, normalise, serving.commit_seconds, serving.sync_seconds, serving.journal_days,
        lambda told: made[0].tell(told),  # noqa: PLW0108 - it is made below
        say,
        named={
            one.name: partial(account_hash, keys)
            for one in serving.services
            if one.request_id and profiles[one.profile].account[:1] == ("user",)
        },
        keep=daily(state, serving.terms, now, say),
    )  # fmt: skip

    def in_guard(act: Callable[[], None]) -> None:
        loop.call_soon_threadsafe(act)

    responding = Responding(responders, book.desk.in_force, guard.take, in_guard, now)
    made.append(Running(guard, responding, keys, normalise, coverages, say, deque(maxlen=_KEPT_DECISIONS), {}))
    return made[0]


def now() -> int:
    """Return the clock's moment, in microseconds since 1970 UTC."""
    return time.time_ns() // 1000


def _sole(serving: Serving, keys: Keys) -> list[int]:
    """Return the services whose log is not counted, as no request id joins it with what the proxy asks."""
    profiles = profiles_of(serving)
    return [service_hash(keys, profiles[one.profile].name) for one in serving.services if not one.request_id]
