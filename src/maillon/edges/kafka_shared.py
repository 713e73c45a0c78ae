"""Entries of the ledger on a topic: how they are written there, and what makes a record one that is believed.

A record is one JSON object, its key the account. It may come twice (a writer that died before it knew that a record had
arrived writes it again), and is the same entry both times: who takes each id once has each entry exactly once. Every
record is signed with a key derived from the pseudonym key, so that whoever may write to the topic and does not hold
that key orders nothing; guards with different keys do not speak of the same accounts anyway.
"""

from __future__ import annotations

import hmac
import time
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import msgspec

from maillon.edges.kafka import client, need_library, opened, sentence
from maillon.edges.ledger import Entry
from maillon.facts.serving import Broker

Sign = Callable[[bytes], str]

_VERSION = 1
_AGAIN_S = 10.0
_LAST_S = 5.0


class Shared(NamedTuple):
    """An entry as another guard shared it. `own` is the table of an account's own patients, where it goes with it."""

    entry: Entry
    origin: str
    own: bytes = b""


def record(shared: Shared, sign: Sign) -> tuple[bytes, bytes]:
    """Return key and value of an entry's record."""
    name, kind, at, body = shared.entry
    account = body.get("account_hash") or next(iter(body.get("accounts", ())), 0)
    value = {"v": _VERSION, "kind": kind, "id": name, "at": at, "from": shared.origin, "body": body}
    if shared.own:
        value["own"] = shared.own
    signed = value | {"signature": sign(msgspec.json.encode(value, order="sorted"))}
    return b"%016x" % account, msgspec.json.encode(signed)


def shared_of(value: bytes, sign: Sign) -> Shared | str:
    """Return what a record holds, or why it is not believed."""
    try:
        plain = msgspec.json.decode(value)
        signature = plain.pop("signature")
        if not hmac.compare_digest(signature, sign(msgspec.json.encode(plain, order="sorted"))):
            return "signed with another key"
        if plain["v"] != _VERSION:
            return "of another version of Maillon"
        own = msgspec.convert(plain.get("own", ""), bytes)
        entry = msgspec.convert((plain["id"], plain["kind"], plain["at"], plain["body"]), Entry)
        return Shared(entry, msgspec.convert(plain["from"], str), own)
    except (msgspec.MsgspecError, UnicodeError, AttributeError, KeyError, TypeError):
        return "no entry of a ledger"


class Sink:
    """Writes to the topic. Its methods belong to one thread and never wait, but for `close`."""

    def __init__(self, broker: Broker, sign: Sign, say: Callable[[str], None]) -> None:
        """Raises UsageError where the client is missing or its settings cannot be meant."""
        need_library()
        self._broker = broker
        self._sign = sign
        self._say = say
        self._told = ""
        self._waiting: dict[str, tuple[bytes, bytes]] = {}  # by id: what the broker has not said that it holds
        self._failed: dict[str, float] = {}  # by id: when it is tried again
        self._producer = self._opened()

    def write(self, entries: Sequence[Shared]) -> None:
        """Write entries, and again those that failed a while ago."""
        for one in entries:
            self._waiting[one.entry[0]] = record(one, self._sign)
            self._produce(one.entry[0])
        now = time.monotonic()
        for name in [name for name, due in self._failed.items() if due <= now]:
            del self._failed[name]
            self._produce(name)
        self._producer.poll(0)

    def waiting(self) -> list[str]:
        """Return the ids of entries that may not have arrived."""
        return list(self._waiting)

    def close(self) -> None:
        """Wait a moment for what is under way. What has not arrived then stays waiting."""
        self._producer.flush(_LAST_S)

    def _opened(self) -> Any:  # noqa: ANN401 - a Producer
        from confluent_kafka import Producer

        ours = {"enable.idempotence": True, "message.timeout.ms": 0, "linger.ms": 5}
        return opened(Producer, client(self._broker, self._say) | ours)

    def _produce(self, name: str) -> None:
        key, value = self._waiting[name]

        def arrived(error: Any, _: Any) -> None:  # noqa: ANN401 - a KafkaError, a Message
            if error is None:
                self._waiting.pop(name, None)
                return
            self._fail(name, sentence(error))
            if error.fatal():  # this client refuses everything from now on
                self._producer = self._opened()

        try:
            self._producer.produce(self._broker.decisions, value, key, on_delivery=arrived)
        except BufferError:
            self._fail(name, "too many records wait for the servers")

    def _fail(self, name: str, why: str) -> None:
        self._failed[name] = time.monotonic() + _AGAIN_S
        if why != self._told:
            self._told = why
            self._say(f"the topic {self._broker.decisions}: {why}; what could not be written is tried again")
