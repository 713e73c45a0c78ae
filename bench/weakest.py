"""Whether the predicted loss of an account's theft ranks accounts as real losses do; and what the prediction costs.

    python bench/weakest.py [--seeds 3] [--accounts 80] [--thieves 16] [--generator first|second] [--time 40000]

Every region (first: 400 accounts over 35 days; second: 600) is scored up to its 28th day. What `maillon weakest`
predicts there is held against thefts planted in the last seven days: for each of so many accounts, drawn among all that
one person holds, so many thieves in turn, eight accounts at a time among the region's honest traffic, until Maillon
contains the account on its own evidence. Thieves are drawn from the habits of the simulator's shelf (exits, client,
hours, order of patients), at 30 to 900 records a day for two to six days; the same thieves are tried on each account,
so that accounts are compared and not thieves. "rank": Spearman's correlation of the prediction with the mean loss over
thieves; "one theft": with the loss to a single one, mean over thieves, where the thief's own plan decides much;
"ceiling": what a perfect prediction could reach, from the two halves of the thieves (Spearman-Brown).

--time: the prediction alone, on so many copies of the first region's accounts.
"""

from __future__ import annotations

import argparse
import resource
import time
from functools import partial

import msgspec
import numpy as np
import polars as pl
import zstandard

from maillon.ahead.thieves import stops
from maillon.ahead.traits import seen, traits
from maillon.ahead.weakest import bases, reach
from maillon.facts.directory import Directory
from maillon.facts.event import EVENT
from maillon.facts.policy import Policy
from maillon.run.thieves import plans, rows_of
from maillon.run.weakest import stolen, targets_of
from maillon.score.fold import Scoring
from maillon.sim import planted, second, simulate
from maillon.sim.attacks.thief import draw_habits, hours_of_work, log_uniform, raid, targets
from maillon.sim.own_log import own_log
from maillon.sim.seeds import FIRST_REPORTING

DAY = 86_400_000_000
CUT, DAYS, AT_ONCE = 28, 35, 8
FOREVER = 1 << 62


