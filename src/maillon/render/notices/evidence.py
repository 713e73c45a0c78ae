"""What the evidence of an incident says in words: the values, lists and conditions that templates draw on."""

from __future__ import annotations

from collections.abc import Mapping

from maillon.explain.words import counted, number
from maillon.facts.exposure import Bounds
from maillon.render.checklist import since_words
from maillon.render.clock import moment, offset, to_the_minute
from maillon.render.notices.case import Case
from maillon.render.notices.compose import Evidence
from maillon.render.notices.fields import consequences, not_yours, yours
from maillon.render.notices.tables import tables_of
from maillon.render.safe import safe
from maillon.render.texts import field

LEVELS = {
    "low": ("faible", "low", "négligeable", "negligible"),
    "medium": ("moyenne", "medium", "limitée", "limited"),
    "high": ("élevée", "high", "importante", "significant"),
    "very_high": ("très élevée", "very high", "maximale", "maximum"),
}
"""ENISA's level in French and English, and the word of the CNIL's form beside it."""

_YES_NO = {"fr": ("oui", "non"), "en": ("yes", "no")}
_IN_IT = {"fr": "le fait que vous figurez dans ce service", "en": "the fact that you stand in this service"}
_MONTHS = {
    "fr": (
        "janvier", "février", "mars", "avril", "mai", "juin",
        "juillet", "août", "septembre", "octobre", "novembre", "décembre",
    ),
    "en": (
        "January", "February", "March", "April", "May", "June",
        "July", "August", "September", "October", "November", "December",
    ),
}  # fmt: skip


def evidence_of(case: Case, settings: Mapping[str, str], lang: str) -> Evidence:
    """Return what templates may say of an incident."""
    shown = [name for name, bounds in case.exposure.fields.items() if bounds.upper]
    return Evidence(
        lang,
        {
            **_when(case, lang),
            **_how_many(case, lang),
            **_how_grave(case, lang),
            **_aware(case, lang),
            **({} if (children := _children(case)) is None else {"vulnerable": _YES_NO[lang][not children]}),
            "not_seen": _sentence(", ".join(not_yours(shown, lang))),
        },
        settings,
        frozenset(name for name, holds in _conditions(case, set(shown)).items() if holds),
        {
            "seen": [*yours(shown, lang), _IN_IT[lang]],
            "consequences": consequences(shown, lang),
            "accounts": [safe(one) for one in case.incident.accounts],
            "notes": [one.fr if lang == "fr" else one.en for one in case.exposure.notes],
        },
        tables_of(case, lang),
    )


def date_words(at: int, zone: int, lang: str) -> str:
    """Return a date as a letter writes it: `8 mars 2026`, `1er avril 2026`."""
    when = moment(at, zone)
    first = "er" if lang == "fr" and when.day == 1 else ""
    return f"{when.day}{first} {_MONTHS[lang][when.month - 1]} {when.year}"


def between(bounds: Bounds, lang: str) -> str:
    """Return a number with its bounds in words."""
    lower, likely, upper = (number(one, lang) for one in (bounds.lower, bounds.likely, bounds.upper))
    if bounds.lower == bounds.upper:
        return upper
    if lang == "fr":
        return f"entre {lower} et {upper} (le plus vraisemblable\u00a0: {likely})"
    return f"between {lower} and {upper} (most likely {likely})"


def _when(case: Case, lang: str) -> dict[str, str]:
    incident, exposure = case.incident, case.exposure
    zone = incident.zone

    def at(moment: int) -> str:
        return to_the_minute(moment, zone, lang)

    since = exposure.since or incident.since
    first, last = case.contained
    once, from_to = ("le {0}", "du {0} au {1}") if lang == "fr" else ("on {0}", "from {0} to {1}")
    return {
        "incident": incident.id,
        "made_on": date_words(case.made_at, zone, lang),
        "made_at": f"{at(case.made_at)} ({offset(case.made_at, zone)})",
        "since": at(since),
        "since_day": date_words(since, zone, lang),
        "until": at(exposure.until or incident.until),
        "until_day": date_words(exposure.until or incident.until, zone, lang),
        "offset": offset(since, zone),
        "start_words": since_words(
            exposure.start.likely or since, exposure.logs_begin, zone, lang, before_logs=exposure.start.before_logs
        ),
        "start_earliest": at(exposure.start.earliest),
        "start_latest": at(exposure.start.latest),
        "logs_begin": at(exposure.logs_begin) if exposure.logs_begin else "",
        "contained": (once if first == last else from_to).format(at(first), at(last)) if first else "",
        "contained_day": date_words(first, zone, lang) if first else "",
    }


