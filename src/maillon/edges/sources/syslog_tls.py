"""Syslog over TLS (RFC 5425): a listener whose messages are handed on as lines.

Who sends must show a certificate where `client_ca` is set; without it anybody who reaches the port may send, which only
a listener on the loopback should allow. A stream that cannot be cut into messages is closed and told.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from maillon.edges.http import tls
from maillon.facts.errors import UsageError
from maillon.facts.serving import Origin
from maillon.read.syslog import FramingError, frames, message_of

_TOGETHER_S = 0.2
_MOST_HELD = 4 << 20
_MOST_SENDERS = 256


class SyslogListener:
    """Collects lines. `give` is called with some whole lines, `say` with sentences for the operator."""

    def __init__(self, origin: Origin, give: Callable[[bytes], None], say: Callable[[str], None]) -> None:
        self._origin = origin
        self._give = give
        self._say = say
        self._held: list[bytes] = []
        self._size = 0
        self._senders = 0
        self._server: asyncio.Server | None = None
        self._timer: asyncio.TimerHandle | None = None

    async def start(self) -> None:
        """Listen. Raises UsageError where that cannot be."""
        origin = self._origin
        host, _, port = origin.address.rpartition(":")
        context = tls(origin.certificate, origin.private_key, origin.client_ca)
        try:
            loop = asyncio.get_running_loop()
            self._server = await loop.create_server(lambda: _Sender(self), host.strip("[]"), int(port), ssl=context)
        except OSError as error:
            raise UsageError(f"source {origin.name!r} cannot listen at {origin.address}: {error.strerror}") from None

    def stop(self) -> None:
        """Listen no more, and hand on what is held."""
        if self._server is not None:
            self._server.close()
        self._hand_on()

    def admit(self) -> bool:
        """Tell whether one more sender may speak."""
        self._senders += 1
        return self._senders <= _MOST_SENDERS

    def leave(self) -> None:
        """Take note that a sender has gone."""
        self._senders -= 1

    def cut_off(self, why: str) -> None:
        """Tell of a sender whose stream cannot be trusted any more."""
        self._say(f"{self._origin.name}: a sender was cut off: {why}")

    def take(self, found: list[bytes]) -> None:
        """Take whole messages."""
        for frame in found:
            message = message_of(frame)
            body = message.body if message else frame
            line = body.strip(b"\r\n\0").replace(b"\n", b" ") + b"\n"
            self._held.append(line)
            self._size += len(line)
        if self._size >= _MOST_HELD:
            self._hand_on()
        elif self._held and self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(_TOGETHER_S, self._hand_on)

    def _hand_on(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        held, self._held, self._size = self._held, [], 0
        if held:
            self._give(b"".join(held))


class _Sender(asyncio.Protocol):
    """One sender. What it sent whole is taken, however it goes away."""

    def __init__(self, listener: SyslogListener) -> None:
        self._listener = listener
        self._data = b""

    def connection_made(self, transport: Any) -> None:  # noqa: ANN401 - uvloop has transports of its own
        """Let it speak, unless too many do."""
        self._transport = transport
        if not self._listener.admit():
            transport.close()

    def data_received(self, data: bytes) -> None:
        """Cut what came into messages."""
        self._data += data
        try:
            found, taken = frames(self._data)
        except FramingError as error:
            self._data = b""
            self._listener.cut_off(str(error))
            self._transport.close()
            return
        self._data = self._data[taken:]
        self._listener.take(found)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's word
        """Take a last message without its end."""
        self._listener.leave()
        with suppress(FramingError):
            self._listener.take(frames(self._data, at_end=True)[0])
