"""An invented incident with all that a notice is filled from; its exposure is made by hand."""

from __future__ import annotations

from dataclasses import replace

from findings import ZONE, at, findings
from maillon.expose.severity import propose
from maillon.facts.awareness import Awareness
from maillon.facts.decision import Reason
from maillon.facts.exposure import AccountExposure, Bounds, Exposure, Gap, RouteExposure, Start
from maillon.facts.noted import Noted
from maillon.render.notices.case import Announced, Case

SETTINGS = {
    "operator": "GRADeS Exemple",
    "address": "12 rue de l’Été\n69003 Lyon",
    "phone": "04 00 00 00 00",
    "service": "ViaExemple",
    "dpo": "Claire Dupré",
    "dpo_contact": "dpo@exemple.invalid, 04 00 00 00 01",
    "contact_phone": "08 00 00 00 00",
    "contact_hours": "du lundi au vendredi, 9 h – 18 h",
    "official_site": "exemple.invalid",
    "place": "Lyon",
}
MADE = at(16, 14)


def exposure(accounts=3, hostile=""):
    start = Start(at(8, 7), at(8, 9, 12), at(8, 9, 40), before_logs=False)
    names = [f"compte{n:02d}{hostile}" for n in range(accounts)]
    return Exposure(
        incident="4f1c09ab77d2", zone=ZONE, since=at(8, 9, 12), until=at(15, 18, 40),
        patients=Bounds(3980, 4120, 5033), accesses=Bounds(4400, 4710, 6021),
        upper_parts={"named": 4620, "listed": 380, "silent": 33, "rejected": 0},
        fields={
            "family_name": Bounds(3980, 4120, 5033), "given_name": Bounds(3980, 4120, 5033),
            "birth_date": Bounds(3900, 4000, 4500), "phone": Bounds(300, 310, 390), "nir": Bounds(370, 380, 380),
        },
        accounts=tuple(
            AccountExposure(one, n, Bounds(1300, 1370, 1680), 120, start, at(8, 9, 12), at(15, 18), n % 2)
            for n, one in enumerate(names)
        ),
        routes=(RouteExposure("/dossiers/{patient}/identite", Bounds(3900, 4000, 4500), 0),
                RouteExposure("/recherche", Bounds(80, 120, 533), 380)),
        gaps=(Gap("silent", "orientations", at(10, 2), at(10, 5), 0, 33),),
        start=start, logs_begin=at(2, 0, 14), threshold=0.5, ceiling=0.01, break_glass=2,
        notes=(Reason("replayed", {}, "Une session, deux endroits.", "One session, two places."),),
    )  # fmt: skip


def case(accounts=3, hostile="", awareness=True, announced=False, before_logs=False, contained=True):
    found = findings(hostile)
    incident = next(one for one in found.incidents if one.id == "4f1c09ab77d2")
    decisions = tuple(one for one in found.decisions if one.incident == incident.id)
    exposed = exposure(accounts, hostile)
    exposed = replace(exposed, start=replace(exposed.start, before_logs=before_logs))
    aware = Awareness(incident.id, at(15, 11, 30), f"appel du titulaire{hostile}", "C. Dupré", at(15, 12))
    noted = Noted(aware if awareness else None, dict.fromkeys(incident.account_hashes, at(9, 3)) if contained else {})
    return Case(
        incident, exposed, propose(exposed.fields, exposed.patients.upper), decisions, noted, MADE,
        Announced(at(15, 16), Bounds(900, 1000, 1500)) if announced else None,
    )  # fmt: skip
