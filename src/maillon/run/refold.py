"""Fold a state's lake again from its first event, under any policy and with what is added. Nothing is written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from maillon.decide.campaign import Campaigns
from maillon.decide.decisions import decisions
from maillon.decide.ladder import Ladder
from maillon.edges.ledger import Entry
from maillon.edges.state import State
from maillon.facts.decision import Decision
from maillon.facts.policy import Policy
from maillon.facts.seal import Seal
from maillon.read.join import LoginJoin
from maillon.run.hands import Hands, begin
from maillon.score.fold import Scoring

_AT_ONCE = 1 << 15
"""Events folded at a time: about as many as a scan admits of one block, so that both join accounts alike."""


@dataclass
class Refolded:
    """What a fold came to, and what it must remember to go on."""

    scoring: Scoring
    hands: Hands
    join: LoginJoin = field(default_factory=LoginJoin)
    ladder: Ladder = field(default_factory=Ladder)
    campaigns: Campaigns = field(default_factory=Campaigns)
    decisions: list[Decision] = field(default_factory=list)
    seals: list[Seal] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)  # of the ledger: seals, decisions, what was held back
    watermark: int = 0


def refold(state: State, policy: Policy, batches: Iterable[NDArray[Any]]) -> Refolded:
    """Fold `batches` (those of `state.replay()`, or more), under the words that people said of them."""
    done, names = Refolded(Scoring(policy), begin(state)), state.names()
    done.scoring.name_programs(state.memory().get("programs", ()))
    hands, ladder = done.hands, done.ladder
    for events in _up_to(batches, [word.at for word in hands.teachers()]):
        hands.teach(ladder, done.scoring, before=int(events["at"].max()))
        done.join.attribute(events)
        evidence = done.scoring.fold(events)
        seals = done.scoring.drain_seals()
        decided = decisions(events, evidence, ladder, done.campaigns, names, hands.holds)
        done.seals += seals
        done.decisions += decided
        done.entries += [(seal.digest, "seal", seal.at, asdict(seal)) for seal in seals]
        done.entries += hands.held()
        done.entries += [(one.id, "decision", one.at, asdict(one)) for one in decided]
        done.watermark = max(done.watermark, int(events["at"].max()))
    hands.teach(ladder, done.scoring)
    done.decisions.sort(key=lambda one: (one.at, one.id))
    return done


def _up_to(batches: Iterable[NDArray[Any]], moments: Sequence[int]) -> Iterator[NDArray[Any]]:
    """Cut batches of events at the moments at which people's words were admitted: what follows one, rests on it."""
    for events in (batch[at : at + _AT_ONCE] for batch in batches for at in range(0, len(batch), _AT_ONCE)):
        reached = np.maximum.accumulate(events["at"])
        cuts = np.searchsorted(reached, sorted(moments), side="right")
        yield from (part for part in np.split(events, cuts) if len(part))