def _how_many(case: Case, lang: str) -> dict[str, str]:
    exposure = case.exposure
    patients = exposure.patients
    accounts = len(case.incident.accounts)
    french, english = (
        ("compte professionnel", "comptes professionnels"),
        ("professional account", "professional accounts"),
    )
    noun = french if lang == "fr" else english
    told = {
        "patients": between(patients, lang),
        "patients_lower": number(patients.lower, lang),
        "patients_likely": number(patients.likely, lang),
        "patients_upper": number(patients.upper, lang),
        "accesses": between(exposure.accesses, lang),
        "accounts": counted(accounts, *noun, lang),
        "fields": ", ".join(field(name, lang) for name, bounds in exposure.fields.items() if bounds.upper),
        "break_glass": number(exposure.break_glass, lang),
    }
    if case.announced:
        told["announced"] = between(case.announced.patients, lang)
        told["announced_on"] = date_words(case.announced.at, case.incident.zone, lang)
    return told


def _how_grave(case: Case, lang: str) -> dict[str, str]:
    severity = case.severity
    words = LEVELS[severity.level]
    return {
        "severity": words[0 if lang == "fr" else 1],
        "sa_gravity": words[2 if lang == "fr" else 3],
        "severity_score": _exact(round(severity.score, 2), lang),
        "severity_formula": f"{number(severity.dpc, lang)} × {_exact(severity.ei, lang)} + {_exact(severity.cb, lang)}",
    }


def _aware(case: Case, lang: str) -> dict[str, str]:
    aware = case.awareness
    if aware is None:
        return {}
    zone = case.incident.zone

    def at(moment: int) -> str:
        return f"{to_the_minute(moment, zone, lang)} ({offset(moment, zone)})"

    told = {"deadline": at(aware.deadline), "aware_proposed_at": at(aware.at)}
    if aware.recorded:
        told |= {"aware_at": at(aware.at), "aware_why": aware.why, "aware_by": aware.by}
    return told


def _conditions(case: Case, shown: set[str]) -> dict[str, bool]:
    exposure, aware = case.exposure, case.awareness
    return {
        "national": bool(shown & {"nir", "ins"}),
        "reachable": bool(shown & {"phone", "email", "address"}),
        "medical": "medical" in shown,
        "fields_known": bool(shown),
        "high_risk": case.severity.high_risk,
        "aware": aware is not None and aware.recorded != 0,
        "aware_proposed": aware is not None and aware.recorded == 0,
        "late": aware is not None and case.made_at > aware.deadline,
        "before_logs": exposure.start.before_logs,
        "gaps": bool(exposure.gaps),
        "listed": any(one.listed for one in exposure.accounts),
        "replayed": any(one.replayed_sessions for one in exposure.accounts),
        "children": _children(case) is True,
        "several": len(case.incident.accounts) > 1,
        "contained": case.contained[0] != 0,
        "announced": case.announced is not None,
        "break_glass": exposure.break_glass > 0,
        "notes": bool(exposure.notes),
        "incident": True,
    }


def _children(case: Case) -> bool | None:
    """Say whether minors or protected adults are concerned; None = nobody has said yet."""
    (factor,) = (one for one in case.severity.factors if one.code == "dpc_children")
    return None if factor.to_confirm else factor.value > 0


def _exact(value: float, lang: str) -> str:
    text = f"{value:g}"
    return text.replace(".", ",") if lang == "fr" else text


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]
