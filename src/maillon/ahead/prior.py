"""How much likelier a theft of an account is after a leak, for the scoring and for who must choose whom to ask first.

The factors are judgements, kept in one table so that an operator can question them; no figure of ours measures them.
A leak's weight halves every ninety days: passwords change, sessions end.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from math import floor, log10

from maillon.facts.leak import Leak, Prior, Why

HALF_LIFE_US = 90 * 86_400_000_000
FACTORS = {
    # (nature is stealer, of the service itself, cookies): factor on the odds of a theft
    (True, True, True): 300.0,
    (True, True, False): 200.0,
    (True, False, True): 100.0,
    (True, False, False): 30.0,
    (False, True, False): 100.0,
    (False, False, False): 10.0,
}
_WHY = {
    (True, True): Why.STEALER,
    (True, False): Why.DEVICE,
    (False, True): Why.PASSWORD,
    (False, False): Why.REUSE,
}

MOST_DECADES = 2.0
"""An account's evidence counts a hundredfold at most: the factors above are judgements, and the budget is not."""


def priors(leaks: Iterable[Leak], now: int) -> list[Prior]:
    """Return the factor of each account that leaks name at `now` (µs), the highest first; one leak counts, the gravest.

    A factor below 1.5 is not worth telling and is left out.
    """
    best: dict[int, Prior] = {}
    for leak in leaks:
        if not leak.account_hash:
            continue
        stealer = leak.nature == "stealer"
        full = FACTORS[stealer, leak.own_service, stealer and leak.cookies > 0]
        age = max(now - leak.seen, 0) / HALF_LIFE_US if leak.seen else 0.0
        factor = 1.0 + (full - 1.0) * 0.5**age
        if not leak.certain:
            factor = 1.0 + (factor - 1.0) / 2
        if factor >= 1.5 and (leak.account_hash not in best or factor > best[leak.account_hash].factor):
            why = int(_WHY[stealer, leak.own_service])
            best[leak.account_hash] = Prior(leak.account, leak.account_hash, round(factor, 3), now + HALF_LIFE_US, why)
    return sorted(best.values(), key=lambda one: (-one.factor, one.account))


def bounded(new: Sequence[Prior], standing: Iterable[Prior], accounts: int) -> list[Prior]:
    """Return `new` priors with their decades: so many that all together cost no more wrong steps than all accounts do.

    An honest account with a prior of d decades meets 10^d as many wrong steps as another. With `standing` the priors
    that hold already, of other accounts, the sum of 10^d is kept at `accounts`, the number of all accounts: where a
    list names too many, each of the new ones counts less. The budget of wrong steps at most doubles.
    """
    room = accounts - sum(10.0**one.decades for one in standing)
    full = [min(MOST_DECADES, log10(one.factor)) for one in new]
    over = log10(max(1.0, sum(10.0**one for one in full) / max(room, 1.0)))
    return [
        replace(one, decades=max(0.0, floor((decades - over) * _FINE) / _FINE))
        for one, decades in zip(new, full, strict=True)
    ]


_FINE = 1024  # decades are kept in so many parts, which a record holds exactly
