"""The routes of the invented portal: how each looks in a log, what it does, which identity fields it shows."""

from __future__ import annotations

from dataclasses import dataclass

from maillon.facts.event import Action, Field

_NAMES = Field.FAMILY_NAME | Field.GIVEN_NAME | Field.BIRTH_DATE
_IDENTITY = _NAMES | Field.SEX | Field.PHONE | Field.EMAIL | Field.ADDRESS | Field.NIR | Field.INS


@dataclass(frozen=True)
class Page:
    """One route. The template has one blank: `{patient}` is a patient's number, `{term}` what is searched for."""

    name: str
    method: str
    template: str
    action: Action
    fields: int = 0
    size: int = 0  # usual size of the answer in bytes
    listed: int = 0  # the page lists at most so many patients


PAGES = (
    Page("identity", "GET", "/dossiers/{patient}/identite", Action.READ, int(_IDENTITY), 5200),
    Page("person", "GET", "/usagers?id={patient}", Action.READ, int(_IDENTITY), 7400),
    Page("record", "GET", "/dossiers/{patient}", Action.READ, int(_NAMES | Field.MEDICAL), 18300),
    Page("search", "GET", "/recherche?{term}", Action.SEARCH, int(_NAMES), 9100, 20),
    Page("list", "GET", "/listes/attente?page={number}", Action.LIST, int(_NAMES), 11200, 25),
    Page("export", "GET", "/export/liste.csv?service={number}", Action.EXPORT, int(_NAMES | Field.PHONE), 48000, 500),
    Page("update", "PUT", "/dossiers/{patient}/identite", Action.UPDATE, int(_IDENTITY), 240),
    Page("send", "POST", "/orientations/{patient}/envoyer", Action.CARE, 0, 310),
    Page("message", "POST", "/messages?usager={patient}", Action.CARE, 0, 280),
    Page("login", "", "", Action.LOGIN),
    Page("logout", "", "", Action.LOGOUT),
    Page("credential", "", "", Action.TAMPER),
)
PAGE = {page.name: index for index, page in enumerate(PAGES)}
