"""The severity of an exposure by ENISA's method, proposed from the fields that were shown and mended by a person.

SE = DPC x EI + CB. Scores and thresholds: ENISA 2013, annexes 1 to 3. What an account theft on a health service means
for each factor is said in its reason; every factor can be set by hand, with a reason that stays beside it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from maillon.facts.errors import UsageError
from maillon.facts.severity import LEVELS, Factor, Severity

THRESHOLDS = (2.0, 3.0, 4.0)
"""SE below 2 is low, from 2 medium, from 3 high, from 4 very high."""

MANY = 100
"""More persons than this raise a flag beside the score."""

_RANGES = {
    "dpc_category": (1.0, 4.0),
    "dpc_nature": (0.0, 3.0),
    "dpc_phishing": (0.0, 3.0),
    "dpc_children": (0.0, 3.0),
    "ei": (0.25, 1.0),
    "cb_confidentiality": (0.0, 0.5),
    "cb_integrity": (0.0, 0.5),
    "cb_availability": (0.0, 0.5),
    "cb_malicious": (0.0, 0.5),
}
FACTORS = tuple(_RANGES)
"""The factors that a person may set."""

_NATIONAL = {"nir", "ins"}
_REACHED = {"phone", "email", "address"}


def propose(fields: Collection[str], patients: int, *, children: bool | None = None, health: bool = True) -> Severity:
    """Return the severity of an exposure of `patients` persons whose `fields` (names of event.Field) were shown.

    `children`: whether minors or protected adults are among them (None = nobody has said yet); `health`: the service
    is for care, so that to be in it already tells of one's health.
    """
    shown = set(fields)
    return _sum(
        (
            _category(shown),
            _nature(health),
            _phishing(shown),
            _children(children),
            _identification(shown),
            Factor(
                "cb_confidentiality",
                "cb",
                0.5,
                "un tiers inconnu a lu les données et peut les avoir transmises à un nombre inconnu de personnes",
                "an unknown person read the data and may have passed them on to an unknown number of people",
            ),
            Factor(
                "cb_integrity",
                "cb",
                0.0,
                "aucune modification n’est comptée ici : Maillon compte les lectures",
                "no change is counted here: Maillon counts readings",
                to_confirm=True,
            ),
            Factor(
                "cb_availability",
                "cb",
                0.0,
                "les données restent disponibles pour les soins",
                "the data stay available for care",
                to_confirm=True,
            ),
            Factor(
                "cb_malicious",
                "cb",
                0.5,
                "le vol d’un compte est un acte malveillant",
                "the theft of an account is a malicious act",
            ),
        ),
        ("over_100",) if patients > MANY else (),
    )


def adjust(severity: Severity, changes: Mapping[str, tuple[float, str]], *, unintelligible: bool = False) -> Severity:
    """Return the severity with factors set by hand: code -> (value, why). Raises UsageError, all mistakes at once."""
    wrong = []
    for code, (value, why) in changes.items():
        if code not in _RANGES:
            wrong.append(f"{code}: no such factor; there are {', '.join(FACTORS)}")
            continue
        low, high = _RANGES[code]
        if not low <= value <= high:
            wrong.append(f"{code} = {value:g}: must lie between {low:g} and {high:g}")
        if not why.strip():
            wrong.append(f"{code}: a factor set by hand needs its reason")
    if wrong:
        raise UsageError("the severity cannot be adjusted so:\n" + "\n".join(f"  {one}" for one in wrong))
    factors = tuple(
        replace(one, value=changes[one.code][0], fr=why, en=why, by_hand=True, to_confirm=False)
        if (why := changes.get(one.code, (0.0, ""))[1].strip())
        else one
        for one in severity.factors
    )
    flags = (*severity.flags, "unintelligible") if unintelligible else severity.flags
    return _sum(factors, flags)


def level(score: float) -> str:
    """Return the level of a score: exactly 2 is medium, 3 high, 4 very high."""
    return LEVELS[sum(score >= threshold for threshold in THRESHOLDS)]


def _sum(factors: tuple[Factor, ...], flags: tuple[str, ...]) -> Severity:
    part = {name: sum(one.value for one in factors if one.part == name) for name in ("dpc", "ei", "cb")}
    dpc = min(max(part["dpc"], 1.0), 4.0)
    return Severity(dpc, part["ei"], part["cb"], level(dpc * part["ei"] + part["cb"]), factors, flags)


def _category(shown: set[str]) -> Factor:
    if "medical" in shown:
        fr, en = "des données de santé ont été montrées", "health data were shown"
        return Factor("dpc_category", "dpc", 4.0, fr, en)
    fr = "données d’identité et de contact, sans contenu médical d’après les routes lues"
    en = "identity and contact data, without medical content by the routes that were read"
    return Factor("dpc_category", "dpc", 1.0, fr, en)


def _nature(health: bool) -> Factor:
    if health:
        fr = "figurer dans un service de santé révèle déjà un besoin de soins"
        en = "to stand in a health service already tells of a need for care"
        return Factor("dpc_nature", "dpc", 1.0, fr, en)
    fr, en = "le service ne révèle rien de la santé", "the service tells nothing of health"
    return Factor("dpc_nature", "dpc", 0.0, fr, en)


def _phishing(shown: set[str]) -> Factor:
    if shown & _NATIONAL:
        fr = "le numéro de sécurité sociale ou l’INS est connu : usurpation d’identité, faux appels très crédibles"
        en = "the social-security number or the INS is known: identity theft, very credible false calls"
        return Factor("dpc_phishing", "dpc", 1.0, fr, en)
    if "family_name" in shown and "birth_date" in shown and shown & _REACHED:
        fr = "nom, date de naissance et moyen de joindre la personne : de quoi rendre crédible un faux message"
        en = "name, birth date and a way to reach the person: enough to make a false message credible"
        return Factor("dpc_phishing", "dpc", 1.0, fr, en)
    fr = "pas de numéro national, ni de réunion nom, date de naissance et contact"
    en = "no national number, nor name, birth date and contact together"
    return Factor("dpc_phishing", "dpc", 0.0, fr, en)


def _children(children: bool | None) -> Factor:
    if children is None:
        fr = "les journaux ne disent pas si des mineurs ou des majeurs protégés sont concernés"
        en = "the logs do not tell whether minors or protected adults are concerned"
        return Factor("dpc_children", "dpc", 0.0, fr, en, to_confirm=True)
    if children:
        fr = "des mineurs ou des majeurs protégés sont concernés"
        en = "minors or protected adults are concerned"
        return Factor("dpc_children", "dpc", 1.0, fr, en)
    fr, en = "ni mineurs ni majeurs protégés", "neither minors nor protected adults"
    return Factor("dpc_children", "dpc", 0.0, fr, en)


def _identification(shown: set[str]) -> Factor:
    """Say how easily a person is known from what was shown, by the strongest combination."""
    if not shown:
        fr = "les champs montrés ne sont pas connus : le pire est supposé"
        en = "which fields were shown is not known: the worst is assumed"
        return Factor("ei", "ei", 1.0, fr, en, to_confirm=True)
    if shown & (_NATIONAL | {"photo"}) or ("family_name" in shown and shown & (_REACHED | {"birth_date"})):
        fr = "un numéro national, une photo, ou le nom avec date de naissance ou contact : la personne est désignée"
        en = "a national number, a photo, or the name with birth date or contact: the person is singled out"
        return Factor("ei", "ei", 1.0, fr, en)
    if "family_name" in shown:
        fr, en = "le nom seul, que d’autres peuvent porter", "the name alone, which others may bear"
        return Factor("ei", "ei", 0.75, fr, en)
    if shown & (_REACHED | {"contact_person"}):
        fr = "un contact sans nom : une recherche est nécessaire"
        en = "a contact without a name: a search is needed"
        return Factor("ei", "ei", 0.5, fr, en)
    fr, en = "des traits que beaucoup partagent", "traits that many share"
    return Factor("ei", "ei", 0.25, fr, en)
