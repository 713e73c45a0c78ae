"""Why a name is taken for an imitation, in French and English."""

from __future__ import annotations

from maillon.facts.lookalike import Why

_TEXTS = {
    "brand": ("contient la marque « {0} »", "holds the brand “{0}”"),
    "weak": ("contient « {0} », mot de la marque", "holds “{0}”, a word of the brand"),
    "imitation": ("« {0} » imite « {1} » ({2})", "“{0}” imitates “{1}” ({2})"),
    "innocent": (
        "« {0} » ressemble à « {1} » et peut être un prénom ou un mot honnête",
        "“{0}” resembles “{1}” and may be a first name or an honest word",
    ),
    "lure": ("mots d’appât : {0}", "lure words: {0}"),
    "brands": ("cite aussi {0}", "names {0} too"),
    "idn": ("lettres étrangères ou accents : se lit {0}", "foreign letters or accents: reads {0}"),
    "free_host": ("sous un hébergement gratuit ({0})", "under a free host ({0})"),
    "tld": ("extension bon marché (.{0})", "cheap ending (.{0})"),
    "own_name_inside": ("le vrai nom {0} y est inséré", "the true name {0} stands inside"),
    "digits": ("chiffres à la place de lettres", "digits in place of letters"),
}


def reason(code: str, *values: str) -> Why:
    """Return a reason, filled."""
    fr, en = _TEXTS[code]
    return Why(code, fr.format(*values), en.format(*values))
