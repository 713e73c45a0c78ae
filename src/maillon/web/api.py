"""The API of people: what is known and in force, and the few words by which a person acts. JSON in and out.

| call | role |
|---|---|
| GET /v1/status · /v1/decisions · /v1/orders · /v1/glasses | viewer |
| POST /v1/contain · /v1/release {"account","why"} | analyst |
| POST /v1/verdict {"account" or "decision","word","why"} | analyst |
| POST /v1/review {"glass","word","why"} | analyst |
| POST /v1/suspend {"account","why"} · /v1/glass {"account","reason","why"} | officer |
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from secrets import token_hex
from typing import Any, Protocol

import msgspec

from maillon.edges.http import Request, Response
from maillon.facts.break_glass import BreakGlass, Review
from maillon.facts.decision import Decision
from maillon.facts.hand import HandOrder
from maillon.facts.serving import Caller
from maillon.facts.verdict import WORDS, Held, Verdict
from maillon.read.inline import Asked
from maillon.render.json_lines import decision_object
from maillon.render.order_json import order_json
from maillon.web.callers import Callers, may

_DAY_US = 86_400_000_000
_LONGEST = 2000


class Known(Protocol):
    """What the API asks of the guard."""

    def status(self) -> Mapping[str, object]:
        """Return figures of the running guard."""
        ...

    def decisions(self) -> list[Decision]:
        """Return the latest decisions."""
        ...

    def account(self, name: str) -> int:
        """Return the hash of an account's name."""
        ...

    def patients(self, account_hash: int) -> int:
        """Return how many patients an account has read since it is suspected, at most."""
        ...

    def take(self, word: HandOrder | Verdict | Review) -> None:
        """Take a person's word."""
        ...

    def open_glass(
        self, account: str, account_hash: int, reason: str, *, session: int = 0, person: str = "", why: str = ""
    ) -> BreakGlass | tuple[str, str]:
        """Open an emergency passage, or return why none opens, in French and English."""
        ...

    def glass(self, service: str, asked: Asked, reason: str) -> BreakGlass | tuple[str, str]:
        """Open an emergency passage for whoever asks, or return why none opens, in French and English."""
        ...

    @property
    def in_force(self) -> Any:  # noqa: ANN401 - an InForce
        """What is in force."""
        ...


class RefusedError(Exception):
    """A call that cannot be done: its status, and a sentence."""

    def __init__(self, status: int, why: str) -> None:
        self.status = status
        super().__init__(why)


