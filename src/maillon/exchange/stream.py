"""Event streams of the Shared Signals Framework 1.0 (section 8.1): what a receiver may ask for, and what it is told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from maillon.exchange.security_event import EVENTS

PUSH = "urn:ietf:rfc:8935"
POLL = "urn:ietf:rfc:8936"
STATUSES = ("enabled", "paused", "disabled")

_LONGEST = 2_048


@dataclass(frozen=True)
class Stream:
    """One receiver's stream. `authorization` is the header that the receiver wants to see on a push: a secret."""

    id: str
    audience: str
    method: str
    endpoint: str
    authorization: str = ""
    requested: tuple[str, ...] = ()
    description: str = ""
    status: str = "enabled"
    reason: str = ""

    @property
    def delivered(self) -> tuple[str, ...]:
        """Return the types of events that the stream carries; all of them where none was asked for by name."""
        return tuple(one for one in EVENTS if not self.requested or one in self.requested)


class StreamRefused(Exception):  # noqa: N818 - it is an answer to a receiver, not a defect
    """A receiver asked for something that it cannot have; the sentence is for its developer."""


def created(stream: Stream, asked: Mapping[str, object], hosts: tuple[str, ...], poll: str) -> Stream:
    """Return `stream` as a receiver asked for it. `hosts` are those that it may be pushed to, `poll` its own endpoint.

    Raises StreamRefused. Unknown members are ignored, as the standard wants it.
    """
    delivery = asked.get("delivery") or {"method": POLL}
    if not isinstance(delivery, dict):
        raise StreamRefused("delivery must be an object")
    method = delivery.get("method", POLL)
    if method not in (PUSH, POLL):
        raise StreamRefused(f"delivery.method must be {PUSH} or {POLL}")
    authorization = _text(delivery, "authorization_header")
    if not authorization.isprintable() or not authorization.isascii():
        raise StreamRefused("delivery.authorization_header cannot stand in a header")
    return replace(
        stream,
        method=str(method),
        endpoint=_push_endpoint(_text(delivery, "endpoint_url"), hosts) if method == PUSH else poll,
        authorization=authorization if method == PUSH else "",
        requested=_requested(asked),
        description=_text(asked, "description"),
    )


def patched(stream: Stream, asked: Mapping[str, object], hosts: tuple[str, ...], poll: str) -> Stream:
    """Return the stream with what was named changed and all else kept. Raises StreamRefused."""
    kept: dict[str, object] = {"description": stream.description, "events_requested": list(stream.requested)}
    if stream.method == PUSH:
        kept["delivery"] = {
            "method": PUSH,
            "endpoint_url": stream.endpoint,
            "authorization_header": stream.authorization,
        }
    return created(stream, {**kept, **asked}, hosts, poll)


def shown(stream: Stream, issuer: str) -> dict[str, object]:
    """Return a stream's configuration as its receiver reads it. The header that it gave is not repeated."""
    return {
        "stream_id": stream.id,
        "iss": issuer,
        "aud": stream.audience,
        "events_supported": list(EVENTS),
        "events_requested": list(stream.requested),
        "events_delivered": list(stream.delivered),
        "delivery": {"method": stream.method, "endpoint_url": stream.endpoint},
        "description": stream.description,
    }


def discovery(issuer: str, base: str) -> dict[str, object]:
    """Return the transmitter's configuration metadata (section 7.1).

    There are no endpoints to add or remove subjects: every stream carries all accounts, so that a receiver can
    neither probe who exists nor have a thief's account left out.
    """
    return {
        "spec_version": "1_0",
        "issuer": issuer,
        "jwks_uri": f"{base}/jwks.json",
        "delivery_methods_supported": [PUSH, POLL],
        "configuration_endpoint": f"{base}/streams",
        "status_endpoint": f"{base}/status",
        "verification_endpoint": f"{base}/verify",
        "authorization_schemes": [{"spec_urn": "urn:ietf:rfc:6750"}],
        "default_subjects": "ALL",
    }


def _push_endpoint(url: str, hosts: tuple[str, ...]) -> str:
    parts = urlsplit(url)
    if parts.scheme != "https" and parts.hostname not in ("127.0.0.1", "::1", "localhost"):
        raise StreamRefused("delivery.endpoint_url must be https")
    if parts.hostname not in hosts:
        raise StreamRefused("delivery.endpoint_url names a host that the operator did not agree to push to")
    return url


def _requested(asked: Mapping[str, object]) -> tuple[str, ...]:
    names = asked.get("events_requested") or []
    if not isinstance(names, list) or not all(isinstance(one, str) for one in names):
        raise StreamRefused("events_requested must be a list of texts")
    return tuple(str(one) for one in names[:100])


def _text(asked: Mapping[str, object], name: str) -> str:
    text = asked.get(name) or ""
    if not isinstance(text, str) or len(text) > _LONGEST:
        raise StreamRefused(f"{name} must be a text of at most {_LONGEST} characters")
    return text
