"""What Maillon itself keeps of whom: the evidence of the impact assessment and of the notice to the staff."""

from __future__ import annotations

from collections.abc import Mapping

from maillon.facts.event import EVENT
from maillon.render.notices.compose import Evidence, Table
from maillon.render.notices.evidence import date_words

KEPT: dict[str, tuple[str, str, str, str]] = {
    "at": ("moment de l’accès", "moment of the access", "en clair", "in clear"),
    "zone": ("fuseau horaire", "time zone", "en clair", "in clear"),
    "action": ("nature de l’opération", "nature of the operation", "en clair", "in clear"),
    "outcome": ("issue (réussi, refusé…)", "outcome (done, refused…)", "en clair", "in clear"),
    "flags": ("qualité de la ligne lue", "quality of the line read", "en clair", "in clear"),
    "fields": ("catégories de données montrées", "categories of data shown", "en clair", "in clear"),
    "listed": ("nombre de patients d’une liste", "number of patients of a list", "en clair", "in clear"),
    "service": ("service consulté", "service used", "en clair", "in clear"),
    "account": ("compte du professionnel", "professional’s account", "en clair, restreint", "in clear, restricted"),
    "session": ("session", "session", "empreinte à clé", "keyed hash"),
    "address": ("adresse du poste", "address of the device", "empreinte à clé", "keyed hash"),
    "network": ("réseau (/24, /48)", "network (/24, /48)", "en clair, restreint", "in clear, restricted"),
    "device": ("famille du logiciel", "family of the client", "en clair", "in clear"),
    "patient": ("patient", "patient", "pseudonyme à clé, jamais en clair", "keyed pseudonym, never in clear"),
    "near": ("voisinage du dossier", "neighbourhood of the record", "empreinte à clé", "keyed hash"),
    "route": ("fonction du service", "function of the service", "en clair", "in clear"),
    "request": ("numéro de requête", "request number", "empreinte à clé", "keyed hash"),
}  # fmt: skip
"""What each column of an access is, and in what form it is kept. A column unknown here is told by its name."""


def evidence_of_watching(made_at: int, settings: Mapping[str, str], lang: str) -> Evidence:
    """Return what the templates without an incident draw on."""
    en = lang != "fr"
    rows = []
    for name in EVENT.names or ():
        kept = KEPT.get(name, (name, name, "", ""))
        rows.append((kept[en], kept[2 + en]))
    head = ("data of an access", "kept as") if en else ("donnée d’un accès", "conservée")
    return Evidence(
        lang,
        {"made_on": date_words(made_at, 0, lang)},
        settings,
        tables={"kept": Table(head, tuple(rows))},
    )