@dataclass
class Api:
    """Answers people. `now` gives microseconds since 1970 UTC."""

    guard: Known
    callers: Callers
    now: Callable[[], int]

    def __post_init__(self) -> None:
        self._reads: dict[str, Callable[[], object]] = {
            "status": self.guard.status,
            "decisions": self._decisions,
            "orders": self._orders,
            "glasses": self._glasses,
        }
        self._words: dict[str, tuple[str, Callable[[Caller, dict[str, str]], object]]] = {
            "contain": ("analyst", self._contain),
            "release": ("analyst", self._release),
            "verdict": ("analyst", self._verdict),
            "review": ("analyst", self._review),
            "suspend": ("officer", self._suspend),
            "glass": ("officer", self._glass),
        }

    def answer(self, request: Request, reply: Callable[[Response], None]) -> None:
        """Answer one call."""
        try:
            reply(_json(200, self._answer(request)))
        except RefusedError as error:
            headers = {"www-authenticate": "Bearer"} if error.status == 401 else {}
            reply(_json(error.status, {"error": str(error)}, headers))

    def _answer(self, request: Request) -> object:
        path = request.target.partition("?")[0].removeprefix("/v1/")
        seconds = self.now() / 1_000_000
        caller = self.callers.person(request, seconds)
        if caller is None:
            raise RefusedError(401, "a token of a viewer, analyst or officer is needed")
        if self.callers.rate.take(caller.name, seconds) > 0:
            raise RefusedError(429, "too many calls: wait a little")
        if path in self._reads and request.method == "GET":
            return self._reads[path]()
        if path not in self._words:
            raise RefusedError(404, "no such call")
        if request.method != "POST":
            raise RefusedError(405, "POST it")
        role, act = self._words[path]
        if not may(caller, role):
            raise RefusedError(403, f"this takes the role {role}")
        return act(caller, _fields(request.body))

    def _decisions(self) -> object:
        return [decision_object(one) for one in self.guard.decisions()]

    def _orders(self) -> object:
        return [order_json(one) for one in self.guard.in_force.everywhere(self.now())]

    def _glasses(self) -> object:
        in_force = self.guard.in_force
        return [
            {
                "id": one.id, "account": one.account, "at": one.at, "until": one.until, "reason": one.reason,
                "person": one.person, "opened": len(in_force.opened(one)), "refused": len(in_force.refused(one)),
                "reviews": [review.word for review in in_force.reviews(one)],
            }
            for one in in_force.glasses()
        ]  # fmt: skip

    def _hand(self, caller: Caller, fields: dict[str, str], action: str) -> object:
        account, why = _needed(fields, "account"), _needed(fields, "why")
        hash_, at = self.guard.account(account), self.now()
        word = HandOrder(_id("hand", hash_, at), at, account, hash_, action, caller.name, why, said=at)
        self.guard.take(word)
        return {"id": word.id, "account": account, "action": action, "who": caller.name}

    def _contain(self, caller: Caller, fields: dict[str, str]) -> object:
        return self._hand(caller, fields, "contain")

    def _release(self, caller: Caller, fields: dict[str, str]) -> object:
        return self._hand(caller, fields, "release")

    def _suspend(self, caller: Caller, fields: dict[str, str]) -> object:
        return self._hand(caller, fields, "suspend")

    def _verdict(self, caller: Caller, fields: dict[str, str]) -> object:
        word, why, at = _needed(fields, "word"), _needed(fields, "why"), self.now()
        if word not in WORDS:
            raise RefusedError(400, f"word is one of {', '.join(WORDS)}")
        of = fields.get("decision") or _needed(fields, "account")
        known = self.guard.decisions()
        spoken = [one for one in known if of in (one.id, one.account)]
        if not spoken:
            raise RefusedError(404, "no decision of late is named so: maillon verdict knows the older ones")
        verdict = Verdict(
            _id("verdict", of, at), at, of, word, caller.name, why,
            until=at + self.guard.in_force.policy.verdict_days * _DAY_US, said=at,
            patients=sum(self.guard.patients(account) for account in {one.account_hash for one in spoken}),
            accounts=tuple(sorted({one.account_hash for one in spoken})),
            decisions=() if of in {one.account for one in spoken} else tuple(one.id for one in spoken),
            holds=tuple(dict.fromkeys(Held(one.account_hash, one.kind, one.network, one.device) for one in spoken)),
        )  # fmt: skip
        self.guard.take(verdict)
        return {"id": verdict.id, "of": of, "word": word, "who": caller.name, "patients": verdict.patients}

    def _review(self, caller: Caller, fields: dict[str, str]) -> object:
        of, word, why, at = _needed(fields, "glass"), _needed(fields, "word"), _needed(fields, "why"), self.now()
        glass = next((one for one in self.guard.in_force.glasses() if one.id == of), None)
        if glass is None:
            raise RefusedError(404, "no such emergency passage")
        if word not in ("justified", "abuse"):
            raise RefusedError(400, "word is one of justified, abuse")
        review = Review(_id("review", of, at), at, of, glass.account_hash, word, caller.name, why, said=at)
        self.guard.take(review)
        return {"id": review.id, "of": of, "word": word, "who": caller.name}

    def _glass(self, caller: Caller, fields: dict[str, str]) -> object:
        account, why = _needed(fields, "account"), _needed(fields, "why")
        found = self.guard.open_glass(
            account, self.guard.account(account), _needed(fields, "reason"), person=caller.name, why=why
        )
        if not isinstance(found, BreakGlass):
            raise RefusedError(409, found[1])
        return {"id": found.id, "account": account, "until": found.until, "who": caller.name}


def _fields(body: bytes) -> dict[str, str]:
    try:
        fields = msgspec.json.decode(body, type=dict[str, str])
    except msgspec.DecodeError:
        raise RefusedError(400, "the body is a JSON object of texts") from None
    if any(len(value) > _LONGEST for value in fields.values()):
        raise RefusedError(400, f"no text is longer than {_LONGEST} letters")
    return fields


def _needed(fields: dict[str, str], name: str) -> str:
    value = fields.get(name, "").strip()
    if not value:
        raise RefusedError(400, f"{name} is missing")
    return value


def _id(*parts: object) -> str:
    return sha256("\x1f".join([*map(str, parts), token_hex(8)]).encode()).hexdigest()[:16]


def _json(status: int, value: object, headers: Mapping[str, str] | None = None) -> Response:
    plain = {"content-type": "application/json", "cache-control": "no-store"} | dict(headers or {})
    return Response(status, plain, msgspec.json.encode(value))
