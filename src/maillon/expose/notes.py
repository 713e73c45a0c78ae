"""What a person must know of an exposure besides its numbers, in both languages."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from maillon.explain.words import counted, duration, number
from maillon.facts.decision import Reason
from maillon.facts.exposure import Exposure


def notes(exposure: Exposure) -> Exposure:
    """Return the exposure with its notes: what widens the bounds, and what cannot be told."""
    return replace(exposure, notes=tuple(_notes(exposure)))


def _notes(exposure: Exposure) -> Iterator[Reason]:
    if exposure.start.before_logs:
        yield Reason(
            "before_logs",
            {"logs_begin": float(exposure.logs_begin)},
            "Le vol a pu commencer avant les journaux : ce qui est compté l’est « au moins depuis » leur début.",
            "The theft may have begun before the logs do: what is counted is “at least since” they begin.",
        )
    replayed = sum(one.replayed_sessions for one in exposure.accounts)
    if replayed:
        yield Reason(
            "replayed",
            {"sessions": float(replayed)},
            f"{counted(replayed, 'session', 'sessions', 'fr')} en service à deux endroits à la fois : à l’intérieur, "
            "rien ne distingue avec certitude la personne du voleur ; la borne haute compte tout ce qui y a été lu.",
            f"{counted(replayed, 'session', 'sessions', 'en')} in use at two places at once: inside, nothing surely "
            "tells the owner from the thief; the upper bound counts all that was read there.",
        )
    if listed := exposure.upper_parts["listed"]:
        yield Reason(
            "listed",
            {"rows": float(listed)},
            f"Des listes dont le journal ne nomme pas les patients : {number(listed, 'fr')} lignes au plus, "
            "comptées une par une dans la borne haute, aucune dans la borne basse.",
            f"Lists whose patients the log does not name: {number(listed, 'en')} rows at most, each counted in the "
            "upper bound, none in the lower.",
        )
    for gap in exposure.gaps:
        if gap.kind == "silent":
            long = gap.until - gap.since
            yield Reason(
                "silent",
                {"since": float(gap.since), "until": float(gap.until), "patients": float(gap.patients)},
                f"Le service {gap.service} ne dit rien pendant {duration(long, 'fr')} : au rythme le plus rapide "
                f"observé, jusqu’à {counted(gap.patients, 'patient', 'patients', 'fr')} de plus.",
                f"The service {gap.service} says nothing for {duration(long, 'en')}: at the fastest pace seen, up to "
                f"{counted(gap.patients, 'patient', 'patients', 'en')} more.",
            )
        elif gap.kind == "rejected":
            yield Reason(
                "rejected",
                {"records": float(gap.records)},
                f"{counted(gap.records, 'ligne illisible', 'lignes illisibles', 'fr')} de {gap.service} en ce temps : "
                "chacune peut cacher un patient de plus.",
                f"{counted(gap.records, 'unreadable line', 'unreadable lines', 'en')} of {gap.service} in that time: "
                "each may hide one patient more.",
            )
    if exposure.break_glass:
        yield Reason(
            "break_glass",
            {"patients": float(exposure.break_glass)},
            f"{counted(exposure.break_glass, 'patient lu', 'patients lus', 'fr')} par un accès d’urgence.",
            f"{counted(exposure.break_glass, 'patient', 'patients', 'en')} read by an emergency passage.",
        )
