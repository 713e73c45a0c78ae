"""Which verdicts count: a stolen analyst must not teach, so that above a number of patients two persons must agree."""

from __future__ import annotations

from collections.abc import Iterable

from maillon.facts.order import Order
from maillon.facts.response import ResponsePolicy
from maillon.facts.verdict import Held, Verdict


def persons(given: Iterable[str]) -> set[str]:
    """Return the different people among names, however they are written."""
    return {" ".join(name.casefold().split()) for name in given} - {""}


def enough(verdicts: Iterable[Verdict], policy: ResponsePolicy) -> bool:
    """Tell whether verdicts `legitimate` of one thing are said by as many people as it takes."""
    said = list(verdicts)
    needed = 2 if any(one.patients > policy.verdict_patients for one in said) else 1
    return len(persons(name for one in said for name in (one.who, one.second))) >= needed


def word(order: Order, verdicts: Iterable[Verdict], at: int, policy: ResponsePolicy) -> str:
    """Return the last word on `order` up to `at`: "legitimate", "theft" or "". At the same moment theft is believed."""
    mine = [one for one in verdicts if order.at <= one.at <= at and _speaks_of(one, order)]
    return _last(mine, policy)


def held(evidence: Held, at: int, verdicts: Iterable[Verdict], policy: ResponsePolicy) -> bool:
    """Tell whether people said that such evidence from such an origin is the owner's own, and that still holds."""
    mine = [one for one in verdicts if one.at <= at < one.until and any(_matches(hold, evidence) for hold in one.holds)]
    return _last(mine, policy) == "legitimate"


def agreed(verdict: Verdict, others: Iterable[Verdict], policy: ResponsePolicy) -> bool:
    """Tell whether `verdict` is `legitimate` and counts, alone or with what others said of the same before it."""
    if verdict.word != "legitimate":
        return False
    same = [
        one for one in others if one.of == verdict.of and one.word == verdict.word and one.at <= verdict.at < one.until
    ]
    return enough([verdict, *same], policy)


def _last(verdicts: list[Verdict], policy: ResponsePolicy) -> str:
    kind = [one for one in verdicts if one.word == "legitimate"]
    theft = max((one.at for one in verdicts if one.word == "theft"), default=None)
    if theft is not None:
        kind = [one for one in kind if one.at > theft]
    if kind and enough(kind, policy):
        return "legitimate"
    return "theft" if theft is not None else ""


def _speaks_of(verdict: Verdict, order: Order) -> bool:
    if order.account_hash not in verdict.accounts:
        return False
    return not verdict.decisions or order.decision in verdict.decisions


def _matches(hold: Held, evidence: Held) -> bool:
    return (
        hold.account_hash == evidence.account_hash
        and hold.kind == evidence.kind
        and hold.network in (0, evidence.network)
        and hold.device in (0, evidence.device)
    )
