"""What was lost, and who was troubled wrongly: the truth held against decisions. It knows nothing of scoring."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from maillon.sim.simulated import patients_read

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from maillon.sim.columns import Columns
    from maillon.sim.simulated import Simulated, Theft

_STEP_UP = ("step_up", "pace", "contain")
_CONTAIN = ("contain",)


@dataclass(frozen=True)
class Loss:
    """What one thief read of one account. Moments are microseconds since 1970 UTC, None = never."""

    theft: Theft
    step_up_at: int | None
    contain_at: int | None
    before_step_up: int  # patients read before; all of them where it never came
    before_containment: int
    in_all: int
    listed: int  # patients listed besides, on search pages: an upper bound, one patient may be listed twice


@dataclass(frozen=True)
class Audit:
    """Losses by theft; accounts decided on while nobody had stolen them, each once."""

    losses: tuple[Loss, ...]
    honest_stepped_up: tuple[str, ...]  # also those contained
    honest_contained: tuple[str, ...]


def audit(sim: Simulated, decisions: Iterable[tuple[str, int, str]]) -> Audit:
    """Judge decisions (account name, moment, action: as in `facts.decision`). Actions of no rung are ignored."""
    given = list(decisions)
    starts = {theft.account: theft.start for theft in sim.truth.thefts}
    return Audit(
        losses=tuple(_loss(sim, theft, given) for theft in sim.truth.thefts),
        honest_stepped_up=_wrong(given, starts, _STEP_UP),
        honest_contained=_wrong(given, starts, _CONTAIN),
    )


def _loss(sim: Simulated, theft: Theft, decisions: list[tuple[str, int, str]]) -> Loss:
    """A decision counts for a theft from its first access on."""
    rows = np.flatnonzero(sim.truth.thief)
    read = sim.columns.take(rows[sim.sittings.account[sim.columns.sitting[rows]] == theft.index])
    mine = [(at, action) for account, at, action in decisions if account == theft.account and at >= theft.start]
    step_up = min((at for at, action in mine if action in _STEP_UP), default=None)
    contain = min((at for at, action in mine if action in _CONTAIN), default=None)
    return Loss(
        theft=theft,
        step_up_at=step_up,
        contain_at=contain,
        before_step_up=_read_before(read, step_up),
        before_containment=_read_before(read, contain),
        in_all=_read_before(read, None),
        listed=int(read.listed.sum()),
    )


def _read_before(read: Columns, moment: int | None) -> int:
    """Count the patients read up to a moment: the access that made the decision has been answered."""
    return len(patients_read(read if moment is None else read.take(read.at <= moment)))


def _wrong(
    decisions: list[tuple[str, int, str]], starts: Mapping[str, int], actions: tuple[str, ...]
) -> tuple[str, ...]:
    """Return the accounts for which such a decision fell while no theft of theirs had begun."""
    wrong = {account for account, at, action in decisions if action in actions and at < starts.get(account, at + 1)}
    return tuple(sorted(wrong))
