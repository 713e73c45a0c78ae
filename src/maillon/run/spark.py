"""The fold of a lake on Spark: some days a stage (run/spark_stage.py), shard by shard; the decisions on the driver.

Killed at any moment, the next run goes on after the last whole stage.
"""

from __future__ import annotations

import shutil
from dataclasses import asdict, replace
from hashlib import sha256
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from maillon.decide.decisions import decisions
from maillon.edges.spark import HANDED, SHARED, Stages, lake_of, session
from maillon.edges.state import State
from maillon.facts.event import Action, Flag, Outcome
from maillon.facts.evidence import EVIDENCE
from maillon.facts.leak import Prior
from maillon.facts.policy import Policy
from maillon.facts.verdict import Verdict
from maillon.run.hands import Hands, begin
from maillon.run.refold import Refolded
from maillon.run.scan import service_of
from maillon.run.spark_stage import accounts_of, events_of, plan_of, records_of, staged
from maillon.score.fold import SHAPE, Scoring
from maillon.score.step import DAY_US
from maillon.score.stretch import Folded, Turn, from_bytes, turns

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import DataFrame

SHARDS = 16
DAYS = 30
"""Local days of a stage: after a death it is begun again."""
_ENDLESS = np.iinfo(np.int64).max


def refold(state: State, policy: Policy, shards: int = SHARDS) -> Refolded:
    """Fold the lake of `state` on Spark: what `run.refold` does, on as many machines as Spark has.

    Raises UsageError where Spark is missing.
    """
    done, parts = Refolded(Scoring(policy), begin(state)), [one for one in state.parts() if one.startswith("lake/")]
    if not parts:
        return done
    programs = state.memory().get("programs", ())
    done.scoring.name_programs(programs)
    spark = session()
    lake = lake_of(spark, [state.folder / part for part in parts])
    words = _placed(done.hands, lake.all())
    told = [(place, one.id) for place, one in words]
    name = sha256(repr((SHAPE, policy, parts, told, programs, DAYS)).encode()).hexdigest()[:16]
    kept = Stages(spark, f"file://{state.folder.absolute()}/spark/{name}")
    ends, handed = turns(_firsts(lake.all())), list[Folded]()
    stretches = list(zip([0, *(one.seq for one in ends)], [*ends, None], strict=True))
    stages = [stretches[at : at + DAYS] for at in range(0, len(stretches), DAYS)]
    shared, records = Scoring(policy).to_bytes(), records_of(spark, done.scoring.accounts)
    for number, pairs in enumerate(stages):
        if not kept.is_whole(number):
            plan = plan_of(spark, pairs, _each(words), policy, shared, shards, state.folder / "spark" / name)
            events = lake.between(pairs[0][0], pairs[-1][1].seq if pairs[-1][1] else _ENDLESS)
            kept.write(number, staged(events, records, plan))
            kept.drop(number - 1, but_what_it_left=True)
            shutil.rmtree(plan.meeting)
        left, records = kept.left(number), kept.records(number)
        (shared,) = left[SHARED]
        handed += [from_bytes(blob) for blob in left[HANDED]]
    _decide(done, state, handed, lake.all(), words)
    in_common = Scoring.from_bytes(shared, policy)
    done.seals = in_common.drain_seals()
    done.entries = [(one.digest, "seal", one.at, asdict(one)) for one in done.seals] + done.entries
    done.scoring = Scoring(policy, in_common.commons, accounts_of(records))
    done.scoring.remember([in_common.met])
    done.hands.teach(done.ladder, done.scoring)
    done.watermark = int(lake.all().selectExpr("max(at)").collect()[0][0])
    done.join.attribute(_logins(lake.all(), done.watermark))
    kept.remove()
    return done


def _each(words: list[tuple[int, Verdict | Prior]]) -> list[tuple[int, int | Prior]]:
    """Return words that teach as a stretch wants them: by account."""
    return [(place, each) for place, one in words for each in ([one] if isinstance(one, Prior) else one.accounts)]


def _firsts(lake: DataFrame) -> list[Turn]:
    """Return the first event of each local day."""
    local = "(at + zone * 1000000L)"
    days = lake.where(f"flags & {int(Flag.LATE)} = 0").selectExpr(
        f"({local} - pmod({local}, {DAY_US}L)) div {DAY_US}L as day", "struct(seq, at) as place"
    )
    found = days.groupBy("day").agg({"place": "min"}).collect()
    return [Turn(place["seq"], day, place["at"]) for day, place in found]


def _placed(hands: Hands, lake: DataFrame) -> list[tuple[int, Verdict | Prior]]:
    """Return the words that teach, each with the place of the first event after it; the last ones have none."""
    teaching = hands.teachers()
    if not teaching:
        return []
    places = lake.selectExpr(*(f"min(if(at > {one.at}, seq, null))" for one in teaching)).collect()[0]
    return [(place, one) for place, one in zip(places, teaching, strict=True) if place is not None]


def _decide(
    done: Refolded, state: State, handed: list[Folded], lake: DataFrame, words: list[tuple[int, Verdict | Prior]]
) -> None:
    """Take the decisions, in the admitted order, from evidence and from the accounts that come to a network."""
    come = _arrivals(lake)
    events = np.concatenate([events_of(come), *(part.moments for part in handed)])
    places, first = np.unique(
        np.concatenate([come["seq"].to_numpy(), *(part.moments_at for part in handed)]), return_index=True
    )
    events = events[first]
    found = np.concatenate([np.zeros(0, EVIDENCE), *(part.evidence for part in handed)])
    found_at = np.concatenate([np.zeros(0, np.int64), *(part.places for part in handed)])
    in_turn = np.argsort(found_at, kind="stable")
    found, found_at, names = found[in_turn], found_at[in_turn], state.names()
    cuts = sorted(words, key=lambda one: one[0])
    for (start, word), (stop, _) in pairwise([(0, None), *cuts, (_ENDLESS, None)]):
        if word:
            done.hands.teach(done.ladder, None, before=word.at + 1)
        mine, its = (slice(*np.searchsorted(each, [start, stop])) for each in (places, found_at))
        decided = decisions(events[mine], found[its], done.ladder, done.campaigns, names, done.hands.holds)
        decided = [replace(one, service=service_of(one, events[mine], names)) for one in decided]
        done.entries += done.hands.held()
        done.entries += [(one.id, "decision", one.at, asdict(one)) for one in decided]
        done.decisions += decided
    done.decisions.sort(key=lambda one: (one.at, one.id))


def _arrivals(lake: DataFrame) -> pa.Table:
    """Return the first event of each account on each network."""
    columns = ("at", "zone", "outcome", "action", "service", "account", "network")
    coming = lake.where(f"account != 0 and network != 0 and outcome = {int(Outcome.OK)}")
    firsts = coming.groupBy("account", "network").agg({"seq": "min"}).selectExpr("`min(seq)` as seq")
    return coming.select("seq", *columns).join(firsts, "seq").toArrow()


def _logins(lake: DataFrame, until: int) -> NDArray[Any]:
    """Return the log-ins of the last two days: what joins accesses to accounts remembers no more (read/join.py)."""
    recent = lake.where(f"action = {int(Action.LOGIN)} and outcome = {int(Outcome.OK)} and at > {until - 2 * DAY_US}")
    return events_of(recent.orderBy("seq").toArrow())
