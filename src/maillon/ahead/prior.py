"""How much likelier a theft of an account is after a leak, for the scoring and for who must choose whom to ask first.

The factors are judgements, kept in one table so that an operator can question them; no figure of ours measures them.
A leak's weight halves every ninety days: passwords change, sessions end.
"""

from __future__ import annotations

from collections.abc import Iterable

from maillon.facts.leak import Leak, Prior

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
_WORDS = {
    (True, True): (
        "leak_stealer",
        "un appareil infecté a livré un accès à ce service",
        "an infected device gave away an access to this service",
    ),
    (True, False): (
        "leak_device",
        "un appareil infecté a livré des mots de passe de cette personne",
        "an infected device gave away passwords of this person",
    ),
    (False, True): (
        "leak_password",
        "un mot de passe de ce service circule",
        "a password of this service is going round",
    ),
    (False, False): (
        "leak_reuse",
        "un mot de passe de cette personne, pris ailleurs, circule",
        "a password of this person, taken elsewhere, is going round",
    ),
}


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
        code, fr, en = _WORDS[stealer, leak.own_service]
        if factor >= 1.5 and factor > best.get(leak.account_hash, _NONE).factor:
            reason = {"code": code, "fr": fr, "en": en}
            best[leak.account_hash] = Prior(
                leak.account, leak.account_hash, round(factor, 3), now + HALF_LIFE_US, reason
            )
    return sorted(best.values(), key=lambda one: (-one.factor, one.account))


_NONE = Prior("", 0, 0.0, 0, {})
