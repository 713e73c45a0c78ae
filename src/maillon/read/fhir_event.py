"""What a FHIR AuditEvent means: R4, R4B and R5, told by which keys it has, with the patterns of IHE BALP.

R5 says `category`, `code`, `patient`, `authorization`, `occurred[x]` and `agent.network[x]` where R4 says `type`,
`subtype`, patient entities, `purposeOfEvent`, `period` and `agent.network`. BALP swaps the roles of client and server
between read and query, so the caller is the agent with `requestor`, never the one with a certain role.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from maillon.facts.event import Outcome
from maillon.read.audit_act import OTHER_SIDE, Act, is_refusal, moment_of, rows_of
from maillon.read.audit_codes import APPLICATION, DESTINATION, EMERGENCY, ISSUES, MACHINES, OUTCOMES, SOURCE
from maillon.read.audit_patient import INS, of_identifier, of_reference
from maillon.read.json_audit import Ignored
from maillon.read.records import Row

Item = Mapping[str, Any]


class Agent(NamedTuple):
    """One who took part, and the codes of its type."""

    item: Item
    kinds: list[str]


_KINDS = ("type", "subtype", "category", "code")
OTHER_RESOURCE = "other resource"
OWN_RECORD = "patient's own access"
_PERSONS = frozenset(("IRCP", "humanuser", "UserOauthAgent", "UserSamlAgent"))  # types of the user's agent
_CARERS = frozenset(("Practitioner", "PractitionerRole"))
_PATIENTS = frozenset(("Patient", "RelatedPerson"))
_REQUEST_IDS = frozenset(("XrequestId", "X-Request-Id", "x-request-id", "traceparent"))
_MESSAGE_ID = "MSH-10"  # of an HL7 v2 message: both sides of a query write it


def read(resource: Item, memory: dict[str, Any]) -> list[Row] | Ignored | str:
    """Return the rows of an AuditEvent, or why there are none. `memory`: see audit_act.rows_of."""
    kind = resource.get("resourceType")
    if kind != "AuditEvent":
        return Ignored(OTHER_RESOURCE) if isinstance(kind, str) else "not an event"
    times = list(_times(resource))
    when = next(filter(None, map(moment_of, times)), None)
    if when is None:
        return "time" if times else "no time"
    agents = [Agent(one, _codes(one.get("type"))) for one in _list(resource.get("agent")) if isinstance(one, dict)]
    if not agents:
        return "no agent"
    codes = frozenset([code for key in _KINDS for code in _codes(resource.get(key))])
    outcome = _outcome(resource, codes)
    if outcome is None:
        return "outcome"
    user = _user(agents).item
    if _is_patient(user.get("who")):
        return Ignored(OWN_RECORD)
    entities = [entity for entity in _list(resource.get("entity")) if isinstance(entity, dict)]
    contained = {f"#{one.get('id')}": one for one in _list(resource.get("contained")) if isinstance(one, dict)}
    letter = _text(resource.get("action"))
    act = Act(
        when,
        codes,
        letter,
        outcome,
        _account(user, contained),
        patients=list(_patients(resource, entities, contained)),
        session=_session(user),
        address=_address(user, agents, letter),
        client=next((_name(agent.item.get("who")) for agent in agents if APPLICATION in agent.kinds), ""),
        request=_request(entities),
        teller=_name(_dig(resource, "source", "observer")) or _text(_dig(resource, "source", "site")),
        query="\n".join(filter(None, (_query(entity) for entity in entities))),
        emergency=bool(EMERGENCY & {*codes, *_purposes(resource, agents)}),
    )
    return rows_of(act, memory) or Ignored(OTHER_SIDE)


def is_r5(resource: Item) -> bool:
    """Tell an AuditEvent of R5 from an earlier one."""
    return "code" in resource and "type" not in resource


def _times(resource: Item) -> Iterator[str]:
    """Yield when it happened, else when it was recorded: the French profile requires the former."""
    for path in (("period", "start"), ("occurredPeriod", "start"), ("occurredDateTime",), ("recorded",)):
        if text := _text(_dig(resource, *path)):
            yield text


def _outcome(resource: Item, codes: frozenset[str]) -> Outcome | None:
    """Return the outcome; None where its code is unknown. An OperationOutcome or a detail of R5 says more."""
    value = resource.get("outcome")
    found = OUTCOMES.get("".join(_codes(value.get("code") if isinstance(value, dict) else value)[:1]))
    if found != Outcome.FAILED:
        return found
    if is_refusal(codes):
        return Outcome.REFUSED
    details = value.get("detail") if isinstance(value, dict) else None
    issues = [issue for one in _list(resource.get("contained")) for issue in _list(_dig(one, "issue"))]
    said = [*_codes(details), *(_text(_dig(issue, "code")) for issue in issues)]
    return next((ISSUES[code] for code in said if code in ISSUES), found)


def _user(agents: Sequence[Agent]) -> Agent:
    """Return the agent who asked: a person before a program, a program only where it asked by itself."""
    asking = [agent for agent in agents if agent.item.get("requestor") is True]
    for among, is_user in ((asking, _is_person), (asking, _is_no_machine), (asking, _is_any), (agents, _is_person)):
        for agent in among:
            if is_user(agent):
                return agent
    return next((agent for agent in agents if _reference(agent.item.get("who"))[0] in _CARERS), Agent({}, []))


def _is_person(agent: Agent) -> bool:
    return not _PERSONS.isdisjoint(agent.kinds)


def _is_no_machine(agent: Agent) -> bool:
    return MACHINES.isdisjoint(agent.kinds)


def _is_any(_agent: Agent) -> bool:
    return True


def _is_patient(who: object) -> bool:
    """Tell a patient or a relative who looks at a record themselves: no professional's account, and no name to show."""
    kinds = {_reference(who)[0], _text(_dig(who, "type"))}
    return bool(kinds & _PATIENTS) or INS in _text(_dig(who, "identifier", "system"))


