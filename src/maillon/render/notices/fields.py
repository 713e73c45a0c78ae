"""Identity fields as patients call them, and what their theft makes possible."""

from __future__ import annotations

from collections.abc import Collection

YOURS: dict[str, tuple[str, str]] = {
    "family_name": ("votre nom de famille", "your family name"),
    "given_name": ("votre prénom", "your given name"),
    "birth_date": ("votre date de naissance", "your birth date"),
    "age": ("votre âge", "your age"),
    "sex": ("votre sexe", "your sex"),
    "phone": ("votre numéro de téléphone", "your telephone number"),
    "email": ("votre adresse de courriel", "your e-mail address"),
    "address": ("votre adresse postale", "your postal address"),
    "nir": ("votre numéro de sécurité sociale", "your social-security number"),
    "ins": ("votre identité nationale de santé (INS)", "your national health identity (INS)"),
    "birth_place": ("votre lieu de naissance", "your place of birth"),
    "contact_person": ("le nom d’une personne à prévenir", "the name of a person to contact"),
    "photo": ("votre photo", "your photograph"),
    "medical": ("des informations sur votre santé", "information on your health"),
}

_GIVES = {
    "nir": ("ins", "sex", "birth_place", "age"),
    "ins": ("nir", "sex", "birth_place", "age"),
    "birth_date": ("age",),
}
"""What a field gives away: an INS is an NIR most often; an NIR tells sex, year and place of birth."""

_CONSEQUENCES: tuple[tuple[frozenset[str], str, str], ...] = (
    (
        frozenset({"phone", "email", "address"}),
        "de faux messages, appels ou courriers, qui citent des informations exactes pour inspirer confiance",
        "false messages, calls or letters that quote true information to inspire confidence",
    ),
    (
        frozenset({"nir", "ins"}),
        "une usurpation d’identité auprès d’organismes qui utilisent le numéro de sécurité sociale",
        "identity theft towards bodies that use the social-security number",
    ),
    (
        frozenset({"family_name", "given_name", "birth_date"}),
        "une usurpation d’identité simple (ouverture de comptes, démarches au nom de la personne)",
        "simple identity theft (accounts opened, steps taken in the person’s name)",
    ),
    (
        frozenset({"medical"}),
        "la révélation de l’état de santé, un chantage ou une discrimination",
        "the disclosure of the state of health, blackmail or discrimination",
    ),
    (
        frozenset(YOURS),
        "la révélation du fait que la personne est ou a été prise en charge",
        "the disclosure that the person is or was cared for",
    ),
)


def yours(shown: Collection[str], lang: str) -> list[str]:
    """Return the fields that were shown, as one says them to the person; an unknown one by its name."""
    known = [name for name in YOURS if name in shown]
    other = [name for name in shown if name not in YOURS]
    return [*(YOURS[name][0 if lang == "fr" else 1] for name in known), *other]


def not_yours(shown: Collection[str], lang: str) -> list[str]:
    """Return the fields that were not shown, as one says them to the person: none that another one gives away."""
    known = {*shown, *(told for name in shown for told in _GIVES.get(name, ()))}
    return [pair[0 if lang == "fr" else 1] for name, pair in YOURS.items() if name not in known]


def consequences(shown: Collection[str], lang: str) -> list[str]:
    """Return what may follow from the fields that were shown; from all of them where they are not known."""
    seen = set(shown) or set(YOURS)
    return [fr if lang == "fr" else en for fields, fr, en in _CONSEQUENCES if fields & seen]
