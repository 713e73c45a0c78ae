"""Which of a log's identifiers is the patient's: how many there are, who uses them, what is asked about them."""

from __future__ import annotations

import math
from dataclasses import dataclass

from maillon.read.learn_places import Values
from maillon.read.looks import may_be_word
from maillon.read.vocabulary import OTHER_THING, PATIENT, SESSION, SURELY_PATIENT, says

_LEAST = 5  # distinct values, below which nothing is an identifier of patients
_ENOUGH = 2.3  # score from which a place is taken for the patient's
_NEAR = 1.5  # difference of scores within which the identifier before is taken
_PARTS = 0.15  # distinct values of it for each of what it has: a patient has a few stays
_MANY, _LONG = 100, 16  # requests and letters from which values that never come back are tokens
_MOST, _WORDED = 0.98, 0.6  # most certainty; where values may be words of the service that few say
_ONCE = 0.93  # share of values used once from which a value is made up for each request


@dataclass(frozen=True)
class Judged:
    """One group of places: what it looks like, in numbers."""

    values: Values
    score: float
    distinct: int
    each: float  # distinct values for each account that used any
    shared: float  # share of the accounts that use one value, on average
    views: float  # forms in which one value is asked for, over values used at least twice
    part: float  # of all answered requests with an identifier, those that end at this one
    hint: float
    worded: bool  # most requests hold a value that could be a word

    @property
    def sentence(self) -> str:
        """What was counted, in words, without any value."""
        return (
            f"{self.distinct} distinct values in {self.values.lines} requests, {self.each:.1f} for each account, "
            f"each asked for in {self.views:.1f} ways"
        )


def judged(groups: list[Values], actors: int, dynamic: int) -> list[Judged]:
    """Return the groups, the most like a patient's identifier first."""
    ending = sum(group.last for group in groups if _is_identifier(group))
    sessions = [is_session(group, dynamic) for group in groups]
    found = [
        _judge(group, max(actors, 1), max(ending, 1), out=out) for group, out in zip(groups, sessions, strict=True)
    ]
    return sorted(found, key=lambda one: (-one.score, one.values.places[0].key))


def _is_identifier(group: Values) -> bool:
    return len(group.uses) >= _LEAST and not _is_made_up(group)


def _is_made_up(group: Values) -> bool:
    """Tell whether values are made up for each request: a clock, a random number against caches, a request's id."""
    if group.clock > 0.5 * group.lines:
        return True
    in_query = all(place.kind == "query" for place in group.places)
    return (in_query and group.lines >= 30 and len(group.uses) > _ONCE * group.lines) or rotates(group)


def rotates(group: Values) -> bool:
    """Tell whether values are long tokens that never come back: identifiers encrypted anew for each page."""
    if group.lines < _MANY or len(group.uses) <= _ONCE * group.lines:
        return False
    return 2 * sum(len(value) >= _LONG and not value.isdecimal() for value in group.uses) > len(group.uses)


def _judge(group: Values, everybody: int, ending: int, *, out: bool) -> Judged:
    distinct = len(group.uses)
    users = len(set().union(*group.actors.values()))
    pairs = sum(len(actors) for actors in group.actors.values())
    again = [len(group.views[value]) for value, uses in group.uses.items() if uses > 1]
    hint = _hint(group)
    worded = sum(uses for value, uses in group.uses.items() if may_be_word(value)) > 0.5 * group.lines
    each, shared = pairs / max(users, 1), pairs / distinct / everybody
    views = sum(again) / len(again) if again else 1.0
    part = group.last / ending if _is_identifier(group) else 0.0
    score = (
        2.0 * min(1.0, math.log(distinct) / math.log(200))
        + 2.0 * part
        + min(1.0, (views - 1) / 2)
        + min(1.0, math.log2(1 + each) / 4)
        + hint
        - _coincides(group, pairs, hint)
        - (1.0 if worded else 0.0)
        - (1.5 if distinct < 8 else 0.0)
        - (2.5 if shared > 0.35 and everybody >= 8 else 0.0)
        - (1.0 if each < 1.5 and users >= 8 else 0.0)
    )
    if distinct < _LEAST or _is_made_up(group) or out or is_account(group):
        score = -math.inf
    return Judged(group, score, distinct, each, shared, views, part, hint, worded)


def _coincides(group: Values, pairs: int, hint: float) -> float:
    """Return what to take off a query's values that come back by chance, not because an account takes them up again.

    A measure (a delay, a width of a screen) repeats itself over accounts; a record is read again by the same one.
    """
    if hint > 0 or any(place.kind != "query" for place in group.places):
        return 0.0
    return 1.5 * (1 - min(1.0, (1 - pairs / group.lines) / 0.3))


def _hint(group: Values) -> float:
    """Return what the words nearest before the places say, each place counting by its requests."""
    if any(says(place.hint, SURELY_PATIENT) for place in group.places):
        return 1.5
    if any(says(place.hint, PATIENT) for place in group.places):
        return 0.8
    return -1.5 if all(says(place.hint, OTHER_THING) for place in group.places) else 0.0


def is_session(group: Values, dynamic: int) -> bool:
    """Tell whether values are sessions: called so, or one account's each, never taken up again, on most requests.

    `dynamic` is how many requests were answered, static files apart.
    """
    if any(place.kind != "path" and says(place.key, SESSION) for place in group.places):
        return True
    pairs = sum(len(actors) for actors in group.actors.values())
    alone = pairs <= 1.02 * len(group.uses) and group.runs <= 1.05 * group.apart
    return alone and len(group.uses) >= 8 and group.lines >= max(3 * len(group.uses), 0.4 * dynamic)


def is_account(group: Values) -> bool:
    """Tell whether values are the names of those who ask."""
    return group.compared >= 3 and group.named > 0.8 * group.compared


def patients(ranked: list[Judged]) -> tuple[list[Judged], float]:
    """Return the groups that hold patients, the first the main one, and how sure that is (0 to 1)."""
    if not ranked or ranked[0].score < _ENOUGH:
        return [], 0.0
    best = _owner(ranked)
    margin = best.score - max((one.score for one in ranked if one is not best), default=0.0)
    support = 1 - math.exp(-best.distinct / 12)
    sure = support / (1 + math.exp(-(0.6 + 1.6 * margin + 0.7 * best.hint)))
    others = [one for one in ranked if one is not best and one.hint >= 1.5 and one.score >= _ENOUGH]
    return [best, *others], round(min(sure, _WORDED if best.worded else _MOST), 2)


def _owner(ranked: list[Judged]) -> Judged:
    """Return the likeliest identifier, or the one that stands before it in paths where that has a few of it each.

    `/patient/{}/sejour/{}`: a patient has a few stays, and most requests end at one; an establishment has hundreds.
    """
    best = ranked[0]
    for one in ranked[1:]:
        near = one.score > best.score - _NEAR and one.distinct > _PARTS * best.distinct
        if near and one.score >= _ENOUGH and one.hint >= 0 and _before(one.values, best.values):
            best = one
    return best


def _before(one: Values, other: Values) -> bool:
    """Tell whether a group stands before another in the same paths."""
    keys = [place.key + "/" for place in one.places if place.kind == "path"]
    return any(place.key.startswith(key) for place in other.places if place.kind == "path" for key in keys)
