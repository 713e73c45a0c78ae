"""Syslog over TLS (RFC 5425): a listener whose messages are handed on as lines.

Who sends must show a certificate where `client_ca` is set; without it anybody who reaches the port may send, which only
a listener on the loopback should allow. A stream that cannot be cut into messages is closed and told.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from maillon.edges.http import tls
from maillon.facts.errors import UsageError
from maillon.facts.serving import Origin
from maillon.read.syslog import LONGEST, FramingError, frames, message_of

_READ = 1 << 16
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
            self._server = await asyncio.start_server(
                self._serve, host.strip("[]"), int(port), ssl=context, limit=LONGEST
            )
        except OSError as error:
            raise UsageError(f"source {origin.name!r} cannot listen at {origin.address}: {error.strerror}") from None

    def stop(self) -> None:
        """Listen no more, and hand on what is held."""
        if self._server is not None:
            self._server.close()
        self._hand_on()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._senders >= _MOST_SENDERS:
            writer.close()
            return
        self._senders += 1
        data = b""
        try:
            while piece := await reader.read(_READ):
                data += piece
                found, taken = frames(data)
                data = data[taken:]
                self._take(found)
            self._take(frames(data, at_end=True)[0])
        except FramingError as error:
            self._say(f"{self._origin.name}: a sender was cut off: {error}")
        except (ConnectionError, TimeoutError):
            pass  # the sender went away: what it sent whole was taken
        finally:
            self._senders -= 1
            writer.close()

    def _take(self, found: list[bytes]) -> None:
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