def _account(user: Item, contained: Mapping[str, Item]) -> str:
    who = user.get("who")
    whole = contained.get(_text(_dig(who, "reference")), {})
    identifiers = [_dig(who, "identifier"), *_list(whole.get("identifier"))]
    kind, found = _reference(who)
    return next(
        filter(
            None,
            (
                *(_text(_dig(identifier, "value")) for identifier in identifiers),
                _text(user.get("altId")),
                f"{kind}/{found}" if kind else found,
                _text(user.get("name")),
                _text(_dig(who, "display")),
            ),
        ),
        "",
    )


def _session(user: Item) -> str:
    """Return the token's id, which BALP writes as a policy of the user's agent. A URI is a policy indeed."""
    policies = filter(None, map(_text, _list(user.get("policy"))))
    return next((policy for policy in policies if not policy.startswith(("http:", "https:", "urn:"))), "")


def _address(user: Item, agents: Sequence[Agent], letter: str) -> str:
    """Return the client's address: the user's own, else that of the program that was the client.

    The client receives what is read (destination role) and sends what is asked or written (source role).
    """
    role = DESTINATION if letter == "R" else SOURCE
    others = sorted((agent for agent in agents if agent.item is not user), key=lambda agent: role not in agent.kinds)
    return _network(user) or next(filter(None, [_network(agent.item) for agent in others]), "")


def _network(agent: Item) -> str:
    network = agent.get("network")
    found = _text(network.get("address")) if isinstance(network, dict) else ""
    found = found or _text(agent.get("networkString")) or _text(agent.get("networkUri"))
    found = found.removeprefix("urn:ipv6:").removeprefix("urn:ipv4:")
    return "" if "/" in found else found  # a server's URL


def _patients(resource: Item, entities: Sequence[Item], contained: Mapping[str, Item]) -> Iterator[str]:
    if isinstance(resource.get("patient"), dict):
        yield _patient(resource["patient"], contained)
    for entity in entities:
        what = entity.get("what")
        is_patient = "1" in _codes(entity.get("role")) or _text(_dig(what, "type")) == "Patient"
        if is_patient or _reference(what)[0] == "Patient":
            yield _patient(what, contained)


def _patient(what: object, contained: Mapping[str, Item]) -> str:
    """Return an INS where one is given, else the reference's id, else another identifier. Never a name."""
    whole = contained.get(_text(_dig(what, "reference")), {})
    given = [one for one in (_dig(what, "identifier"), *_list(whole.get("identifier"))) if isinstance(one, dict)]
    ins = [one for one in given if INS in _text(one.get("system")) or INS in _text(one.get("value"))]
    found = [of_identifier(_text(one.get("value")), _text(one.get("system"))) for one in ins or given]
    kind, reference = _reference(what)
    if ins or not reference:
        return next(filter(None, found), "")
    return reference if kind in {"", "Patient"} else f"{kind}/{reference}"


def _request(entities: Sequence[Item]) -> str:
    """Return the request's id as BALP writes it, or a W3C traceparent. A trace's id alone covers several requests."""
    for entity in entities:
        identifier = _dig(entity, "what", "identifier")
        names = {
            *_codes(entity.get("type")),
            *_codes(_dig(identifier, "type")),
            _text(_dig(identifier, "type", "text")),
        }
        if names & _REQUEST_IDS and (found := _text(_dig(identifier, "value"))):
            return found
        for detail in _list(entity.get("detail")):
            if _text(_dig(detail, "type")) == _MESSAGE_ID:
                return _text(_dig(detail, "valueBase64Binary")) or _text(_dig(detail, "valueString"))
    return ""


def _query(entity: Item) -> str:
    if query := _text(entity.get("query")):
        return decoded(query)
    return _text(entity.get("description")) if "24" in _codes(entity.get("role")) else ""


def decoded(text: str) -> str:
    """Return what a base64 text says, or the text itself where it is none."""
    try:
        return base64.b64decode(text, validate=True).decode("utf-8", "replace")
    except (binascii.Error, ValueError):
        return text


def _purposes(resource: Item, agents: Sequence[Agent]) -> list[str]:
    holders = ((resource, "purposeOfEvent"), *((agent.item, "purposeOfUse") for agent in agents))
    # `authorization` is R5's word for both.
    return [
        code for one, key in holders for name in (key, "authorization") if name in one for code in _codes(one[name])
    ]


def _codes(value: object) -> list[str]:
    """Return the codes of a code, a Coding, a CodeableConcept, or a list of them (no list within a list)."""
    if isinstance(value, dict):
        own = value.get("code")
        within = [one.get("code") for one in _list(value.get("coding")) if isinstance(one, dict)]
        return [code for code in (own, *within) if isinstance(code, str)]
    if isinstance(value, list):
        return [code for one in value if not isinstance(one, list) for code in _codes(one)]
    return [value] if isinstance(value, str) else []


def _name(who: object) -> str:
    """Return how a system is called: its identifier, else its reference, else its display."""
    return (
        _text(_dig(who, "identifier", "value")) or _text(_dig(who, "reference")) or _text(_dig(who, "display"))
    )  # fmt: skip


def _reference(who: object) -> tuple[str, str]:
    return of_reference(_text(_dig(who, "reference")))


def _dig(value: object, *path: str) -> Any:  # noqa: ANN401 (any JSON value)
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _text(value: object) -> str:
    return value.strip() if isinstance(value, str) else ""
