"""Why less was ordered than the evidence asked for, what remains to a suspended carer, what abuse of a passage is."""

from __future__ import annotations

from maillon.facts.decision import Reason
from maillon.facts.order import Text

_CAPPED = {
    "cap_group": Text(
        "trop de comptes de cet établissement et de ce métier seraient contenus dans l’heure : le compte est ralenti, "
        "une personne doit regarder tout de suite",
        "too many accounts of this establishment and role would be contained within the hour: the account is slowed, "
        "somebody must look at once",
    ),
    "cap_whole": Text(
        "trop de comptes seraient contenus dans l’heure : le compte est ralenti, une personne doit regarder tout de "
        "suite",
        "too many accounts would be contained within the hour: the account is slowed, somebody must look at once",
    ),
    "emergency": Text(
        "un service d’urgence n’est jamais arrêté en entier : le compte est ralenti, une personne doit regarder tout "
        "de suite",
        "an emergency department is never stopped as a whole: the account is slowed, somebody must look at once",
    ),
}
_REMAINS = Text(
    "Un collègue peut se porter garant de vous auprès de l’astreinte, qui vous ouvre un compte de secours.",
    "A colleague can vouch for you to whoever is on call, who opens a stand-by account for you.",
)


def capped_reason(code: str) -> Reason:
    """Return the reason of an order that was lowered: `code` is one of the cap's words."""
    text = _CAPPED[code]
    return Reason(code, {}, text.fr, text.en)


def remains(fr: str, en: str) -> Text:
    """Return the passage that remains to a suspended carer: the operator's own words, else the usual one."""
    return Text(fr or en or _REMAINS.fr, en or fr or _REMAINS.en)


def abuse_reason(patients: int, exports: int) -> Reason:
    """Return the reason of a decision about an emergency passage that was used for more than an emergency."""
    numbers = {"patients": float(patients), "exports": float(exports)}
    return Reason(
        "break_glass_abuse",
        numbers,
        f"sous l’accès d’urgence, {patients} patients de plus et {exports} exports ont été tentés au-delà de ses "
        "limites",
        f"under the emergency passage, {patients} more patients and {exports} exports were tried beyond its limits",
    )
