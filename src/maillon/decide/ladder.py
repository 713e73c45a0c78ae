"""Evidence becomes decisions, by degrees. A step that is still in force is not said again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import Any

from numpy.typing import NDArray

from maillon.explain.reasons import reasons
from maillon.facts.decision import ACTIONS, Decision
from maillon.facts.evidence import Calibration, Kind, Sign
from maillon.facts.verdict import Held

_DAY_US = 86_400_000_000
HOLDS_DAYS = {"observe": 1, "step_up": 1, "pace": 3, "contain": 30}
"""How long a step speaks for its account: what scoring says again within that time adds nothing."""

Names = Mapping[str, Mapping[int, str]]
Holds = Callable[[Held, int], bool]
"""Tells whether people said that such evidence, at such a moment, is legitimate."""


class Ladder:
    """What is in force, account by account. Its memory is plain JSON."""

    def __init__(self, memory: dict[str, list[int]] | None = None) -> None:
        self.in_force = {int(account): (step[0], step[1]) for account, step in (memory or {}).items()}

    def memory(self) -> dict[str, list[int]]:
        """Return what must survive a restart."""
        return {str(account): list(step) for account, step in self.in_force.items()}

    def climb(self, evidence: NDArray[Any], names: Names, held: Holds | None = None) -> list[Decision]:
        """Return the decisions that `evidence` (rows of EVIDENCE in event order) calls for.

        What `held` holds back, because people said that it is legitimate, takes no step.
        """
        return [
            self._step(row, names)
            for row in evidence
            if not (held and held(_of_row(row), int(row["at"])))
            and self.take(int(row["account"]), int(row["rung"]), int(row["at"]))
        ]

    def take(self, account: int, rung: int, at: int) -> bool:
        """Put a step in force, and say whether it is higher than what was in force."""
        held, until = self.in_force.get(account, (0, 0))
        if rung <= (held if at < until else 0):
            return False
        self.in_force[account] = (rung, at + HOLDS_DAYS[ACTIONS[rung]] * _DAY_US)
        return True

    def let_go(self, account: int, until: int) -> None:
        """Let the step in force speak until `until` at most: what ended it (a verdict, a lapse) begins anew then."""
        if account in self.in_force:
            rung, holds = self.in_force[account]
            self.in_force[account] = (rung, min(holds, until))

    def _step(self, row: Any, names: Names) -> Decision:  # noqa: ANN401
        account, at, action = int(row["account"]), int(row["at"]), ACTIONS[int(row["rung"])]
        return Decision(
            id=sha256(f"{account}:{int(row['day'])}:{action}:{at}".encode()).hexdigest()[:16],
            at=at,
            zone=int(row["zone"]),
            service="",
            account=names["account"].get(account, f"account {account:016x}"),
            account_hash=account,
            action=action,
            kind=Kind(int(row["kind"])).name.lower(),
            calibration=Calibration(int(row["calibration"])).name.lower(),
            reasons=reasons(row, names),
            network=int(row["network"]),
            device=int(row["device"]),
            session=int(row["session"]),
            since=int(row["since"]),
            short_history=bool(int(row["signs"]) & Sign.SHORT_HISTORY),
            score=float(row["score"]),
            log10_p=float(row["log10_p"]),
        )


def _of_row(row: Any) -> Held:  # noqa: ANN401
    kind = Kind(int(row["kind"])).name.lower()
    return Held(int(row["account"]), kind, int(row["network"]), int(row["device"]))
