"""Security Event Tokens (RFC 8417) as claims: what CAEP 1.0 and RISC 1.0 say of an account. Nothing is signed here.

Sources: OpenID Shared Signals Framework 1.0, sections 3 and 4; CAEP 1.0, section 3; RISC 1.0, section 2.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

from maillon.facts.decision import Reason
from maillon.facts.order import Order

CAEP = "https://schemas.openid.net/secevent/caep/event-type/"
RISC = "https://schemas.openid.net/secevent/risc/event-type/"
SSF = "https://schemas.openid.net/secevent/ssf/event-type/"

EVENTS = (
    CAEP + "session-revoked",
    CAEP + "risk-level-change",
    CAEP + "assurance-level-change",
    CAEP + "credential-change",
    RISC + "account-disabled",
    RISC + "account-enabled",
    RISC + "credential-compromise",
)
"""What Maillon can say."""

VERIFICATION = SSF + "verification"

Claims = dict[str, object]


@dataclass(frozen=True)
class Event:
    """One event about one subject: its type, its own members."""

    kind: str
    members: Mapping[str, object]


def of_order(order: Order) -> list[Event]:
    """Return what others must know when an order is given, the most urgent first; nothing for "observe"."""
    told = _told(order)
    risk = {"step_up": "MEDIUM", "pace": "MEDIUM", "end_sessions": "HIGH", "suspend": "HIGH"}.get(order.action)
    if risk is None:
        return []
    events = [Event(CAEP + "risk-level-change", {"principal": "USER", "current_level": risk, **told})]
    if order.action in ("end_sessions", "suspend"):
        events.insert(0, Event(CAEP + "session-revoked", told))
    if order.action == "suspend":
        # RISC's account-disabled knows no reasons but its own two words.
        events.insert(0, Event(RISC + "account-disabled", {"reason": "hijacking"}))
    return events


def of_release(release: Order, kinds: Sequence[str]) -> list[Event]:
    """Return what others must know when the events `kinds` of an earlier order are taken back."""
    told = _told(release)
    events = []
    if RISC + "account-disabled" in kinds:
        events.append(Event(RISC + "account-enabled", {}))
    if CAEP + "risk-level-change" in kinds:
        events.append(Event(CAEP + "risk-level-change", {"principal": "USER", "current_level": "LOW", **told}))
    return events


def assurance_level_change(at: int, current: str, previous: str, direction: str) -> Event:
    """Return that an account proved itself in a stronger ("increase") or weaker ("decrease") way; levels are acr's."""
    members: dict[str, object] = {"namespace": "custom", "current_level": current, "change_direction": direction}
    if previous:
        members["previous_level"] = previous
    return Event(CAEP + "assurance-level-change", {**members, "event_timestamp": at // 1_000_000})


def credential_change(at: int, credential: str, change: str) -> Event:
    """Return that a credential was created, revoked, updated or deleted. `credential` is one of CAEP's words."""
    members = {"credential_type": credential, "change_type": change, "event_timestamp": at // 1_000_000}
    return Event(CAEP + "credential-change", members)


def credential_compromise(at: int, credential: str, reason: Reason | None = None) -> Event:
    """Return that a credential is known to be in other hands, for instance out of a leak."""
    members: dict[str, object] = {"credential_type": credential, "event_timestamp": at // 1_000_000}
    if reason:
        members["reason_admin"] = {"fr": reason.fr, "en": reason.en}
    return Event(RISC + "credential-compromise", members)


def claims(event: Event, subject: Mapping[str, object], *, issuer: str, audience: str, cause: str, at: int) -> Claims:
    """Return a token's claims. `cause` is the order or the find that it comes from, `at` the moment in microseconds.

    The same cause, type and audience give the same `jti`: a receiver drops what it has seen. As SSF 1.0 wants it,
    there is one event, `sub_id`, and neither `sub` nor `exp`.
    """
    return {
        "iss": issuer,
        "jti": sha256(f"{cause}\0{event.kind}\0{audience}".encode()).hexdigest()[:32],
        "iat": at // 1_000_000,
        "aud": audience,
        "txn": cause,
        "sub_id": dict(subject),
        "events": {event.kind: dict(event.members)},
    }


def subject(form: str, account: str, issuer: str) -> dict[str, object]:
    """Return who an event is about (RFC 9493), in the form that receivers know the account by."""
    if form == "email":
        return {"format": "email", "email": account}
    if form == "opaque":
        return {"format": "opaque", "id": account}
    return {"format": "iss_sub", "iss": issuer, "sub": account}


def _told(order: Order) -> dict[str, object]:
    """Return the members that all of CAEP's events share. A person's own words stay at home."""
    members: dict[str, object] = {
        "event_timestamp": order.at // 1_000_000,
        "initiating_entity": "policy" if order.who == "maillon" else "admin",
    }
    if order.reasons:
        members["reason_admin"] = {
            "fr": " ; ".join(one.fr for one in order.reasons),
            "en": "; ".join(one.en for one in order.reasons),
        }
    return members
