"""The roles of a region: what people of each read, when, from where, and what they do about it."""

from __future__ import annotations

from dataclasses import dataclass

FACILITY_KINDS = ("hospital", "care home", "social service")


@dataclass(frozen=True)
class Role:
    """How people of one role work. Rates are per record read; `hours` are (start hour, length, weight) of shifts."""

    name: str
    share: tuple[float, float, float]  # of the staff, in each kind of facility
    reads: float  # median records a worked day
    spread: float  # log-normal spread of that between people
    new: float  # share of the records never read before
    panel: float  # how far back re-reading goes, in patients
    acts: float
    updates: float
    searches: float
    weekday: float  # chance of working
    weekend: float
    remote: float  # share of people who may work from home
    phone: float  # chance of a session on a phone
    away: float  # share of new patients of another facility
    bulk: float  # chance that a worked day is a review of many records
    hours: tuple[tuple[float, float, float], ...]


_DESK = ((8.0, 9.0, 0.6), (9.0, 8.5, 0.4))
_WARD = ((6.5, 7.5, 0.4), (13.5, 7.5, 0.35), (20.75, 10.0, 0.25))
_ROUND = ((0.0, 23.5, 1.0),)

# fmt: off
_TABLE = (
    # name           share of staff   reads sprd  new panel acts upd. find week w-end remote phone away   bulk hours
    ("nurse",         (.46, .34, .05),    7,  .5, .28,   12, .10, .10, .12, .60,  .45,    .0,  .02, .02, .0005, _WARD),
    ("doctor",        (.27, .08, .03),    8,  .7, .36,   16, .16, .05, .25, .72,  .12,   .25,  .08, .06,  .001, _DESK),
    ("social worker", (.08, .06, .55),   12,  .6, .30,   25, .35, .15, .30, .80,  .01,    .3,   .1, .05,  .003, _DESK),
    ("secretary",     (.13, .10, .18),   20,  .7, .45,   30, .15, .25, .40, .80,  .03,   .05,   .0, .03,  .008, _DESK),
    ("admissions",    (.01, .37, .02),   11,  .6, .60,   15, .20, .10, .15, .78,  .06,    .1,  .02, .08,  .003, _DESK),
    ("coordinator",   (.03, .04, .14),   65,  .4, .45,   80, .30, .10, .30, .82,  .02,    .4,  .03, .20,  .015, _DESK),
    ("data quality",  (.02, .01, .03),   45,  .6, .80,   60,  .0, .10, .10, .75,   .0,    .4,   .0, .15,   .06, _DESK),
    ("kiosk",         ( .0,  .0,  .0),   28,  .3, .30,   25, .10, .10, .15, 1.0,  1.0,    .0,   .0, .02,    .0, _ROUND),
    ("service",       ( .0,  .0,  .0),  200, .03, .50,  900,  .0, .30,  .0, 1.0,  1.0,    .0,   .0, .30,    .0, _ROUND),
)
# fmt: on
ROLES = tuple(Role(*row) for row in _TABLE)
ROLE = {role.name: index for index, role in enumerate(ROLES)}
