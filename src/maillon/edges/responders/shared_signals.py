"""Shared Signals transmitter: tells services that follow a stream what was done to an account (SSF 1.0, CAEP, RISC).

An event is signed and kept first, then pushed (RFC 8935) or left to be polled (RFC 8936): a receiver that is away
gets it later. The endpoints that receivers call are in signal_endpoints.py.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path

from maillon.edges.responders.declaration import Responder
from maillon.edges.responders.http import ask
from maillon.edges.responders.receipts import carry_out, taken_from
from maillon.edges.responders.secret import read_secret
from maillon.edges.responders.signal_keys import published, signed, signing_key
from maillon.edges.responders.signal_settings import Receiver, Settings
from maillon.edges.responders.signal_store import (
    counts,
    delivered,
    enqueue,
    forget_old,
    missed,
    refused,
    store,
    streams,
    waiting,
)
from maillon.exchange.security_event import Event, claims, of_order, of_release, subject
from maillon.exchange.stream import PUSH, Stream
from maillon.facts.errors import ResponderError, UsageError
from maillon.facts.order import Order, Receipt

NAME = "shared_signals"
_DAY_US = 86_400_000_000
_AT_ONCE = 100
_REFUSED = 400


def respond(order: Order, settings: Settings, now: int) -> Receipt:
    """Tell every stream what the order means."""
    events = of_order(order)
    taken: dict[str, object] = {"kinds": [one.kind for one in events]} if events else {}
    return _tell(order, settings, now, events, order.id, taken)


def undo(order: Order, receipt: Receipt, settings: Settings, now: int = 0) -> Receipt:
    """Tell every stream that it is over: the risk is low again, the account enabled."""
    kinds = taken_from(receipt).get("kinds")
    events = of_release(order, [str(one) for one in kinds] if isinstance(kinds, list) else [])
    return _tell(order, settings, now or order.at, events, f"{order.id}.{receipt.order}", {})


def check(settings: Settings) -> list[str]:
    """Look at keys, secrets and what waits; nothing is sent. Raises ResponderError, UsageError."""
    _needs_joserfc()
    for receiver in settings.receivers:
        read_secret(receiver.token)
    with store(Path(settings.folder)) as base:
        found, states = streams(base), counts(base)
    told = ", ".join(f"{count} {state}" for state, count in states.items()) or "none yet"
    return [f"{len(found)} stream(s) of {len(settings.receivers)} receiver(s); events: {told}"]


def publish(
    settings: Settings, account: str, events: Iterable[Event], cause: str, now: int
) -> tuple[int, list[ResponderError]]:
    """Sign events about an account, keep them for every stream that carries them, and push what waits.

    `cause` names what they come from: the same cause is sent once. Returns how many streams are told, and what went
    wrong on the way; that is tried again by the next `publish` or `deliver`.
    """
    _needs_joserfc()
    who = subject(settings.subject, account, settings.subject_issuer or settings.issuer)
    key = signing_key(settings.keys, settings.algorithm, settings.key_days, now)
    with store(Path(settings.folder)) as base:
        found = [one for one in _streams(base, settings) if one.status != "disabled"]
        for stream in found:
            for event in events:
                if event.kind in stream.delivered:
                    value = claims(event, who, issuer=settings.issuer, audience=stream.audience, cause=cause, at=now)
                    enqueue(base, stream, str(value["jti"]), signed(key, value), now)
    return len(found), deliver(settings, now)


def deliver(settings: Settings, now: int) -> list[ResponderError]:
    """Push what waits, and forget what is too old. Returns what went wrong, one error a stream."""
    with store(Path(settings.folder)) as base:
        forget_old(base, now - settings.keep_days * _DAY_US)
        pushed = [one for one in _streams(base, settings) if one.method == PUSH and one.status == "enabled"]
    errors = []
    for stream in pushed:
        try:
            _push(settings, stream)
        except ResponderError as error:
            errors.append(error)
    return errors


def keys(settings: Settings, now: int) -> dict[str, list[dict[str, str]]]:
    """Return the public keys as a JWKS. The first key is made where there is none."""
    signing_key(settings.keys, settings.algorithm, settings.key_days, now)
    return published(settings.keys, settings.overlap_days, now)


def _tell(
    order: Order, settings: Settings, now: int, events: list[Event], cause: str, taken: dict[str, object]
) -> Receipt:
    def tell() -> str:
        told, errors = publish(settings, order.account, events, cause, now)
        if not errors:
            return f"{len(events)} event(s) to {told} stream(s)"
        outcome = errors[0].outcome if len(errors) >= told else "partial"
        raise ResponderError(
            f"{len(errors)} of {told} stream(s) did not take the event(s): {errors[0]}", outcome, errors[0].status
        )

    return carry_out(order, NAME, now, (tell,) if events else (), taken)


def _streams(base: sqlite3.Connection, settings: Settings) -> list[Stream]:
    """Return the streams of the receivers that are configured now, those that the operator gave a push address too."""
    made = {one.audience: one for one in streams(base)}
    found = []
    for receiver in settings.receivers:
        if receiver.push:
            fixed = Stream(f"configured-{receiver.audience}", receiver.audience, PUSH, receiver.push)
            found.append(fixed)
        elif receiver.audience in made:
            found.append(made[receiver.audience])
    return found


def _push(settings: Settings, stream: Stream) -> None:
    """Push what waits for one stream, the oldest first (RFC 8935). What the receiver refuses is set aside."""
    folder = Path(settings.folder)
    receiver = next(one for one in settings.receivers if one.audience == stream.audience)
    problem: ResponderError | None = None
    with store(folder) as base:
        found, _ = waiting(base, stream, _AT_ONCE)
    for one in found:
        try:
            _post(settings, stream, receiver, one.token)
        except ResponderError as error:
            problem = error
            with store(folder) as base:
                if error.status == _REFUSED:
                    refused(base, stream, one.jti, "refused with 400")
                    continue
                missed(base, stream, one.jti)
            break  # whoever does not answer one will not answer the next; it waits
        with store(folder) as base:
            delivered(base, stream, one.jti)
    if problem:
        raise problem


def _post(settings: Settings, stream: Stream, receiver: Receiver, token: str) -> None:
    headers = {"Content-Type": "application/secevent+jwt", "Accept": "application/json"}
    authorization = stream.authorization
    if receiver.push and receiver.push_authorization:
        authorization = read_secret(receiver.push_authorization)
    if authorization:
        headers["Authorization"] = authorization
    ask(settings, "POST", stream.endpoint, headers=headers, body=token.encode())


def _needs_joserfc() -> None:
    if find_spec("joserfc") is None:
        raise UsageError("signed events need joserfc: pip install 'maillon[signals]'")


DECLARATION = Responder(
    name=NAME,
    does="tells services that follow a stream, by signed events (OpenID Shared Signals 1.0: CAEP and RISC)",
    takes={
        "step_up": "CAEP risk-level-change to MEDIUM",
        "pace": "CAEP risk-level-change to MEDIUM",
        "end_sessions": "CAEP session-revoked, and risk-level-change to HIGH",
        "suspend": "RISC account-disabled (hijacking), CAEP session-revoked, and risk-level-change to HIGH",
    },
    undoes="sends RISC account-enabled where account-disabled was sent, and CAEP risk-level-change to LOW",
    settings=Settings,
    respond=respond,
    undo=undo,
    check=check,
    needs="signals",
)
