"""The tables that templates may place."""

from __future__ import annotations

from maillon.explain.words import number
from maillon.facts.exposure import Bounds
from maillon.render.checklist import HEADS, state, steps
from maillon.render.clock import short
from maillon.render.notices.case import Case
from maillon.render.notices.compose import Table
from maillon.render.safe import safe
from maillon.render.texts import field, spaced

_GAPS = {
    "silent": ("aucun journal", "no log"),
    "rejected": ("lignes illisibles", "unreadable lines"),
    "beginning": ("avant les premiers journaux", "before the first logs"),
}
_PARTS = {
    "named": ("patients nommés par les journaux", "patients named by the logs"),
    "listed": ("lignes de listes dont les journaux ne nomment pas les patients", "rows of lists that name nobody"),
    "silent": ("périodes sans journal", "periods without a log"),
    "rejected": ("lignes illisibles", "unreadable lines"),
}
_BOUNDS = (("au moins", "probable", "au plus"), ("at least", "likely", "at most"))


def tables_of(case: Case, lang: str) -> dict[str, Table]:
    """Return every table of an incident, by name."""
    exposure, zone = case.exposure, case.incident.zone
    en = lang != "fr"
    bounds = _BOUNDS[en]

    def at(moment: int) -> str:
        return short(moment, zone, lang) if moment else "–"

    def three(values: Bounds) -> tuple[str, ...]:
        return tuple(number(one, lang) for one in (values.lower, values.likely, values.upper))

    def head(fr: str, english: str) -> str:
        return english if en else fr

    from_to = head("du", "from"), head("au", "to")
    return {
        "fields": Table(
            (head("donnée", "data"), *bounds),
            tuple((field(name, lang), *three(values)) for name, values in exposure.fields.items() if values.upper),
            (1, 2, 3),
        ),
        "accounts": Table(
            (head("compte", "account"), *from_to, *bounds),
            tuple(
                (safe(one.account), at(one.first), at(one.last), *three(one.patients)) for one in exposure.accounts
            ),
            (3, 4, 5),
        ),
        "routes": Table(
            (head("fonction du service", "function of the service"), *bounds),
            tuple((safe(one.route), *three(one.patients)) for one in exposure.routes),
            (1, 2, 3),
        ),
        "gaps": Table(
            (head("lacune", "gap"), *from_to, head("patients possibles", "patients at most")),
            tuple(
                (_GAPS.get(one.kind, (one.kind,) * 2)[en], at(one.since), at(one.until), number(one.patients, lang))
                for one in exposure.gaps
            ),
            (3,),
        ),
        "upper": Table(
            (head("ce que compte la borne haute", "what the upper bound counts"), head("personnes", "persons")),
            tuple(
                (_PARTS.get(name, (name,) * 2)[en], number(count, lang))
                for name, count in exposure.upper_parts.items()
                if count
            ),
            (1,),
        ),
        "severity": Table(
            (head("facteur", "factor"), head("valeur", "value"), head("raison", "reason")),
            tuple(
                (
                    _FACTORS[one.code][en],
                    f"{one.value:g}" if en else f"{one.value:g}".replace(".", ","),
                    (one.en if en else spaced(one.fr)) + _mark(one.by_hand, one.to_confirm, en),
                )
                for one in case.severity.factors
            ),
            (1,),
        ),
        "steps": Table(
            HEADS[lang],
            tuple(
                (one.what, one.who, one.when, state(one, lang))
                for one in steps(case.incident, case.decisions, case.noted, lang)
            ),
        ),
    }  # fmt: skip


def _mark(by_hand: bool, to_confirm: bool, en: bool) -> str:
    if by_hand:
        return " (set by hand)" if en else " (fixé par une personne)"
    if to_confirm:
        return " (to be confirmed)" if en else " (à confirmer)"
    return ""


_FACTORS = {
    "dpc_category": ("contexte : catégorie de données", "context: category of data"),
    "dpc_nature": ("contexte : nature du service", "context: nature of the service"),
    "dpc_phishing": ("contexte : de quoi tromper la personne", "context: enough to deceive the person"),
    "dpc_children": ("contexte : mineurs, majeurs protégés", "context: minors, protected adults"),
    "ei": ("facilité d’identification", "ease of identification"),
    "cb_confidentiality": ("circonstances : confidentialité", "circumstances: confidentiality"),
    "cb_integrity": ("circonstances : intégrité", "circumstances: integrity"),
    "cb_availability": ("circonstances : disponibilité", "circumstances: availability"),
    "cb_malicious": ("circonstances : intention de nuire", "circumstances: malicious intent"),
}
