"""What now: the steps of one incident with their owners and local times, and what else this thief touched."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from maillon.explain.words import duration
from maillon.facts.awareness import Awareness
from maillon.facts.decision import Decision
from maillon.facts.findings import AccountSeries
from maillon.facts.incident import Incident
from maillon.facts.noted import Noted
from maillon.render.clock import offset, to_the_minute
from maillon.render.columns import wrapped
from maillon.render.safe import harmless, safe
from maillon.render.texts import spaced

_DAY_US = 86_400_000_000
_SHOWN = 6

_OFFICER, _SECURITY = ("DPO", "DPO"), ("RSSI", "security officer")
_STEPS: dict[str, tuple[tuple[str, str], tuple[str, str]]] = {
    "contain": (
        ("Contenir chaque compte et finir ses sessions", "Contain every account and end its sessions"),
        ("astreinte informatique", "IT on call"),
    ),
    "confirm": (
        (
            "Appeler chaque titulaire à un numéro déjà connu : était-ce lui ? Puis « maillon verdict »",
            "Call each owner on a number known before: was it them? Then `maillon verdict`",
        ),
        _SECURITY,
    ),
    "aware": (
        (
            "Noter la prise de connaissance : « maillon aware » ; les 72 heures en partent",
            "Record awareness: `maillon aware`; the 72 hours run from it",
        ),
        _OFFICER,
    ),
    "cnil": (("Notifier la CNIL, même incomplètement", "Notify the authority (CNIL), even incompletely"), _OFFICER),
    "health": (
        ("Déclarer au CERT Santé et prévenir l’ARS", "Declare to CERT Santé and tell the ARS"),
        ("direction ou son délégué", "director or delegate"),
    ),
    "patients": (
        ("Informer les patients si le risque est élevé", "Inform the patients if the risk is high"),
        ("direction, DPO", "director, DPO"),
    ),
    "owners": (
        ("Informer les titulaires : ce sont aussi des victimes", "Inform the owners: they are victims too"),
        _SECURITY,
    ),
    "register": (
        ("Inscrire l’incident au registre des violations", "Enter the incident in the register of breaches"),
        _OFFICER,
    ),
    "reset": (
        (
            "Réinitialiser mots de passe et moyens d’authentification, après nettoyage du poste et non avant",
            "Reset passwords and authenticators, after the device is clean and not before",
        ),
        ("support, titulaire", "support, owner"),
    ),
    "lift": (("Lever les mesures : « maillon release »", "Lift the measures: `maillon release`"), _SECURITY),
}
"""Each step: what, and who."""

HEADS = {"fr": ("étape", "qui", "quand", "état"), "en": ("step", "who", "when", "state")}
"""Headings of a table of steps."""


NOTHING = Noted()
"""Nothing on record yet."""

STATES = {"todo": ("à faire", "to do"), "begun": ("commencé", "begun"), "done": ("fait", "done")}
_MARKS = {"todo": "[ ]", "begun": "[~]", "done": "[x]"}


@dataclass(frozen=True)
class Step:
    """One thing to do: what, who, by when or since when, and how far it is (one of STATES)."""

    what: str
    who: str
    when: str
    state: str


def proposed_awareness(incident: str, decisions: Iterable[Decision]) -> Awareness | None:
    """Return the first decided containment as the moment of awareness, until a person records another; or None."""
    first = min((one.at for one in decisions if one.incident == incident and one.action == "contain"), default=0)
    return Awareness(incident, first, "") if first else None


def aware(incident: Incident, decisions: Iterable[Decision], noted: Noted) -> Awareness | None:
    """Return the moment from which the 72 hours run: recorded, else proposed, else None."""
    return noted.awareness or proposed_awareness(incident.id, decisions)


def steps(incident: Incident, decisions: Sequence[Decision], noted: Noted, lang: str) -> list[Step]:
    """Return the steps in the order in which they are taken."""
    known = aware(incident, decisions, noted)
    confirmed = known is not None and known.recorded != 0

    def at(moment: int) -> str:
        return f"{to_the_minute(moment, incident.zone, lang)} ({offset(moment, incident.zone)})"

    def step(code: str, when: tuple[str, str], state: str = "todo") -> Step:
        (fr, en), (who_fr, who_en) = _STEPS[code]
        told = (fr, who_fr, when[0]) if lang == "fr" else (en, who_en, when[1])
        what, who, moment = (spaced(one) for one in told) if lang == "fr" else told
        return Step(what, who, moment, state)

    def notice(code: str, forms: Sequence[str], otherwise: tuple[str, str]) -> Step:
        if noted.sent.keys() >= set(forms):
            sent = at(max(noted.sent[form] for form in forms))
            return step(code, (f"envoyé le {sent}", f"sent on {sent}"), "done")
        if noted.drawn.keys() & set(forms):
            fr, en = otherwise
            return step(code, (f"préparé, à envoyer : {fr}", f"drawn up, to be sent: {en}"), "begun")
        return step(code, otherwise)

    now, law = ("tout de suite", "at once"), ("dans les meilleurs délais", "without undue delay")
    became = (f"le {at(known.at)}", f"on {at(known.at)}") if known and confirmed else now
    limit = (f"avant le {at(known.deadline)}", f"before {at(known.deadline)}") if known else law
    return [
        _containment(incident, decisions, noted, step, at),
        step("confirm", now),
        step("aware", became, "done" if confirmed else "todo"),
        notice("cnil", ("cnil",), limit),
        notice("health", ("cert-sante", "ars"), ("sans délai", "without delay")),
        notice("patients", ("patients",), law),
        notice("owners", ("owner",), law),
        step("register", now, "begun" if "register" in noted.drawn else "todo"),
        step("reset", ("une fois le poste sain", "once the device is clean")),
        step("lift", ("ensuite, compte par compte", "then, account by account")),
    ]  # fmt: skip


def _containment(
    incident: Incident,
    decisions: Sequence[Decision],
    noted: Noted,
    step: Callable[[str, tuple[str, str], str], Step],
    at: Callable[[int], str],
) -> Step:
    """Say what a responder has done; else what was decided, which says nothing of what was done."""
    if noted.contained.keys() >= set(incident.account_hashes):
        last = at(max(noted.contained.values()))
        return step("contain", (f"fait le {last}", f"done on {last}"), "done")
    decided = [one.at for one in decisions if one.incident == incident.id and one.action == "contain"]
    if not decided:
        return step("contain", ("tout de suite", "at once"), "todo")
    last = at(max(decided))
    fr, en = (
        f"décidé par Maillon, {last} ; à exécuter ou à vérifier",
        f"decided by Maillon, {last}; to be done or checked",
    )
    return step("contain", (fr, en), "begun")


def clock_line(awareness: Awareness | None, zone: int, lang: str, now: int = 0, sent: int = 0) -> str:
    """Return the state of the 72 hours in one sentence.

    `now` (µs, 0 = not said) adds how long remains, `sent` (µs, 0 = not yet) when the authority was notified.
    """
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
            f"prise de connaissance proposée le {begun} (premier confinement décidé, à l’heure des journaux ; "
            "à confirmer par « maillon aware »)",
            f"awareness proposed on {begun} (first containment decided, by the clock of the logs; confirm with "
            "`maillon aware`)",
        )
    )
    left = awareness.deadline - now
    rest = ("", "")
    if sent:
        done = to_the_minute(sent, zone, lang)
        rest = (f", envoyé le {done}", f", sent on {done}")
    elif now:
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
    where = sorted(set(places))
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


def state(step: Step, lang: str) -> str:
    """Return how far a step is, in a word."""
    return STATES[step.state][0 if lang == "fr" else 1]


def places(series: Iterable[AccountSeries]) -> list[str]:
    """Return the networks and clients from which an incident's accounts were used."""
    return [name for one in series for name in (one.network, one.device) if name]


def what_now(
    incident: Incident,
    decisions: Sequence[Decision],
    noted: Noted,
    lang: str,
    *,
    others: Iterable[Incident] = (),
    places: Sequence[str] = (),
    logs_begin: int = 0,
    now: int = 0,
) -> str:
    """Return the whole as text for a terminal."""
    known = aware(incident, decisions, noted)
    lines = [
        title(lang),
        "─" * len(title(lang)),
        wrapped(clock_line(known, incident.zone, lang, now, noted.sent.get("cnil", 0))),
    ]
    lines.append(wrapped(since_sentence(incident.since, logs_begin, incident.zone, lang)))
    lines += [
        wrapped(f"{one.what} ({one.who}) – {one.when}", "    ", f"{_MARKS[one.state]} ")
        for one in steps(incident, decisions, noted, lang)
    ]
    lines += [wrapped(harmless(line), first="• ") for line in touched(incident, others, places, lang)]
    return "\n".join(lines)


def _names(names: Sequence[str]) -> str:
    more = f", +{len(names) - _SHOWN}" if len(names) > _SHOWN else ""
    return ", ".join(safe(one) for one in names[:_SHOWN]) + more
