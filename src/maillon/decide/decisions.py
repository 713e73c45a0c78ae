"""What each event and its evidence call for, one after the other: the account's own step, then what joins it to others.

In admitted order and event by event, so that nothing depends on how events were cut into batches.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from maillon.decide.campaign import Campaigns, arrivals
from maillon.decide.ladder import Holds, Ladder, Names
from maillon.facts.decision import Decision
from maillon.facts.verdict import Held


def decisions(
    events: NDArray[Any],
    evidence: NDArray[Any],
    ladder: Ladder,
    campaigns: Campaigns,
    names: Names,
    held: Holds | None = None,
) -> list[Decision]:
    """Return the decisions of `events` (rows of EVENT in admitted order) and of the `evidence` that they gave rise to.

    What `held` holds back, because people said that it is legitimate, takes no step.
    """
    found: list[Decision] = []
    for _, row in _in_turn(arrivals(events, campaigns.known), evidence, events):
        own = ladder.climb(row, names, held) if row.dtype == evidence.dtype else []
        joined = (
            campaigns.suspect(_alone(row[0]), ladder, names)
            if row.dtype == evidence.dtype
            else campaigns.arrive(row[0], ladder, names)
        )
        found += own + [one for one in joined if not _is_held(one, ladder, held)]
    return found


def _alone(row: Any) -> Any:  # noqa: ANN401 - a row of EVIDENCE
    """Return a row as it is without a prior: what joins accounts rests on how often chance brings honest ones so far.

    Many accounts that one leak names would come together otherwise.
    """
    if row["prior"] == 0.0:
        return row
    alone = row.copy()
    alone["rung"] = row["rung_alone"]
    return alone


def _in_turn(
    coming: NDArray[np.intp], evidence: NDArray[Any], events: NDArray[Any]
) -> Iterator[tuple[int, NDArray[Any]]]:
    """Yield (place in `events`, one row of EVENT or of EVIDENCE): an arrival before what its event gave rise to."""
    places = _places(evidence, events)
    turns = [(int(place), 0, index) for index, place in enumerate(coming)]
    turns += [(place, 1, index) for index, place in enumerate(places)]
    for place, is_evidence, index in sorted(turns):
        yield place, (evidence[index : index + 1] if is_evidence else events[place : place + 1])


def _places(evidence: NDArray[Any], events: NDArray[Any]) -> list[int]:
    """Return the place of the event that each row of evidence was written at."""
    places, last = [], 0
    for row in evidence:
        same = np.flatnonzero((events["at"][last:] == row["at"]) & (events["account"][last:] == row["account"]))
        last += int(same[0]) if len(same) else int((events["at"][last:] <= row["at"]).sum())
        places.append(last)
    return places


def _is_held(decision: Decision, ladder: Ladder, held: Holds | None) -> bool:
    """Tell whether people's word holds a joint decision back; the ladder then forgets it."""
    if held is None:
        return False
    of = Held(decision.account_hash, decision.kind, decision.network, decision.device)
    if not held(of, decision.at):
        return False
    ladder.let_go(decision.account_hash, decision.at)
    return True
