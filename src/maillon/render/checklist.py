"""What now: the steps of one incident with their owners and local times, and what else this thief touched."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from maillon.explain.words import duration
from maillon.facts.awareness import Awareness
from maillon.facts.decision import Decision
from maillon.facts.findings import AccountSeries
from maillon.facts.incident import Incident
from maillon.render.clock import offset, to_the_minute
from maillon.render.columns import wrapped
from maillon.render.safe import harmless, safe
from maillon.render.texts import spaced

_DAY_US = 86_400_000_000
_SHOWN = 6

HEADS = {"fr": ("étape", "qui", "quand", "état"), "en": ("step", "who", "when", "state")}
"""Headings of a table of steps."""


@dataclass(frozen=True)
class Step:
    """One thing to do: what, who, by when or since when, and whether it is done."""

    what: str
    who: str
    when: str
    done: bool


def proposed_awareness(incident: str, decisions: Iterable[Decision]) -> Awareness | None:
    """Return the first decided containment as the moment of awareness, until a person records another; or None."""
    first = min((one.at for one in decisions if one.incident == incident and one.action == "contain"), default=0)
    return Awareness(incident, first, "") if first else None


def steps(
    incident: Incident, decisions: Sequence[Decision], awareness: Awareness | None, notices: Iterable[str], lang: str
) -> list[Step]:
    """Return the steps in the order in which they are taken. `notices`: the forms that were already drawn up."""
    fr = lang == "fr"
    contained = {
        one.account_hash: one.at for one in decisions if one.incident == incident.id and one.action == "contain"
    }
    whole = bool(contained) and contained.keys() >= set(incident.account_hashes)
    drawn = set(notices)

    def at(moment: int) -> str:
        return f"{to_the_minute(moment, incident.zone, lang)} ({offset(moment, incident.zone)})"

    def step(what: tuple[str, str], who: tuple[str, str], when: tuple[str, str], *, done: bool = False) -> Step:
        told = [spaced(pair[0]) if fr else pair[1] for pair in (what, who, when)]
        return Step(told[0], told[1], told[2], done)

    now, law = ("tout de suite", "at once"), ("dans les meilleurs délais", "without undue delay")
    officer, security = ("DPO", "DPO"), ("RSSI", "security officer")
    decided = at(max(contained.values())) if contained else ""
    deadline = at(awareness.deadline) if awareness else ""
    known = awareness is not None and awareness.recorded != 0
    return [
        step(
            ("Contenir chaque compte et finir ses sessions", "Contain every account and end its sessions"),
            ("astreinte informatique", "IT on call"),
            (f"décidé le {decided}", f"decided on {decided}") if whole else now,
            done=whole,
        ),
        step(
            (
                "Appeler chaque titulaire à un numéro déjà connu : était-ce lui ? Puis « maillon verdict »",
                "Call each owner on a number known before: was it them? Then `maillon verdict`",
            ),
            security,
            now,
        ),
        step(
            (
                "Noter la prise de connaissance : « maillon aware » ; les 72 heures en partent",
                "Record awareness: `maillon aware`; the 72 hours run from it",
            ),
            officer,
            (f"le {at(awareness.at)}", f"on {at(awareness.at)}") if awareness and known else now,
            done=known,
        ),
        step(
            ("Notifier la CNIL, même incomplètement", "Notify the authority (CNIL), even incompletely"),
            officer,
            (f"avant le {deadline}", f"before {deadline}") if deadline else law,
            done="cnil" in drawn,
        ),
        step(
            ("Déclarer au CERT Santé et prévenir l’ARS", "Declare to CERT Santé and tell the ARS"),
            ("direction ou son délégué", "director or delegate"),
            ("sans délai", "without delay"),
            done={"cert-sante", "ars"} <= drawn,
        ),
        step(
            ("Informer les patients si le risque est élevé", "Inform the patients if the risk is high"),
            ("direction, DPO", "director, DPO"),
            law,
            done="patients" in drawn,
        ),
        step(
            ("Informer les titulaires : ce sont aussi des victimes", "Inform the owners: they are victims too"),
            security,
            law,
            done="owner" in drawn,
        ),
        step(
            ("Inscrire l’incident au registre des violations", "Enter the incident in the register of breaches"),
            officer,
            now,
            done="register" in drawn,
        ),
        step(
            (
                "Réinitialiser mots de passe et moyens d’authentification, après nettoyage du poste et non avant",
                "Reset passwords and authenticators, after the device is clean and not before",
            ),
            ("support, titulaire", "support, owner"),
            ("une fois le poste sain", "once the device is clean"),
        ),
        step(
            ("Lever les mesures : « maillon release »", "Lift the measures: `maillon release`"),
            security,
            ("ensuite, compte par compte", "then, account by account"),
        ),
    ]  # fmt: skip


def clock_line(awareness: Awareness | None, zone: int, lang: str, now: int = 0) -> str:
    """Return the state of the 72 hours in one sentence; `now` (µs) adds how long remains (0 = not said)."""
    fr = lang == "fr"
    if awareness is None:
        text = "72 heures : aucune prise de connaissance notée, ni confinement décidé."
        return spaced(text) if fr else "72 hours: no awareness recorded, nor any containment decided."
    begun, end = to_the_minute(awareness.at, zone, lang), to_the_minute(awareness.deadline, zone, lang)
    local = offset(awareness.deadline, zone)
    said = (
        (f"prise de connaissance le {begun}", f"awareness on {begun}")
        if awareness.recorded
        else (
            f"prise de connaissance proposée le {begun} (premier confinement ; à confirmer par « maillon aware »)",
            f"awareness proposed on {begun} (first containment; confirm with `maillon aware`)",
        )
    )
    left = awareness.deadline - now
    rest = ("", "")
    if now:
        spell = duration(abs(left), lang)
        rest = (f", il reste {spell}", f", {spell} left") if left > 0 else (f", dépassé de {spell}", f", {spell} over")
    if fr:
        return spaced(f"72 heures : {said[0]} ; notifier la CNIL avant le {end} ({local}){rest[0]}.")
    return f"72 hours: {said[1]}; notify the authority before {end} ({local}){rest[1]}."


def touched(incident: Incident, others: Iterable[Incident], places: Sequence[str], lang: str) -> list[str]:
    """Return what else the thief touched: the accounts, the networks and clients, the incidents that share them.

    `places` are readable networks and clients of the incident's accounts.
    """
    fr = lang == "fr"
    told = []
    if len(incident.accounts) > 1:
        told.append((f"Comptes : {_names(incident.accounts)}", f"Accounts: {_names(incident.accounts)}"))
    where = sorted({place for place in places if place.strip()})
    if where:
        told.append((f"Venu de : {_names(where)}", f"Came from: {_names(where)}"))
    shared = [
        one.id
        for one in others
        if one.id != incident.id and set(one.networks) & set(incident.networks) - {0}
    ]  # fmt: skip
    if shared:
        told.append(
            (f"Mêmes réseaux dans : {', '.join(shared[:_SHOWN])}", f"Same networks in: {', '.join(shared[:_SHOWN])}")
        )
    return [spaced(pair[0]) if fr else pair[1] for pair in told]


def since_words(since: int, logs_begin: int, zone: int, lang: str, *, before_logs: bool | None = None) -> str:
    """Return since when, and "at least" where the logs begin no earlier.

    `before_logs` is what an exposure found; None = nobody looked: a theft seen within a day of the first event counts.
    """
    cut = before_logs if before_logs is not None else bool(logs_begin) and since - logs_begin < _DAY_US
    begun = to_the_minute(since, zone, lang)
    if not cut:
        return f"depuis le {begun}" if lang == "fr" else f"since {begun}"
    begin = to_the_minute(logs_begin or since, zone, lang)
    if lang == "fr":
        return f"au moins depuis le {begun} (les journaux commencent le {begin} : ce qui précède n’y est pas)".replace(
            " :", "\u00a0:"
        )
    return f"at least since {begun} (the logs begin there, on {begin}: what came before is not in them)"


def since_sentence(since: int, logs_begin: int, zone: int, lang: str) -> str:
    """Return since when the theft is seen, as a sentence."""
    begun = since_words(since, logs_begin, zone, lang)
    return f"Vol vu {begun}." if lang == "fr" else f"Theft seen {begun}."


def title(lang: str) -> str:
    """Return the heading of it all."""
    return "Et maintenant" if lang == "fr" else "What now"


def done(step: Step, lang: str) -> str:
    """Return the state of a step in a word."""
    if step.done:
        return "fait" if lang == "fr" else "done"
    return "à faire" if lang == "fr" else "to do"


def places(series: Iterable[AccountSeries]) -> list[str]:
    """Return the networks and clients from which an incident's accounts were used."""
    return [f"{one.network} {one.device}".strip() for one in series]


def what_now(
    incident: Incident,
    decisions: Sequence[Decision],
    awareness: Awareness | None,
    lang: str,
    *,
    notices: Iterable[str] = (),
    others: Iterable[Incident] = (),
    places: Sequence[str] = (),
    logs_begin: int = 0,
    now: int = 0,
) -> str:
    """Return the whole as text for a terminal."""
    lines = [title(lang), "─" * len(title(lang)), wrapped(clock_line(awareness, incident.zone, lang, now))]
    lines.append(wrapped(since_sentence(incident.since, logs_begin, incident.zone, lang)))
    lines += [
        wrapped(f"{one.what} ({one.who}) – {one.when}", "    ", "[x] " if one.done else "[ ] ")
        for one in steps(incident, decisions, awareness, notices, lang)
    ]
    lines += [wrapped(harmless(line), first="• ") for line in touched(incident, others, places, lang)]
    return "\n".join(lines)


def _names(names: Sequence[str]) -> str:
    more = f", +{len(names) - _SHOWN}" if len(names) > _SHOWN else ""
    return ", ".join(safe(one) for one in names[:_SHOWN]) + more
