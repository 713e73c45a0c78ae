"""What receivers call: discovery, keys, streams, status, verification, polling. Plain functions, request to response.

Whoever mounts them hands over the requests that `is_for_signals` names.
"""

from __future__ import annotations

import hmac
import secrets
import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import msgspec

from maillon.edges.http import Request, Response
from maillon.edges.responders.secret import read_secret
from maillon.edges.responders.shared_signals import keys
from maillon.edges.responders.signal_keys import signed, signing_key
from maillon.edges.responders.signal_settings import Receiver, Settings
from maillon.edges.responders.signal_store import (
    delivered,
    enqueue,
    forget,
    refused,
    save,
    store,
    streams,
    verified,
    waiting,
)
from maillon.exchange.security_event import VERIFICATION, Event, claims
from maillon.exchange.stream import POLL, STATUSES, Stream, StreamRefused, created, discovery, patched, shown

WELL_KNOWN = "/.well-known/ssf-configuration"
_LARGEST = 65_536
_MOST = 100
_PAUSE_US = 10_000_000  # between two verifications of one stream


@dataclass(frozen=True)
class _Call:
    """One authenticated call: who, with what, in which transaction."""

    settings: Settings
    receiver: Receiver
    base: sqlite3.Connection
    asked: dict[str, Any]
    query: dict[str, str]
    now: int

    def stream(self) -> Stream | None:
        """Return the receiver's stream, where the id that it names is its own."""
        named = str(self.query.get("stream_id") or self.asked.get("stream_id") or "")
        own = next(iter(streams(self.base, self.receiver.audience)), None)
        return own if own and named in ("", own.id) else None


def is_for_signals(target: str, settings: Settings) -> bool:
    """Say whether a request's target is one of the transmitter's own."""
    path = urlsplit(target).path
    return path.startswith((WELL_KNOWN, urlsplit(settings.endpoints).path + "/"))


def handle(request: Request, settings: Settings, now: int) -> Response:
    """Answer one request. `now` is in microseconds.

    Raises UsageError where the transmitter's own files cannot be used.
    """
    path = urlsplit(request.target).path
    if path == WELL_KNOWN + urlsplit(settings.issuer).path.rstrip("/"):
        return _read_only(request, discovery(settings.issuer, settings.endpoints))
    place = path.removeprefix(urlsplit(settings.endpoints).path)
    if place == "/jwks.json":
        return _read_only(request, keys(settings, now))
    receiver = _authenticated(request, settings)
    if receiver is None:
        return Response(401, {"www-authenticate": "Bearer"})
    if len(request.body) > _LARGEST:
        return _problem(413, "the body is too large")
    calls = {method: call for (where, method), call in _CALLS.items() if where == place}
    if request.method not in calls:
        return _problem(405, "no such method here") if calls else _problem(404, "no such endpoint")
    asked = _object(request.body)
    if asked is None:
        return _problem(400, "the body must be a JSON object")
    with store(Path(settings.folder)) as base:
        query = dict(parse_qsl(urlsplit(request.target).query))
        try:
            return calls[request.method](_Call(settings, receiver, base, asked, query, now))
        except StreamRefused as error:
            return _problem(400, str(error))


def _create(call: _Call) -> Response:
    if call.receiver.push or streams(call.base, call.receiver.audience):
        return _problem(409, "this receiver has a stream already")
    fresh = Stream(secrets.token_hex(16), call.receiver.audience, POLL, "")
    stream = created(fresh, call.asked, call.receiver.hosts, _poll_place(call, fresh))
    save(call.base, stream)
    return _json(201, shown(stream, call.settings.issuer))


def _show(call: _Call) -> Response:
    stream = call.stream()
    if "stream_id" in call.query:
        return _json(200, shown(stream, call.settings.issuer)) if stream else _unknown()
    return _json(200, [shown(stream, call.settings.issuer)] if stream else [])


def _patch(call: _Call) -> Response:
    return _change(call, patched)


def _replace(call: _Call) -> Response:
    return _change(call, created)


def _change(call: _Call, how: Callable[[Stream, Mapping[str, object], tuple[str, ...], str], Stream]) -> Response:
    stream = call.stream()
    if stream is None:
        return _unknown()
    changed = how(stream, call.asked, call.receiver.hosts, _poll_place(call, stream))
    save(call.base, changed)
    return _json(200, shown(changed, call.settings.issuer))


def _delete(call: _Call) -> Response:
    stream = call.stream()
    if stream is None:
        return _unknown()
    forget(call.base, stream)
    return Response(204)


