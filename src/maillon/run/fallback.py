"""The small process that answers where the guard is dead: from the last snapshot, the account's own patients only.

It reads and never writes; it scores nothing, and holds what was in force when the snapshot was taken.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import msgspec
import numpy as np

from maillon.decide.in_force import InForce
from maillon.edges.state import State
from maillon.facts.answer import Answer
from maillon.facts.event import Action, Flag
from maillon.facts.policy import Policy
from maillon.facts.serving import Serving
from maillon.read.inline import Asked, record
from maillon.read.join import LoginJoin
from maillon.read.normalise import Normaliser
from maillon.read.pseudonym import Keys
from maillon.run.hands import facts_of
from maillon.run.undo import Places
from maillon.score.fold import Scoring
from maillon.score.seen import has_seen

_OPEN = frozenset((Action.OTHER, Action.LOGIN, Action.LOGOUT, Action.BREAK_GLASS))
_OWN = frozenset((Action.READ, Action.UPDATE, Action.CARE))
_ALLOW = Answer("allow", "fallback")
_CLOSED = Answer("pace", "unavailable")


@dataclass
class Remembered:
    """What the last snapshot tells."""

    scoring: Scoring
    join: LoginJoin
    in_force: InForce
    places: Places = field(default_factory=Places)

    def knows(self, account: int, patient: int) -> bool:
        """Tell whether the account has seen this patient before."""
        row = self.places.row(account, self.scoring)
        return row >= 0 and bool(has_seen(self.scoring.accounts[row]["seen"], np.uint64(patient)))


def remembered(serving: Serving, keys: Keys) -> Remembered:
    """Read the last snapshot, beside whoever writes the next. Raises StateError, OSError."""
    from pathlib import Path

    with State(Path(serving.state), keys.pseudonym("state", b"key id"), hold=False) as state:
        saved, _ = state.load()
        snapshot = msgspec.msgpack.decode(saved) if saved else None
        in_force = InForce(serving.response)
        for fact in facts_of(state):
            in_force.take(fact)
    scoring = Scoring.from_bytes(snapshot["scoring"], serving.policy) if snapshot else Scoring(Policy())
    return Remembered(scoring, LoginJoin(snapshot.get("join") if snapshot else None), in_force)


@dataclass
class Fallback:
    """Answers requests one by one. `memory` may be replaced by a newer one at any time."""

    memory: Remembered
    normalisers: Mapping[str, Normaliser]
    asked: int = 0
    closed: int = 0

    def ask(self, service: str, asked: Asked, reply: Callable[[Answer | None, int], None]) -> None:
        """Answer one request."""
        self.asked += 1
        rows = self.normalisers[service].events(record([asked])).rows
        if not len(rows):
            reply(_ALLOW, 0)
            return
        row, memory = rows[0], self.memory
        account, patient, action = int(row["account"]), int(row["patient"]), int(row["action"])
        if (account == 0 or int(row["flags"]) & Flag.ACCOUNT_FROM_SESSION) and row["session"]:
            account = memory.join.sessions.get(int(row["session"]), account)
        known = bool(patient) and memory.knows(account, patient)
        answer = memory.in_force.answer(
            account, patient, action, asked.at, known, session=int(row["session"]), session_since=asked.auth_time
        )
        if answer.verdict == "allow":
            answer = _ALLOW if action in _OPEN or (known and action in _OWN) else _CLOSED
        self.closed += answer.verdict != "allow"
        reply(answer, account)
