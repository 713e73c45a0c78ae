"""Simple detectors that bench/detection.py stands beside Maillon: each gives every account a score over time.

A track is three arrays (account index, moment, score), one entry wherever the score of an account's day (hour, bucket)
rises. A threshold turns a track into alarms: an account is alarmed at its first entry that reaches the threshold. All
look back only. They count patients whose record was shown; none looks at lists.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from maillon.facts.event import Action, Outcome

HOUR, DAY = 3_600_000_000, 86_400_000_000
FEWEST_DAYS = 5  # of an account's own past before its z-score counts
FEWEST_PEERS = 200  # account-days before the peers' percentile counts
LEAK = 0.1  # patients a second

Track = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]


@dataclass
class Log:
    """The columns that detectors look at, in order of time; `account` is an index."""

    at: NDArray[np.int64]
    day: NDArray[np.int64]
    account: NDArray[np.int64]
    patient: NDArray[np.uint64]
    action: NDArray[np.uint8]
    listed: NDArray[np.int32]
    network: NDArray[np.uint64]
    shown: NDArray[np.bool_]  # a patient's record was shown
    learn_until: int = 0  # first day on which a thief may be at work

    @classmethod
    def of(cls, events: NDArray[Any], account: NDArray[np.integer]) -> Log:
        """Take what is needed of rows of EVENT."""
        shown = (events["action"] == Action.READ) & (events["outcome"] == Outcome.OK) & (events["patient"] != 0)
        day = (events["at"] + events["zone"].astype(np.int64) * 1_000_000) // DAY
        columns = (events[name].copy() for name in ("patient", "action", "listed", "network"))
        return cls(events["at"].copy(), day, account.astype(np.int64), *columns, shown)


def joined(parts: list[Log], learn_days: int) -> Log:
    """Return a log of several in order of time; no thief is at work on its first `learn_days`."""
    names = [name for name in Log.__dataclass_fields__ if name != "learn_until"]
    columns = [np.concatenate([getattr(part, name) for part in parts]) for name in names]
    return Log(*columns, int(columns[1].min()) + learn_days)


def _ranks(group: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the place of each entry in its group; groups stand together."""
    first = np.flatnonzero(np.diff(group, prepend=-1))
    return np.arange(len(group)) - np.repeat(first, np.diff(np.append(first, len(group))))


def _distinct(log: Log, window: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return rows that show a patient for the first time in an account's window, and how many that makes so far."""
    rows = np.flatnonzero(log.shown)
    group = log.account[rows] * (1 << 32) + window[rows]
    order = np.lexsort((rows, log.patient[rows], group))
    new = np.append(True, (np.diff(group[order]) != 0) | (np.diff(log.patient[rows][order]) != 0))[: len(order)]
    firsts = np.sort(order[new])
    firsts = firsts[np.argsort(group[firsts], kind="stable")]
    return rows[firsts], _ranks(group[firsts]) + 1


def hours(log: Log) -> Track:
    """Count distinct patients within a clock hour: the 30 lines of bench/counter.py."""
    rows, count = _distinct(log, log.at // HOUR)
    return log.account[rows], log.at[rows], count.astype(np.float64)


def z_scores(log: Log) -> Track:
    """Compare the day's distinct patients so far with the account's own earlier days, in standard deviations."""
    rows, count, start, total = _days(log)
    account = log.account[rows[start]]
    seen = _ranks(account)
    before = np.cumsum(total) - total
    squares = np.cumsum(total**2) - total**2
    begin = np.arange(len(account)) - seen
    mean = (before - before[begin]) / np.maximum(seen, 1)
    spread = np.sqrt(np.maximum((squares - squares[begin]) / np.maximum(seen, 1) - mean**2, 1.0))
    of_day = np.repeat(np.arange(len(start)), np.diff(np.append(start, len(rows))))
    score = (count - mean[of_day]) / spread[of_day]
    kept = seen[of_day] >= FEWEST_DAYS
    return log.account[rows][kept], log.at[rows][kept], score[kept]


def peers(log: Log) -> Track:
    """Compare the day's distinct patients so far with the 99.9th percentile of all account-days before."""
    rows, count, start, total = _days(log)
    days = log.day[rows[start]]
    limit = {}
    for day in np.unique(days).tolist():
        past = total[days < day]
        limit[day] = float(np.quantile(past, 0.999)) if len(past) >= FEWEST_PEERS else np.inf
    score = count / np.array([limit[day] for day in log.day[rows].tolist()])
    kept = score > 0
    return log.account[rows][kept], log.at[rows][kept], score[kept]


def _days(log: Log) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Return rows and counts of distinct patients by account-day, where each account-day starts, and its total."""
    rows, count = _distinct(log, log.day)
    start = np.flatnonzero(count == 1)
    total = count[np.append(start[1:], len(count)) - 1].astype(np.float64)
    return rows, count, start, total


def bucket(log: Log) -> Track:
    """Fill a bucket with one drop a patient of the day, leaking LEAK a second, as CrowdSec's scenarios do."""
    rows, _ = _distinct(log, log.day)
    order = rows[np.lexsort((rows, log.account[rows]))]
    account, at = log.account[order], log.at[order]
    drop = _ranks(account)
    seconds = (at - at[np.arange(len(at)) - drop]) / 1e6
    # The level after drop i is the greatest of (i - j + 1) - LEAK (t_i - t_j): Lindley's recursion, unrolled.
    lowest = np.minimum.accumulate(drop - LEAK * seconds - account * 1e8) + account * 1e8
    return account, at, drop + 1 - LEAK * seconds - lowest


def forest(log: Log) -> Track:
    """Score account-hours by an isolation forest that learnt from the days before any thief; at the hour's end.

    scikit-learn's forest, the one that PyOD wraps. Raises ImportError where it is not installed.
    """
    from sklearn.ensemble import IsolationForest

    key, group = np.unique(log.account * (1 << 32) + log.at // HOUR, return_inverse=True)
    rows, _ = _distinct(log, log.at // HOUR)
    places = np.unique(np.stack((group.astype(np.uint64), log.network)), axis=1)[0].astype(np.int64)
    searching = np.isin(log.action, (Action.SEARCH, Action.LIST, Action.EXPORT))
    size = len(key)
    hour = key & 0xFFFFFFFF
    features = np.stack(
        [
            np.bincount(group, minlength=size),
            np.bincount(group[rows], minlength=size),
            np.bincount(group[searching], minlength=size),
            np.bincount(group, weights=log.listed, minlength=size),
            np.bincount(places, minlength=size),
            hour % 24,
        ],
        axis=1,
    ).astype(np.float64)
    learnt = hour * HOUR < log.learn_until * DAY
    trees = IsolationForest(random_state=1).fit(features[learnt])
    return key >> 32, (hour + 1) * HOUR, -trees.score_samples(features)


RULES = {
    "hour limit 100": (hours, 101.0),
    "z-score 4": (z_scores, 4.0),
    "peers 99.9 %": (peers, 1.0),
    "isolation forest 0.6": (forest, 0.6),
    "leaky bucket 40": (bucket, 40.0),
}
"""Each rule with its own setting."""