def _status(call: _Call) -> Response:
    stream = call.stream()
    return _json(200, _status_of(stream)) if stream else _unknown()


def _set_status(call: _Call) -> Response:
    stream = call.stream()
    if stream is None:
        return _unknown()
    status, reason = call.asked.get("status"), call.asked.get("reason") or ""
    if status not in STATUSES or not isinstance(reason, str) or len(reason) > 500:
        return _problem(400, f"status must be one of {', '.join(STATUSES)}")
    changed = replace(stream, status=str(status), reason=reason)
    save(call.base, changed)
    return _json(200, _status_of(changed))


def _verify(call: _Call) -> Response:
    stream = call.stream()
    if stream is None:
        return _unknown()
    if not verified(call.base, stream, call.now, _PAUSE_US):
        return Response(429, {"retry-after": str(_PAUSE_US // 1_000_000)})
    state = call.asked.get("state")
    if state is not None and (not isinstance(state, str) or len(state) > 500):
        return _problem(400, "state must be a text of at most 500 characters")
    event = Event(VERIFICATION, {} if state is None else {"state": state})
    who = {"format": "opaque", "id": stream.id}
    cause = f"verification.{stream.id}.{call.now}"
    issuer, key = call.settings.issuer, _key(call)
    value = claims(event, who, issuer=issuer, audience=stream.audience, cause=cause, at=call.now)
    enqueue(call.base, stream, str(value["jti"]), signed(key, value), call.now)
    return Response(204)


def _poll(call: _Call) -> Response:
    """RFC 8936, section 2: acknowledge first, then hand over what waits; an answer never waits for events."""
    stream = call.stream()
    if stream is None or stream.method != POLL:
        return _unknown()
    acknowledged, errors = call.asked.get("ack") or [], call.asked.get("setErrs") or {}
    most = call.asked.get("maxEvents", _MOST)
    if not isinstance(acknowledged, list) or not isinstance(errors, dict) or type(most) is not int or most < 0:
        return _problem(400, "ack must be a list, setErrs an object, maxEvents a number from 0 on")
    for jti in acknowledged:
        delivered(call.base, stream, str(jti))
    for jti, error in errors.items():
        told = str(error.get("err", "")) if isinstance(error, dict) else ""
        refused(call.base, stream, str(jti), told[:100])
    if stream.status != "enabled":
        return _json(200, {"sets": {}, "moreAvailable": False})
    found, more = waiting(call.base, stream, min(most, _MOST))
    return _json(200, {"sets": {one.jti: one.token for one in found}, "moreAvailable": more})


_CALLS: dict[tuple[str, str], Callable[[_Call], Response]] = {
    ("/streams", "POST"): _create,
    ("/streams", "GET"): _show,
    ("/streams", "PATCH"): _patch,
    ("/streams", "PUT"): _replace,
    ("/streams", "DELETE"): _delete,
    ("/status", "GET"): _status,
    ("/status", "POST"): _set_status,
    ("/verify", "POST"): _verify,
    ("/poll", "POST"): _poll,
}


def _key(call: _Call) -> Any:  # noqa: ANN401
    return signing_key(call.settings.keys, call.settings.algorithm, call.settings.key_days, call.now)


def _poll_place(call: _Call, stream: Stream) -> str:
    return f"{call.settings.endpoints}/poll?stream_id={stream.id}"


def _status_of(stream: Stream) -> dict[str, str]:
    told = {"stream_id": stream.id, "status": stream.status}
    return {**told, "reason": stream.reason} if stream.reason else told


def _authenticated(request: Request, settings: Settings) -> Receiver | None:
    """Return whose token it is. Every token is compared, in constant time."""
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    if kind.casefold() != "bearer":
        return None
    given = token.strip().encode()
    matching = [one for one in settings.receivers if hmac.compare_digest(read_secret(one.token).encode(), given)]
    return matching[0] if len(matching) == 1 else None


def _object(body: bytes) -> dict[str, Any] | None:
    if not body:
        return {}
    try:
        return msgspec.json.decode(body, type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def _read_only(request: Request, value: object) -> Response:
    if request.method != "GET":
        return _problem(405, "no such method here")
    return _json(200, value, {"cache-control": "public, max-age=300"})


def _json(status: int, value: object, headers: Mapping[str, str] | None = None) -> Response:
    kind = {"content-type": "application/json", "cache-control": "no-store"}
    return Response(status, {**kind, **(headers or {})}, msgspec.json.encode(value))


def _unknown() -> Response:
    return _problem(404, "this receiver has no such stream")


def _problem(status: int, told: str) -> Response:
    return _json(status, {"err": "invalid_request", "description": told})
