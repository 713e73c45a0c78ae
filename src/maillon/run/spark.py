"""The fold on Spark: stretch by stretch, shard by shard; what all accounts share, and the decisions, on the driver.

A thin shell around score/stretch.py. Killed at any moment, the next run goes on after the last whole stretch.
"""

from __future__ import annotations

from dataclasses import asdict, replace
from hashlib import sha256
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from maillon.decide.decisions import decisions
from maillon.edges.spark import Stretches, lake_of, session
from maillon.edges.state import State
from maillon.facts.account import ACCOUNT
from maillon.facts.event import Action, Flag, Outcome
from maillon.facts.policy import Policy
from maillon.facts.verdict import Verdict
from maillon.run.hands import Hands, begin
from maillon.run.refold import Refolded
from maillon.run.scan import service_of
from maillon.run.spark_shards import events_of, folded, rows_of
from maillon.score.commons import Commons
from maillon.score.fold import SHAPE, Scoring
from maillon.score.step import DAY_US
from maillon.score.stretch import Folded, Turn, from_bytes, stretch, turn, turns

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import DataFrame

SHARDS = 16
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
    spark.conf.set("spark.sql.shuffle.partitions", min(shards, 2 * spark.sparkContext.defaultParallelism))
    lake = lake_of(spark, [state.folder / part for part in parts])
    verdicts = _placed(done.hands, lake.all())
    told = [(place, one.id) for place, one in verdicts]
    name = sha256(repr((SHAPE, policy, shards, parts, told, programs)).encode()).hexdigest()[:16]
    kept = Stretches(spark, f"file://{state.folder.absolute()}/spark/{name}")
    ends, commons, handed = turns(_firsts(lake.all())), Commons(), list[Folded]()
    forgiven = [(place, account) for place, one in verdicts for account in one.accounts]
    for number, (start, until) in enumerate(zip([0, *(one.seq for one in ends)], [*ends, None], strict=True)):
        over = stretch(commons, start, until, forgiven)
        if lake.first < over.stop and not kept.is_whole(number):
            before = (
                kept.records(number - 1) if kept.is_whole(number - 1) else rows_of(spark, done.scoring.accounts, shards)
            )
            rows = folded(lake.between(over.start, over.stop), before, over, commons.territory, shards)
            kept.write(number, rows)
        given = [from_bytes(blob) for blob in kept.handed(number)] if lake.first < over.stop else []
        met = turn(commons, given, until, policy)
        handed += given
    _decide(done, state, handed, lake.all(), verdicts)
    done.seals = commons.drain_seals()
    done.entries = [(one.digest, "seal", one.at, asdict(one)) for one in done.seals] + done.entries
    records = [np.frombuffer(row["data"], ACCOUNT) for row in kept.records(len(ends)).toLocalIterator()]
    done.scoring = Scoring(policy, commons, np.sort(np.concatenate(records), order="account"))
    done.scoring.remember(met)
    done.hands.teach(done.ladder, done.scoring)
    done.watermark = int(lake.all().selectExpr("max(at)").collect()[0][0])
    done.join.attribute(_logins(lake.all(), done.watermark))
    kept.remove()
    return done


def _firsts(lake: DataFrame) -> list[Turn]:
    """Return the first event of each local day."""
    local = "(at + zone * 1000000L)"
    days = lake.where(f"flags & {int(Flag.LATE)} = 0").selectExpr(
        f"({local} - pmod({local}, {DAY_US}L)) div {DAY_US}L as day", "seq", "at"
    )
    found = days.groupBy("day").agg({"seq": "min"}).withColumnRenamed("min(seq)", "seq")
    return [Turn(row["seq"], row["day"], row["at"]) for row in found.join(days, ["day", "seq"]).collect()]


def _placed(hands: Hands, lake: DataFrame) -> list[tuple[int, Verdict]]:
    """Return the verdicts that teach, each with the place of the first event after it; the last ones have none."""
    teaching = [one for one in hands.in_force.verdicts() if hands.in_force.agreed(one)]
    if not teaching:
        return []
    places = lake.selectExpr(*(f"min(if(at > {one.at}, seq, null))" for one in teaching)).collect()[0]
    return [(place, one) for place, one in zip(places, teaching, strict=True) if place is not None]


def _decide(
    done: Refolded, state: State, handed: list[Folded], lake: DataFrame, verdicts: list[tuple[int, Verdict]]
) -> None:
    """Take the decisions, in the admitted order, from evidence and from the accounts that come to a network."""
    come = _arrivals(lake)
    events = np.concatenate([events_of(come), *(part.moments for part in handed)])
    places, first = np.unique(
        np.concatenate([come["seq"].to_numpy(), *(part.moments_at for part in handed)]), return_index=True
    )
    events = events[first]
    found = np.concatenate([part.evidence for part in handed])
    found_at = np.concatenate([part.places for part in handed])
    in_turn = np.argsort(found_at, kind="stable")
    found, found_at, names = found[in_turn], found_at[in_turn], state.names()
    cuts = sorted(verdicts, key=lambda one: one[0])
    for (start, verdict), (stop, _) in pairwise([(0, None), *cuts, (_ENDLESS, None)]):
        if verdict:
            done.hands.teach(done.ladder, None, before=verdict.at + 1)
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
