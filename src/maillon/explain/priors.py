"""What a leak gave away, in the words of a reason."""

from __future__ import annotations

from maillon.explain.words import number
from maillon.facts.decision import Reason
from maillon.facts.leak import Why

_WORDS = {
    Why.STEALER: (
        "un appareil infecté a livré un accès à ce service",
        "an infected device gave away an access to this service",
    ),
    Why.DEVICE: (
        "un appareil infecté a livré des mots de passe de cette personne",
        "an infected device gave away passwords of this person",
    ),
    Why.PASSWORD: ("un mot de passe de ce service circule", "a password of this service is going round"),
    Why.REUSE: (
        "un mot de passe de cette personne, pris ailleurs, circule",
        "a password of this person, taken elsewhere, is going round",
    ),
}


def prior_reason(why: int, decades: float) -> Reason:
    """Return the reason of evidence that counts more since a leak: why, and how many times as much."""
    times = 10.0**decades
    fr, en = _WORDS[Why(why)]
    return Reason(
        f"leak_{Why(why).name.lower()}",
        {"times": times},
        f"{fr}, ce qui précède compte donc {number(times, 'fr')} fois plus",
        f"{en}, so the above counts {number(times, 'en')} times as much",
    )
