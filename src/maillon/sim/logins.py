"""Log-ins and log-outs of honest sessions, wrong passwords, changes of password."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from maillon.sim.clock import SECOND
from maillon.sim.columns import Columns, columns
from maillon.sim.routes import PAGE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.random import Generator
    from numpy.typing import NDArray

    from maillon.sim.sittings import Sittings


def logins(rng: Generator, sittings: Sittings, sitting: NDArray[np.int32], at: NDArray[np.int64]) -> Iterator[Columns]:
    """Yield the log-in events of sittings in which something was read: `sitting` (in order) and `at` of each read."""
    head = np.flatnonzero(np.append(True, sitting[1:] != sitting[:-1])) if len(sitting) else np.empty(0, np.int64)
    last = np.append(head[1:], len(sitting)) - 1 if len(head) else head
    session = sittings.session[sitting[head]]
    opens = np.append(True, session[1:] != session[:-1]) if len(head) else np.empty(0, np.bool_)
    start = at[head][opens] - (rng.uniform(21, 24, int(opens.sum())) * SECOND).astype(np.int64)
    who = sitting[head][opens]
    yield columns(start, who, PAGE["login"])
    for wait in (6, 14):
        wrong = rng.random(len(who)) < 0.03
        yield columns(start[wrong] - wait * SECOND, who[wrong], PAGE["login"], status=401)
    leaves = rng.random(len(head)) < 0.35
    stays = (rng.uniform(600, 1500, int(leaves.sum())) * SECOND).astype(np.int64)
    yield columns(at[last][leaves] + stays, sitting[last][leaves], PAGE["logout"])
    renewed = rng.random(len(who)) < 0.001
    yield columns(start[renewed] + 2 * SECOND, who[renewed], PAGE["credential"])
