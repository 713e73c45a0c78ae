"""What an audit message of DICOM and IHE ATNA means (PS3.15 A.5; RFC 3881 and its `code=` in place of `csd-code=`)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from maillon.facts.event import Outcome
from maillon.read.atna_xml import Node
from maillon.read.audit_act import OTHER_SIDE, Act, is_refusal, moment_of, rows_of
from maillon.read.audit_codes import APPLICATION, DESTINATION, EMERGENCY, MACHINES, OUTCOMES, SOURCE
from maillon.read.audit_patient import of_cx
from maillon.read.fhir_event import decoded
from maillon.read.json_audit import Ignored
from maillon.read.records import Row

_XUA = re.compile(r'"?[^<]*<"?([^<>"]+?)"?@[^<>]*>"?')  # alias<user@issuer>: ITI TF-2 3.40.4.2
_MESSAGE_IDS = frozenset(("MSH-10", "X-Request-Id", "traceparent"))


def read(message: Node, memory: dict[str, Any], time: str = "") -> list[Row] | Ignored | str:
    """Return the rows of an AuditMessage, or why there are none.

    `time` is when it was sent, for a message that does not say when it happened; `memory`: see audit_act.rows_of.
    """
    if message.name != "AuditMessage":
        return "not an audit message"
    event = message.first("EventIdentification")
    written = event.get("EventDateTime") or time
    when = moment_of(written)
    if when is None:
        return "time" if written else "no time"
    codes = frozenset(_codes(event, "EventID", "EventTypeCode"))
    outcome = OUTCOMES.get(event.get("EventOutcomeIndicator"))
    if outcome is None:
        return "outcome"
    if outcome == Outcome.FAILED and is_refusal(codes):
        outcome = Outcome.REFUSED
    participants = message.all("ActiveParticipant")
    if not participants:
        return "no participant"
    objects = message.all("ParticipantObjectIdentification")
    letter = event.get("EventActionCode")
    user = _user(participants)
    source = message.first("AuditSourceIdentification")
    act = Act(
        when,
        codes,
        letter,
        outcome,
        _account(user),
        patients=[of_cx(one.get("ParticipantObjectID")) for one in objects if _is_patient(one)],
        address=_address(user, participants, letter),
        client=next((one.get("UserName") for one in participants if APPLICATION in _roles(one)), ""),
        request=next((found for one in objects for found in _request_ids(one)), ""),
        teller=source.get("AuditSourceID", "AuditEnterpriseSiteID"),
        query="\n".join(filter(None, map(_query, objects))),
        emergency=bool(EMERGENCY & {*codes, *_codes(event, "PurposeOfUse"), *_codes(message, "PurposeOfUse")}),
    )
    return rows_of(act, memory) or Ignored(OTHER_SIDE)


def _codes(node: Node, *names: str) -> Iterator[str]:
    for name in names:
        for child in node.all(name):
            if code := child.get("csd-code", "code"):
                yield code


def _roles(participant: Node) -> set[str]:
    return set(_codes(participant, "RoleIDCode"))


def _asks(participant: Node) -> bool:
    """Tell whether a participant asked for what was done; some published messages misspell the attribute."""
    return participant.get("UserIsRequestor", "UserIsRequest").lower() in {"true", "1"}


def _user(participants: list[Node]) -> Node:
    """Return who asked: a person before a program; nobody where nobody is said to have asked."""
    asking = [one for one in participants if _asks(one)]
    persons = [one for one in asking if not _roles(one) & MACHINES]
    return next(iter(persons or asking), Node("ActiveParticipant"))


def _account(user: Node) -> str:
    """Return the user's id; of `alias<user@issuer>` the user, and no address that web services answer to."""
    named = [user.get(name) for name in ("UserID", "UserName", "AlternativeUserID")]
    given = [name for name in named if name and "://" not in name]
    return next((found[1] for name in given if (found := _XUA.fullmatch(name))), given[0] if given else "")


def _address(user: Node, participants: list[Node], letter: str) -> str:
    """Return the client's address: the user's own, that of a program that asked, else by role as in FHIR."""
    role = DESTINATION if letter == "R" else SOURCE
    others = [one for one in participants if one is not user]
    others.sort(key=lambda one: (not _asks(one), role not in _roles(one)))
    found = (one.get("NetworkAccessPointID") for one in [user, *others])
    return next((address for address in found if address and "/" not in address), "")


def _is_patient(thing: Node) -> bool:
    role, kind = thing.get("ParticipantObjectTypeCodeRole"), thing.get("ParticipantObjectTypeCode")
    if role:
        return role == "1"
    return kind == "1" and "2" in _codes(thing, "ParticipantObjectIDTypeCode")  # a patient number


def _query(thing: Node) -> str:
    """Return what was asked: the text of an element, or of an attribute where the message came as JSON."""
    text = thing.first("ParticipantObjectQuery").text or thing.get("ParticipantObjectQuery")
    return decoded(text.strip()) if text else ""


def _request_ids(thing: Node) -> Iterator[str]:
    for detail in thing.all("ParticipantObjectDetail"):
        if detail.get("type") in _MESSAGE_IDS and (value := detail.get("value")):
            yield value
