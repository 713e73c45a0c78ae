"""What a route does: method, words, how the service answers, and how it follows or precedes reads of a patient."""

from __future__ import annotations

from dataclasses import dataclass

from maillon.facts.event import Action, Field
from maillon.read.vocabulary import (
    CARE,
    EXPORT,
    LIST,
    LIST_KEYS,
    LOGIN,
    LOGOUT,
    READ,
    SEARCH,
    SURELY_LOGIN,
    SURELY_LOGOUT,
    TAMPER,
    UPDATE,
    says,
)

_NAMES = Field.FAMILY_NAME | Field.GIVEN_NAME | Field.BIRTH_DATE
_REACH = Field.PHONE | Field.EMAIL | Field.ADDRESS
_WRITES = ("POST", "PUT", "PATCH", "DELETE")
_REACHED = frozenset(("coordonnees", "contact", "contacts", "adresse", "address", "telecom"))
_IDENTITY = frozenset(("identite", "identity", "identities", "demographics", "etatcivil"))
_NUMBERS = frozenset(("ins", "nir", "assure"))
_TABLES = frozenset((".csv", ".xls", ".xlsx", ".ods", ".zip"))
_FILES = _TABLES | {".pdf"}


@dataclass(frozen=True)
class Facts:
    """What is known of one route before its action is."""

    method: str
    words: tuple[str, ...]  # fixed texts of path and query values, in order
    keys: tuple[str, ...]  # query keys seen
    searches: bool
    has_patient: bool
    has_id: bool  # another identifier in the path
    deepest: str  # the last segment's fixed end: ".pdf", "envoyer"
    lines: int
    refused: float  # share answered 401 or 403
    redirected: float
    opening: float  # share that open a visit
    then_read: float  # share followed by a read of a patient by the same account as its next request
    after_read: float  # share (of writes with a patient) whose account had read that patient before
    at_once: float  # share of writes that come within seconds of a read of the same patient
    rows: int  # rows of a page, where the query says; 0 = unknown
    several: bool  # it lies right above the patient's own routes: `/dossiers` above `/dossiers/{patient}`


def action_of(facts: Facts) -> tuple[Action, float, str]:
    """Return the action, how sure it is (0 to 1) and why."""
    return _with_patient(facts) if facts.has_patient else _without_patient(facts)


def _with_patient(facts: Facts) -> tuple[Action, float, str]:
    tail = facts.words[-2:] if facts.words else ()
    if facts.method in _WRITES:
        if facts.at_once > 0.6 and not _says(tail, CARE | UPDATE):
            return Action.READ, 0.6, f"{facts.at_once:.0%} come within seconds of a read: they belong to its page"
        if _says(tail, CARE):
            return Action.CARE, 0.9, "its words name a care act"
        if facts.method == "POST" and facts.after_read < 0.3 and not _says(tail, UPDATE):
            return Action.READ, 0.6, f"only {facts.after_read:.0%} of these POSTs follow a read of the same patient"
        sure = 0.9 if facts.method != "POST" or _says(tail, UPDATE) else 0.7
        return Action.UPDATE, sure, f"{facts.method}, and {facts.after_read:.0%} follow a read of the same patient"
    if _says(tail, EXPORT) or _ending(facts.deepest) in _FILES:
        return Action.EXPORT, 0.85, "its words or its ending name a file"
    return Action.READ, 0.9, "it shows one patient"


def _without_patient(facts: Facts) -> tuple[Action, float, str]:
    writes = facts.method in _WRITES
    if _says(facts.words, SURELY_LOGOUT) or (_says(facts.words[-1:], LOGOUT) and facts.opening < 0.2):
        return Action.LOGOUT, 0.85, "its words name a log-out"
    if writes and _says(facts.words, TAMPER):
        return Action.TAMPER, 0.8, "its words name the account's credentials"
    answer = facts.refused + facts.redirected
    if (writes or facts.redirected > 0.5) and _says(facts.words, SURELY_LOGIN):
        return Action.LOGIN, 0.9, f"its words name a log-in; {facts.opening:.0%} open a visit"
    if facts.method == "POST" and facts.opening > 0.3 and (answer > 0.02 or _says(facts.words, LOGIN)):
        return (
            Action.LOGIN,
            0.75,
            f"{facts.opening:.0%} of these POSTs open a visit, {answer:.0%} refused or redirected",
        )
    if not facts.has_id and (_says(facts.words[-2:], EXPORT) or _ending(facts.deepest) in _TABLES):
        return Action.EXPORT, 0.8, "its words or its ending name a file"
    if _says(facts.words, SEARCH) or (facts.searches and (facts.several or facts.then_read > 0.1)):
        return Action.SEARCH, 0.8, f"its words name a search; {facts.then_read:.0%} are followed by a read of a patient"
    paged = facts.rows != 1 and any(says(key, LIST_KEYS) for key in facts.keys)
    near = facts.several or _says(facts.words, LIST)
    if _says(facts.words[-1:], LIST) and not facts.has_id and (facts.then_read > 0.05 or facts.lines < 30):
        return Action.LIST, 0.7, f"its words name a list; {facts.then_read:.0%} are followed by a read of a patient"
    if not writes and ((near and facts.then_read > 0.1) or (paged and facts.then_read > 0.3)):
        return Action.LIST, 0.75, f"it is paged, or lies above patients; {facts.then_read:.0%} are followed by a read"
    if writes and _says(facts.words[-1:], CARE | UPDATE):
        found = Action.CARE if _says(facts.words[-1:], CARE) else Action.UPDATE
        return found, 0.6, "its words name it, of whom is not in the log"
    if facts.method == "POST" and facts.then_read > 0.5 and facts.lines >= 20:
        return Action.SEARCH, 0.5, f"{facts.then_read:.0%} of these POSTs are followed by a read of a patient"
    return Action.OTHER, 0.6, "nothing in it says that patients are shown"


def _says(texts: tuple[str, ...], words: frozenset[str]) -> bool:
    return any(says(text, words) for text in texts)


def _ending(text: str) -> str:
    dot = text.rfind(".")
    return text[dot:].lower() if 0 <= dot < len(text) - 1 else ""


def fields_of(action: Action, words: tuple[str, ...]) -> int:
    """Return the identity fields that such a route usually shows: assumed from its words, never seen."""
    if action in {Action.LIST, Action.SEARCH, Action.EXPORT}:
        return int(_NAMES)
    if action != Action.READ:
        return 0
    fields = _REACH if _says(words[-1:], _REACHED) else _NAMES
    if _says(words[-1:], _IDENTITY):
        fields = _NAMES | Field.SEX | _REACH
    if _says(words, _NUMBERS):
        fields |= Field.INS if _says(words, frozenset(("ins",))) else Field.NIR
    elif not _says(words[-1:], _REACHED | _IDENTITY) and not _says(words[-1:], READ):
        fields |= Field.MEDICAL if _says(words, frozenset(("dossier", "record", "observation"))) else Field(0)
    return int(fields)
