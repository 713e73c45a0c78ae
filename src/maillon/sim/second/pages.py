"""What can be asked of the three services, and which identity fields each answer shows."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from maillon.facts.event import Action, Field

SERVICES = ("placement", "identity", "record")
PLACEMENT, IDENTITY, RECORD = range(3)
_WHO = Field.FAMILY_NAME | Field.GIVEN_NAME
_TRAITS = _WHO | Field.BIRTH_DATE | Field.SEX
_REACH = Field.PHONE | Field.ADDRESS | Field.EMAIL | Field.CONTACT_PERSON


class Page(NamedTuple):
    """One page; `shows` is what each service's answer holds."""

    text: str
    action: Action
    shows: tuple[int, int, int]


PAGES = (
    Page("POST /login", Action.LOGIN, (0, 0, 0)),
    Page("GET /", Action.OTHER, (0, 0, 0)),
    Page("GET /patients", Action.LIST, (_WHO | Field.AGE, _TRAITS, _WHO | Field.BIRTH_DATE)),
    Page("GET /search", Action.SEARCH, (_WHO | Field.BIRTH_DATE, _TRAITS | Field.BIRTH_PLACE, _TRAITS)),
    Page("POST /patients/{id}/break-glass", Action.BREAK_GLASS, (0, 0, 0)),
    Page(
        "GET /patients/{id}",
        Action.READ,
        (_TRAITS | _REACH, _TRAITS | Field.BIRTH_PLACE | Field.NIR | Field.INS | Field.ADDRESS, _TRAITS | Field.INS),
    ),
    Page("GET /patients/{id}/file", Action.READ, (_WHO | Field.MEDICAL, _TRAITS, _WHO | Field.MEDICAL)),
    Page("POST /patients/{id}/acts", Action.CARE, (0, 0, 0)),
    Page("PUT /patients/{id}", Action.UPDATE, (0, 0, 0)),
    Page("GET /export", Action.EXPORT, (_TRAITS | _REACH, _TRAITS | Field.NIR, _TRAITS)),
    Page("POST /logout", Action.LOGOUT, (0, 0, 0)),
)
LOGIN, HOME_PAGE, LIST, SEARCH, GLASS, READ, FILE, CARE_ACT, UPDATE, EXPORT, LOGOUT = range(len(PAGES))
ACTIONS = np.array([page.action for page in PAGES], np.uint8)
FIELDS = np.array([page.shows for page in PAGES], np.uint32).T  # (services, pages)
