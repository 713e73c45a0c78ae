"""The trades: how often, how much, when and at whom each looks. Figures are judgements; docs/simulators.md says why."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from maillon.sim.second.draws import Column
from maillon.sim.second.land import CARE, COUNTY, HOME, HOSPITAL


class Trade(NamedTuple):
    """One trade."""

    name: str
    share: float  # of the accounts
    place: int  # kind of establishment
    services: tuple[float, float, float]  # share of sessions: placement portal, identity lookup, shared record
    use: float  # mean share of duty days on which the account is opened
    reads: float  # median of accounts: patients opened on such a day
    spread: float  # between accounts: standard deviation of the logarithm
    burst: float  # within an account: shape of the negative binomial; small = erratic
    shift: int  # row of SHIFTS
    part_time: float  # share of accounts that miss one or two weekdays
    from_home: float  # mean share of days worked from home
    panel: int  # patients followed at a time
    turnover: float  # days after which a followed patient is replaced
    modes: tuple[float, float, float, float, float]  # panel, new, old, elsewhere in the house, anywhere
    search: float  # share of reads that a search precedes
    detail: float  # mean further pages of the same patient
    care: float  # share of reads that lead to a care act
    update: float  # share of reads that change the record
    lists: float  # mean pages of lists a session


OFFICE, ROTA, ROUNDS, BATCH = range(4)
# Pieces of each shift: share, from, until (hours).
SHIFTS = (
    ((0.56, 8.2, 12.2), (0.40, 13.2, 17.4), (0.04, 17.4, 20.0)),
    ((0.45, 6.6, 13.8), (0.37, 13.6, 21.2), (0.18, 20.8, 30.4)),
    ((0.40, 7.3, 12.5), (0.35, 13.5, 19.0), (0.25, 19.0, 23.3)),
    ((1.0, 1.5, 4.5),),
)

TRADES = (
    Trade("ward_clerk", 0.20, HOSPITAL, (0.35, 0.45, 0.20), 0.62, 9, 0.80, 1.3, OFFICE, 0.35, 0.00, 40, 12,
          (0.54, 0.30, 0.06, 0.07, 0.03), 0.45, 0.3, 0.12, 0.20, 0.8),
    Trade("social_worker", 0.12, HOSPITAL, (0.85, 0.05, 0.10), 0.60, 6, 0.60, 1.8, OFFICE, 0.45, 0.12, 24, 28,
          (0.72, 0.15, 0.06, 0.05, 0.02), 0.20, 1.2, 0.35, 0.30, 1.1),
    Trade("coordinating_nurse", 0.09, HOSPITAL, (0.70, 0.10, 0.20), 0.70, 11, 0.70, 1.6, OFFICE, 0.25, 0.06, 60, 15,
          (0.60, 0.22, 0.04, 0.11, 0.03), 0.25, 1.0, 0.30, 0.25, 1.5),
    Trade("nurse", 0.08, HOSPITAL, (0.10, 0.25, 0.65), 0.40, 5, 0.75, 1.2, ROTA, 0.20, 0.00, 25, 7,
          (0.70, 0.22, 0.03, 0.04, 0.01), 0.30, 0.8, 0.10, 0.15, 0.6),
    Trade("doctor", 0.16, HOSPITAL, (0.25, 0.10, 0.65), 0.28, 3, 0.95, 0.9, ROUNDS, 0.30, 0.10, 50, 25,
          (0.68, 0.17, 0.08, 0.04, 0.03), 0.40, 1.4, 0.22, 0.10, 0.4),
    Trade("intern", 0.05, HOSPITAL, (0.20, 0.10, 0.70), 0.50, 6, 0.70, 1.1, ROTA, 0.02, 0.00, 30, 8,
          (0.62, 0.27, 0.05, 0.04, 0.02), 0.40, 1.3, 0.20, 0.15, 0.5),
    Trade("home_director", 0.09, HOME, (0.97, 0.01, 0.02), 0.42, 5, 0.80, 0.8, OFFICE, 0.10, 0.08, 30, 60,
          (0.35, 0.20, 0.10, 0.00, 0.35), 0.10, 1.0, 0.45, 0.15, 1.6),
    Trade("home_care", 0.09, CARE, (0.30, 0.10, 0.60), 0.50, 7, 0.65, 1.5, ROUNDS, 0.40, 0.00, 32, 75,
          (0.84, 0.07, 0.05, 0.00, 0.04), 0.25, 0.5, 0.15, 0.25, 0.7),
    Trade("coder", 0.03, HOSPITAL, (0.02, 0.38, 0.60), 0.72, 26, 0.60, 2.2, OFFICE, 0.20, 0.35, 90, 5,
          (0.15, 0.15, 0.30, 0.38, 0.02), 0.10, 1.6, 0.00, 0.12, 0.5),
    Trade("officer", 0.02, COUNTY, (0.95, 0.04, 0.01), 0.66, 14, 0.70, 1.4, OFFICE, 0.30, 0.30, 150, 40,
          (0.30, 0.30, 0.10, 0.00, 0.30), 0.30, 0.7, 0.10, 0.30, 1.8),
    Trade("pharmacist", 0.03, HOSPITAL, (0.01, 0.24, 0.75), 0.60, 15, 0.70, 1.7, ROTA, 0.20, 0.02, 80, 9,
          (0.25, 0.38, 0.05, 0.29, 0.03), 0.50, 0.4, 0.06, 0.08, 0.6),
    Trade("admissions", 0.03, HOSPITAL, (0.02, 0.93, 0.05), 0.80, 44, 0.55, 2.4, ROTA, 0.25, 0.00, 30, 2,
          (0.05, 0.55, 0.08, 0.24, 0.08), 0.70, 0.2, 0.00, 0.35, 0.5),
    Trade("robot", 0.01, HOSPITAL, (0.15, 0.55, 0.30), 0.97, 160, 1.10, 60.0, BATCH, 0.00, 0.00, 10, 2,
          (0.00, 0.00, 0.00, 0.00, 0.00), 0.00, 0.0, 0.00, 0.00, 0.0),
)  # fmt: skip
NAMES = tuple(trade.name for trade in TRADES)
INTERN, CODER, OFFICER, ROBOT = (NAMES.index(name) for name in ("intern", "coder", "officer", "robot"))
DIRECTOR, SOCIAL = NAMES.index("home_director"), NAMES.index("social_worker")


def column(name: str) -> Column:
    """Return one figure of every trade, one row a trade."""
    return np.array([getattr(trade, name) for trade in TRADES])
