"""A row of evidence becomes sentences: one reason for each thing that matters, with its numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from maillon.explain.priors import prior_reason
from maillon.explain.words import NARROW, NO_BREAK, counted, duration, number
from maillon.facts.decision import Reason
from maillon.facts.evidence import Calibration, Kind, Sign

Names = Mapping[str, Mapping[int, str]]


def reasons(row: np.void, names: Names) -> tuple[Reason, ...]:
    """Return the reasons of one row of EVIDENCE, the main one first.

    `names` gives what the operator may read: `names["network"]` and `names["device"]`, by hash.
    """
    signs = int(row["signs"])
    found = [_MAIN[Kind(int(row["kind"]))](row)]
    found += [reason(row, names) for sign, reason in _SIGNS.items() if signs & sign]
    if row["prior"] > 0.0:
        found.append(prior_reason(int(row["prior_why"]), float(row["prior"])))
    if int(row["calibration"]) == Calibration.BORROWED:
        found.append(_borrowed(row))
    return tuple(found)


def campaign_reason(suspects: int, network: str) -> Reason:
    """Return the reason of an account that shares a rare network with suspected ones."""
    where = f" ({network})" if network else ""
    return Reason(
        "campaign",
        {"suspects": float(suspects)},
        f"connexion depuis un réseau{where} que {counted(suspects, 'compte suspect', 'comptes suspects', 'fr')} "
        "viennent aussi de découvrir et que personne n’utilisait auparavant",
        f"log-in from a network{where} that {counted(suspects, 'suspected account', 'suspected accounts', 'en')} "
        "have also just come to and that nobody used before",
    )


def wave_reason(accounts: int) -> Reason:
    """Return the reason of an account that was paced together with others."""
    return Reason(
        "wave",
        {"accounts": float(accounts)},
        f"{counted(accounts, 'compte', 'comptes', 'fr')} de plusieurs établissements, freinés pour des motifs graves "
        "en trois jours, bien plus que le hasard n’en réunit",
        f"{counted(accounts, 'account', 'accounts', 'en')} of several places paced on strong evidence within three "
        "days, far more than chance brings together",
    )


def _numbers(row: np.void, *fields: str) -> dict[str, float]:
    return {field: float(row[field]) for field in fields}


def _never_seen(row: np.void) -> tuple[str, str]:
    new = int(row["patients_new"])
    return (
        counted(
            new, "patient jamais vu auparavant par ce compte", "patients jamais vus auparavant par ce compte", "fr"
        ),
        counted(new, "patient never seen before by this account", "patients never seen before by this account", "en"),
    )


def _usually(row: np.void) -> tuple[str, str]:
    usual = float(row["usual"])
    return f"d’ordinaire {number(usual, 'fr')} par jour", f"usually {number(usual, 'en')} a day"


def _volume(row: np.void) -> Reason:
    lasted = int(row["at"]) - int(row["since"])
    (fr, en), (usual_fr, usual_en) = _never_seen(row), _usually(row)
    return Reason(
        "volume",
        _numbers(row, "patients_new", "usual", "weight", "score", "threshold", "log10_p") | {"seconds": lasted / 1e6},
        f"{fr} en {duration(lasted, 'fr')}{NARROW}; {usual_fr}",
        f"{en} in {duration(lasted, 'en')}; {usual_en}",
    )


def _burst(row: np.void) -> Reason:
    lasted = int(row["at"]) - int(row["since"])
    fr, en = _never_seen(row)
    return Reason(
        "burst",
        _numbers(row, "patients_new", "weight", "score", "threshold", "log10_p") | {"seconds": lasted / 1e6},
        f"lecture bien plus rapide que d’ordinaire{NO_BREAK}: {fr} en {duration(lasted, 'fr')}",
        f"read far faster than usual: {en} in {duration(lasted, 'en')}",
    )


def _origin(row: np.void) -> Reason:
    age = int(row["at"]) - int(row["since"])
    fr, en = _never_seen(row)
    return Reason(
        "origin",
        _numbers(row, "patients_new", "usual", "weight", "score", "threshold", "log10_p") | {"seconds": age / 1e6},
        f"{fr}, depuis une connexion inhabituelle apparue {duration(age, 'fr')} plus tôt",
        f"{en}, from an unfamiliar connection that appeared {duration(age, 'en')} earlier",
    )


def _listed(row: np.void) -> Reason:
    listed = int(row["listed"])
    usual_fr, usual_en = _usually(row)
    fr = counted(listed, "patient affiché", "patients affichés", "fr")
    return Reason(
        "listed",
        _numbers(row, "listed", "usual", "weight", "score", "threshold", "log10_p"),
        f"{fr} aujourd’hui par des listes, des recherches ou des exports{NARROW}; {usual_fr}",
        f"{counted(listed, 'patient', 'patients', 'en')} shown today by lists, searches or exports; {usual_en}",
    )


def _strange(row: np.void) -> Reason:
    unexplained = int(row["unexplained"])
    return Reason(
        "strange",
        _numbers(row, "unexplained", "patients_new", "score", "threshold", "log10_p"),
        f"{counted(unexplained, 'patient nouveau', 'patients nouveaux', 'fr')} qu’aucun collègue de l’établissement "
        f"n’avait ouvert, sur {number(float(row['patients_new']), 'fr')} lus ce jour-là{NARROW}; une telle session "
        "est rare pour ce compte",
        f"{counted(unexplained, 'new patient', 'new patients', 'en')} whom no colleague of the place had opened, of "
        f"{number(float(row['patients_new']), 'en')} read that day; such a session is rare for this account",
    )


def _window(row: np.void) -> Reason:
    fr, en = _never_seen(row)
    weight = float(row["weight"])
    return Reason(
        "window",
        _numbers(row, "weight", "unexplained", "usual", "score", "threshold", "log10_p"),
        f"{number(weight, 'fr')} patients nouveaux qu’aucun collègue n’avait ouverts ces dernières semaines, les plus "
        f"anciens comptant moins (aujourd’hui{NO_BREAK}: {fr})",
        f"{number(weight, 'en')} new patients whom no colleague had opened over the last weeks, older ones counting "
        f"less (today: {en})",
    )


def _walk(row: np.void) -> Reason:
    in_row, misses = int(row["in_row"]), int(row["misses"])
    return Reason(
        "walk",
        _numbers(row, "in_row", "misses", "weight", "score", "threshold", "log10_p"),
        f"identifiants parcourus l’un après l’autre{NO_BREAK}: {counted(in_row, 'pas', 'pas', 'fr')} dans l’ordre, "
        f"{counted(misses, 'essai', 'essais', 'fr')} sur un identifiant qui n’existe pas",
        f"identifiers taken one after the other: {counted(in_row, 'step', 'steps', 'en')} in order, "
        f"{counted(misses, 'try', 'tries', 'en')} at one that does not exist",
    )


def _replay(row: np.void) -> Reason:
    age = int(row["at"]) - int(row["since"])
    fr, en = _never_seen(row)
    return Reason(
        "replay",
        _numbers(row, "patients_new", "weight", "score", "threshold", "log10_p") | {"seconds": age / 1e6},
        f"une même session utilisée de deux endroits{NO_BREAK}: {fr} depuis une connexion apparue "
        f"{duration(age, 'fr')} plus tôt",
        f"one session used from two places: {en} from a connection that appeared {duration(age, 'en')} earlier",
    )


def _shared(accounts: int, lang: str) -> str:
    if lang == "fr":
        return f"partagé par {counted(accounts, 'compte', 'comptes', 'fr')}" if accounts else "propre à lui ou presque"
    return f"shared by {counted(accounts, 'account', 'accounts', 'en')}" if accounts else "its own or nearly so"


def _named(row: np.void, names: Names, kind: str) -> str:
    name = names.get(kind, {}).get(int(row[kind]), "")
    return f" ({name})" if name else ""


def _network(row: np.void, names: Names) -> Reason:
    accounts, name = int(row["network_accounts"]), _named(row, names, "network")
    return Reason(
        "network",
        _numbers(row, "network_accounts"),
        f"réseau nouveau pour ce compte{name}, {_shared(accounts, 'fr')}",
        f"network new to this account{name}, {_shared(accounts, 'en')}",
    )


def _client(row: np.void, names: Names) -> Reason:
    accounts, name = int(row["device_accounts"]), _named(row, names, "device")
    return Reason(
        "client",
        _numbers(row, "device_accounts"),
        f"logiciel nouveau pour ce compte{name}, {_shared(accounts, 'fr')}",
        f"client program new to this account{name}, {_shared(accounts, 'en')}",
    )


def _hours(row: np.void, _: Names) -> Reason:
    odd = int(row["odd"])
    return Reason(
        "hours",
        _numbers(row, "odd"),
        f"{counted(odd, 'patient lu', 'patients lus', 'fr')} hors des heures habituelles du compte",
        f"{counted(odd, 'patient', 'patients', 'en')} read outside the account’s usual hours",
    )


def _fast(row: np.void, _: Names) -> Reason:
    fast = int(row["fast"])
    four_fr, four_en = f"4{NO_BREAK}secondes", f"4{NO_BREAK}seconds"
    return Reason(
        "fast",
        _numbers(row, "fast"),
        f"{counted(fast, 'patient ouvert', 'patients ouverts', 'fr')} moins de {four_fr} après le précédent",
        f"{counted(fast, 'patient', 'patients', 'en')} opened less than {four_en} after the one before",
    )


def _misses(row: np.void, _: Names) -> Reason:
    misses = int(row["misses"])
    return Reason(
        "misses",
        _numbers(row, "misses"),
        f"{counted(misses, 'identifiant essayé qui n’existe pas', 'identifiants essayés qui n’existent pas', 'fr')}",
        f"{counted(misses, 'identifier tried that does not exist', 'identifiers tried that do not exist', 'en')}",
    )


def _no_care(row: np.void, _: Names) -> Reason:
    return Reason(
        "no_care",
        _numbers(row, "care", "patients_new"),
        "aucun acte de soin ce jour-là (ni mise à jour, ni orientation, ni message)",
        "no care act that day (no update, no referral, no message)",
    )


def _sequence(row: np.void, _: Names) -> Reason:
    in_row = int(row["in_row"])
    return Reason(
        "sequence",
        _numbers(row, "in_row"),
        f"{counted(in_row, 'identifiant voisin', 'identifiants voisins', 'fr')} du précédent",
        f"{counted(in_row, 'identifier', 'identifiers', 'en')} next to the one before",
    )


def _no_colleague(row: np.void, _: Names) -> Reason:
    unexplained = int(row["unexplained"])
    fr = counted(unexplained, "patient nouveau", "patients nouveaux", "fr")
    en = counted(unexplained, "new patient", "new patients", "en")
    return Reason(
        "no_colleague",
        _numbers(row, "unexplained", "patients_new"),
        f"{fr} qu’aucun collègue de l’établissement n’avait jamais ouvert",
        f"{en} whom no colleague of the place had ever opened",
    )


def _login(row: np.void, _: Names) -> Reason:
    times = 10.0 ** float(row["login_surprise"])
    return Reason(
        "login",
        _numbers(row, "login_surprise"),
        f"connexion {number(times, 'fr')} fois plus courante chez n’importe qui que pour ce compte",
        f"log-in {number(times, 'en')} times likelier to be anybody’s than this account’s",
    )


def _dormant(row: np.void, _: Names) -> Reason:
    idle = int(row["idle_days"])
    return Reason(
        "dormant",
        _numbers(row, "idle_days"),
        f"compte qui se réveille après {counted(idle, 'jour', 'jours', 'fr')} sans activité",
        f"account that wakes after {counted(idle, 'day', 'days', 'en')} without activity",
    )


def _short_history(row: np.void, _: Names) -> Reason:
    days = int(row["active_days"])
    known_fr = counted(days, "jour d’activité connu", "jours d’activité connus", "fr") if days else "aucun jour connu"
    known_en = counted(days, "day", "days", "en") if days else "no day"
    return Reason(
        "short_history",
        _numbers(row, "active_days"),
        f"historique court{NO_BREAK}: {known_fr}, le compte est donc comparé aux autres comptes",
        f"short history: {known_en} of activity known, so the account is compared with the others",
    )


def _borrowed(row: np.void) -> Reason:
    return Reason(
        "borrowed",
        _numbers(row, "threshold"),
        f"calibration empruntée{NO_BREAK}: ce site n’a pas encore assez d’historique, le seuil vient d’une référence",
        "borrowed calibration: this site has too little history yet, the threshold comes from a reference",
    )


_MAIN: dict[Kind, Callable[[np.void], Reason]] = {
    Kind.DAY: _volume,
    Kind.BURST: _burst,
    Kind.ORIGIN: _origin,
    Kind.LISTED: _listed,
    Kind.STRANGE: _strange,
    Kind.WINDOW: _window,
    Kind.WALK: _walk,
    Kind.REPLAY: _replay,
}

_SIGNS: dict[Sign, Callable[[Any, Names], Reason]] = {
    Sign.NEW_NETWORK: _network,
    Sign.NEW_DEVICE: _client,
    Sign.ODD_HOURS: _hours,
    Sign.FAST: _fast,
    Sign.MISSES: _misses,
    Sign.NO_CARE: _no_care,
    Sign.SEQUENCE: _sequence,
    Sign.NO_COLLEAGUE: _no_colleague,
    Sign.LOGIN: _login,
    Sign.DORMANT: _dormant,
    Sign.SHORT_HISTORY: _short_history,
}
