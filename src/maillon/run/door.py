"""The desk of a guard that scores nothing: it answers by what another guard decided, and by what people say here.

The other guard scores what the services log. This one opens emergency passages and takes people's words itself; both
share what came of it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from maillon.facts.account import SETS, WAYS
from maillon.facts.policy import Policy
from maillon.run.bounded import forget_oldest
from maillon.run.desk import ALLOW, ANSWERED, LOOK, Desk, Given, Names
from maillon.run.hands import Hands
from maillon.score.seen import has_seen

_MOST_OWN = 4096


class Door(Desk):
    """Answers, and admits nothing. Which patients are an account's own is what came with the order that slows it."""

    def __init__(
        self,
        policy: Policy,
        hands: Hands,
        names: Names,
        saved: dict[str, Any] | None = None,
        sole: Iterable[int] = (),
    ) -> None:
        """As for a desk."""
        super().__init__(policy, hands, names, saved, sole)
        self._own: dict[int, bytes] = dict((saved or {}).get("own", ()))

    def ask(self, rows: NDArray[Any], since: NDArray[np.int64], known: NDArray[np.uint8] | None = None) -> Given:
        """Answer requests, as a desk does."""
        self.join.attribute(rows)
        found = np.full(len(rows), LOOK, np.uint8) if known is None else known
        given = Given([ALLOW] * len(rows), found, [], [], [])
        for place in np.flatnonzero(found != ANSWERED).tolist():
            self._answer(place, rows, int(since[place]), given)
        if len(rows):
            self.reached = max(self.reached, int(rows["at"].max()))
        self._count("asked", len(rows))
        self._count("refused", sum(answer.verdict != "allow" for answer in given.answers))
        return given

    def knows(self, account: int, patient: int) -> bool:
        """Tell whether the account saw this patient before it was slowed."""
        table = self._own.get(account)
        return table is not None and bool(has_seen(_table(table), np.uint64(patient)))

    def lend(self, account: int, own: bytes) -> None:
        """Take the table of an account's own patients."""
        if len(own) == SETS * WAYS * 2:
            self._own[account] = own
            forget_oldest(self._own, _MOST_OWN)

    def scored_memory(self, answering: dict[str, Any]) -> dict[str, Any]:
        """Return a whole snapshot."""
        return super().scored_memory(answering) | {"own": list(self._own.items())}


def _table(own: bytes) -> NDArray[np.uint16]:
    return np.frombuffer(own, np.uint16).reshape(SETS, WAYS)