class Region:
    """A region, scored up to its 28th day."""

    def __init__(self, seed: int, generator: str) -> None:
        if generator == "first":
            region = simulate(seed, accounts=400, days=DAYS, attack="none")
        else:
            region = second.simulate(seed, accounts=600, days=DAYS, thieves={})
        self.seed, self.events = seed, region.events
        local = (self.events["at"] + self.events["zone"].astype(np.int64) * 1_000_000) // DAY
        early = local < local.min() + CUT
        self.after = self.events[~early]
        scoring = Scoring(Policy())
        scoring.fold(self.events[early])
        self.accounts, self.blob = scoring.accounts["account"].copy(), scoring.to_bytes()
        self.lake = pl.LazyFrame({name: self.events[early][name] for name in EVENT.names or ()})
        self.at, self.zone = int(self.events[early]["at"].max()), int(self.events["zone"][0])

    def traits(self):
        """Return what the region's log tells of its accounts."""
        records = Scoring.from_bytes(self.blob, Policy()).accounts
        looked = seen(self.lake, {})
        return traits(looked, self.lake, records, {}, Directory(), strong={}, leaks={}, at=self.at)

    def predicted(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the accounts that people hold, and the losses until containment that are predicted for them."""
        found = self.traits()
        whole, limited = bases(self.lake, found)
        within = np.array([reach(one, whole, limited) for one in found], np.float64)
        _, without = stolen(
            self.blob, Policy(), found, within, targets_of(self.lake), self.at, self.zone, lambda *_: None
        )
        people = np.array([not one.program for one in found])
        return np.array([one.account_hash for one in found], np.uint64)[people], without[people, 1]

    def lost(self, accounts: np.ndarray, thieves: int) -> np.ndarray:
        """Return (thieves, accounts): identities read until containment."""
        log = own_log(self.events)
        indices = np.searchsorted(log.accounts, accounts)
        assert (log.accounts[indices] == accounts).all()
        out = np.zeros((thieves, len(accounts)))
        for turn in range(thieves):
            for begin in range(0, len(accounts), AT_ONCE):
                out[turn, begin : begin + AT_ONCE] = list(
                    self._played(log, indices[begin : begin + AT_ONCE], turn, begin)
                )
        return out

    def _played(self, log, indices, turn, begin):
        scene = log.scene(self.seed * 1_000 + turn, len(indices), tuple(indices.tolist()))
        thefts = []
        for rank, index in enumerate(indices.tolist()):
            rng = np.random.default_rng([self.seed, turn])
            habits, pace, days = draw_habits(rng), log_uniform(rng, 30, 900), int(rng.integers(2, 7))
            at, sitting = hours_of_work(rng, habits, log.period, CUT, days, pace)
            numbers = targets(rng, scene, habits.order, CUT, len(at))
            one = raid(rng, habits, index, pace, at, sitting, numbers)
            thefts.append(planted._planted(log, one, self.seed * 1_000 + turn, begin + rank).rows)
        events = np.concatenate([self.after, *thefts])
        events = events[np.argsort(events["at"], kind="stable")]
        evidence = Scoring.from_bytes(self.blob, Policy()).fold(events)
        contained = evidence[evidence["rung"] >= 3]
        for rows in thefts:
            mine = contained["at"][(contained["account"] == rows["account"][0]) & (contained["at"] >= rows["at"][0])]
            stop = mine.min() if len(mine) else FOREVER
            yield len(np.unique(rows["patient"][(rows["patient"] != 0) & (rows["at"] <= stop)]))


def spearman(one: np.ndarray, other: np.ndarray) -> float:
    """Return the rank correlation; ties share their mean rank."""
    return float(np.corrcoef(_ranks(one), _ranks(other))[0, 1])


def _ranks(values: np.ndarray) -> np.ndarray:
    place = np.empty(len(values))
    place[np.argsort(values, kind="stable")] = np.arange(len(values))
    _, group = np.unique(values, return_inverse=True)
    return (np.bincount(group, place) / np.bincount(group))[group]


def timed(count: int) -> None:
    """Print what playing all thieves on `count` accounts takes."""
    region = Region(FIRST_REPORTING, "first")
    state = msgspec.msgpack.decode(zstandard.ZstdDecompressor().decompress(region.blob))
    records = Scoring.from_bytes(region.blob, Policy()).accounts
    many = np.tile(records, count // len(records) + 1)[:count]
    many["account"] = np.random.default_rng(1).permutation(np.arange(1, count + 1, dtype=np.uint64) << np.uint64(20))
    state["accounts"] = many.tobytes()
    blob = zstandard.ZstdCompressor(level=1).compress(msgspec.msgpack.encode(state))
    aims, day = targets_of(region.lake), (region.at + region.zone * 1_000_000) // DAY + 1
    begun, cpu = time.perf_counter(), time.process_time()
    for plan in plans(day, region.zone, 300):
        scoring = Scoring.from_bytes(blob, Policy())
        scoring.try_out()
        stops(scoring, many["account"].copy(), plan, partial(rows_of, accounts=many["account"].copy(), targets=aims))
        print(f"  {plan.name}: {time.perf_counter() - begun:.0f} s, {time.process_time() - cpu:.0f} CPU-s so far")
    print(f"{count} accounts; peak {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MB")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--first", type=int, default=FIRST_REPORTING, help="first seed (tuning: 10000)")
    parser.add_argument("--accounts", type=int, default=80)
    parser.add_argument("--thieves", type=int, default=16)
    parser.add_argument("--generator", choices=("first", "second"), default="first")
    parser.add_argument("--time", type=int, default=0, metavar="ACCOUNTS")
    args = parser.parse_args()
    if args.time:
        timed(args.time)
        return
    for seed in range(args.first, args.first + args.seeds):
        region = Region(seed, args.generator)
        accounts, predicted = region.predicted()
        chosen = np.random.default_rng(seed).permutation(len(accounts))[: args.accounts]
        lost = region.lost(accounts[chosen], args.thieves)
        guess, mean = predicted[chosen], lost.mean(axis=0)
        halves = spearman(lost[::2].mean(axis=0), lost[1::2].mean(axis=0))
        single = np.mean([spearman(guess, one) for one in lost if len(set(one)) > 1])
        print(
            f"seed {seed}: rank {spearman(guess, mean):.2f}, one theft {single:.2f}, "
            f"ceiling {(2 * halves / (1 + halves)) ** 0.5:.2f}; predicted {guess.mean():.0f}, lost {mean.mean():.0f}",
            flush=True,
        )


if __name__ == "__main__":
    main()
