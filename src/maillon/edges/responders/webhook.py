"""A signed webhook, after the Standard Webhooks specification: whoever receives it can check who sent it and when."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import time
from typing import Annotated

import msgspec
from msgspec import Meta

from maillon.edges.responders.declaration import Connection, Responder
from maillon.edges.responders.http import ask
from maillon.edges.responders.receipts import carry_out
from maillon.edges.responders.secret import Secret, read_secret
from maillon.facts.errors import ResponderError, UsageError
from maillon.facts.order import ORDERS, Order, Receipt
from maillon.render.order_json import order_json

NAME = "webhook"


class Settings(Connection, frozen=True, kw_only=True):
    """What `[responders.webhook]` may say."""

    url: Annotated[str, Meta(description="where orders are posted to")]
    secret: Annotated[
        Secret, Meta(description="shared secret, `whsec_` and 24 to 64 bytes in base64; `file:PATH` or `env:NAME`")
    ]
    tries: Annotated[int, Meta(ge=1, le=5, description="how often to try where no answer comes")] = 3
    pause: Annotated[
        float, Meta(ge=0, le=10, description="seconds before the second try; doubled before each next")
    ] = 0.5


def respond(order: Order, settings: Settings, now: int) -> Receipt:
    """Post the order. Its id is the message's id: a receiver drops what it has seen."""

    def post() -> str:
        _post(settings, order.id, order_json(order), now)
        return "the order is posted"

    return carry_out(order, NAME, now, (post,), {})


def undo(order: Order, receipt: Receipt, settings: Settings, now: int = 0) -> Receipt:
    """Post the release, which names the order that it takes back."""
    moment = now or order.at

    def post() -> str:
        _post(settings, f"{order.id}.{receipt.order}", order_json(order, releases=receipt.order), moment)
        return "the release is posted"

    return carry_out(order, NAME, moment, (post,), {})


def check(settings: Settings) -> list[str]:
    """Look at the secret; nothing is posted. Raises UsageError."""
    _key(settings)
    return [f"the secret can be used; {settings.url} is asked at the first order only"]


def signature(key: bytes, message: str, seconds: int, body: bytes) -> str:
    """Return the value of the header `webhook-signature`."""
    signed = b".".join((message.encode(), str(seconds).encode(), body))
    return "v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()


def _post(settings: Settings, message: str, value: object, now: int) -> None:
    body = msgspec.json.encode(value)
    seconds = now // 1_000_000
    headers = {
        "Content-Type": "application/json",
        "webhook-id": message,
        "webhook-timestamp": str(seconds),
        "webhook-signature": signature(_key(settings), message, seconds, body),
    }
    for left in reversed(range(settings.tries)):
        try:
            ask(settings, "POST", settings.url, headers=headers, body=body)
        except ResponderError as error:
            if error.outcome != "timeout" or not left:
                raise
            time.sleep(settings.pause * 2 ** (settings.tries - 1 - left))
        else:
            return


def _key(settings: Settings) -> bytes:
    text = read_secret(settings.secret)
    try:
        key = base64.b64decode(text.removeprefix("whsec_"), validate=True)
    except binascii.Error:
        key = b""
    if not 24 <= len(key) <= 64:
        raise UsageError(f"the secret {settings.secret} is not `whsec_` and 24 to 64 bytes in base64")
    return key


DECLARATION = Responder(
    name=NAME,
    does="posts every order to an address, signed with HMAC-SHA-256 and a timestamp (Standard Webhooks)",
    takes=dict.fromkeys(ORDERS[:-1], "posts the order"),
    undoes="posts the release; what the receiver makes of it is its own rule",
    settings=Settings,
    respond=respond,
    undo=undo,
    check=check,
)
