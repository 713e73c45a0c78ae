"""Invented names. No real person: surnames are made of syllables, domains are example.*."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_FIRST = ("Val", "Mont", "Cler", "Bru", "Roche", "Fon", "Sau", "Ver", "Cham", "Gri", "Mar", "Lou", "Tor", "Bel", "Pra")
_LAST = ("noux", "tagne", "zel", "vière", "dac", "mier", "lande", "quet", "sanne", "rive", "bois", "thier", "gueux")
SURNAMES = tuple(first + last for first in _FIRST for last in _LAST)
GIVEN = ("Alix", "Bérénice", "Corentin", "Dorian", "Élia", "Fantin", "Gaëlle", "Hilaire", "Isaure", "Joran")
_PLAIN = str.maketrans("éèêëàâîïôûùçÉ", "eeeeaaiiouucE")
DOMAINS = ("example.org", "example.net", "example.com")


def plain(text: str) -> str:
    """Return the text in lower-case letters without accents."""
    return text.translate(_PLAIN).lower()


def account_names(people: int, facility: NDArray[np.integer]) -> list[str]:
    """Return a different name for each of the people: local log-ins, and e-mail addresses in one facility in five."""
    names = []
    for index in range(people):
        surname = plain(SURNAMES[(index * 7 + index // len(SURNAMES)) % len(SURNAMES)])
        letter = "abcdefghijklmnoprstv"[(index * 3 + index // 11) % 20]
        base = f"{letter}.{surname}{index}"
        place = int(facility[index])
        names.append(f"{base}@etab{place}.{DOMAINS[place % 3]}" if place % 5 == 0 else base)
    return names
