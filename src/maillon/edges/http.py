"""A small HTTP/1.1 server: requests without surprises in, short replies out. Parsing is httptools', Node's own parser.

It is no web server: no files, no encodings. Whatever is too long, too slow or malformed is refused before anybody sees
it.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from maillon.facts.errors import UsageError

try:
    import httptools
    import uvloop
except ImportError:  # told by need_libraries, when it is needed
    httptools = None  # type: ignore[assignment]

_MOST_HEADERS = 32_768
_MOST_BODY = 65_536
_MOST_NAMES = 256
_MOST_WAITING = 64
_IDLE_S = 120.0
_SLOW_S = 20.0
_LOOK_S = 5.0
_NAMES: dict[bytes, str] = {}
"""Names of headers as they came → in lower case: a proxy writes the same few again and again."""

_REASONS = {
    200: b"OK", 204: b"No Content", 302: b"Found", 303: b"See Other", 400: b"Bad Request", 401: b"Unauthorized",
    403: b"Forbidden", 404: b"Not Found", 405: b"Method Not Allowed", 408: b"Request Timeout",
    413: b"Content Too Large", 429: b"Too Many Requests", 431: b"Request Header Fields Too Large",
    500: b"Internal Server Error", 503: b"Service Unavailable",
}  # fmt: skip


@dataclass(slots=True)
class Request:
    """One request. Names of headers are in lower case; of a header that comes twice the last counts."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes
    peer: str  # address of who holds the connection; "" = a Unix socket
    certified: bool  # it showed a certificate that was asked for


@dataclass(slots=True)
class Response:
    """One reply. `rendered` is what goes over the wire where it is given often and the connection stays."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    rendered: bytes = b""


Answerer = Callable[[Request, Callable[[Response], None]], None]
"""Handles a request; the reply may come later, once."""


def need_libraries() -> None:
    """Raise UsageError where the libraries of `maillon[serve]` are missing."""
    if httptools is None:
        raise UsageError("maillon serve needs two libraries that are not installed: pip install 'maillon[serve]'")


def run(main: Any) -> None:  # noqa: ANN401 - a coroutine
    """Run a coroutine on the quick event loop."""
    need_libraries()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main)


async def listen(
    address: str,
    answerer: Answerer,
    told: Callable[[Exception], None],
    *,
    certificate: str = "",
    private_key: str = "",
    client_ca: str = "",
) -> asyncio.Server:
    """Answer at host:port or unix:/path; `told` hears of defects. Raises UsageError where that cannot be."""
    loop = asyncio.get_running_loop()
    context = tls(certificate, private_key, client_ca) if certificate else None

    def protocol() -> asyncio.Protocol:
        return _Connection(answerer, told)

    try:
        if address.startswith("unix:"):
            path = Path(address.removeprefix("unix:"))
            path.unlink(missing_ok=True)  # noqa: ASYNC240 - before anybody is served
            server = await loop.create_unix_server(protocol, str(path), ssl=context)
            path.chmod(0o660)  # noqa: ASYNC240
            return server
        host, _, port = address.rpartition(":")
        return await loop.create_server(protocol, host.strip("[]"), int(port), ssl=context, backlog=1024)
    except OSError as error:
        raise UsageError(f"cannot listen at {address}: {error.strerror}") from None


def tls(certificate: str, private_key: str, client_ca: str) -> ssl.SSLContext:
    """Return what a listener with TLS needs. With `client_ca` only who shows a certificate of its may speak.

    Raises UsageError.
    """
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(certificate, private_key)
        if client_ca:
            context.load_verify_locations(client_ca)
            context.verify_mode = ssl.CERT_REQUIRED
    except (OSError, ssl.SSLError) as error:
        why = error.strerror if isinstance(error, OSError) and error.strerror else "it is not a certificate and its key"
        raise UsageError(f"the certificate {certificate} cannot be used: {why}") from None
    return context


def rendered(response: Response) -> Response:
    """Return a reply without a body that is rendered once and for all."""
    response.rendered = _bytes(response, keep=True, head=False)
    return response


class _Connection(asyncio.Protocol):
    """One connection; its requests are answered one after the other."""

    def __init__(self, answerer: Answerer, told: Callable[[Exception], None]) -> None:
        self._told = told
        self._answerer = answerer
        self._came: dict[bytes, bytes] = {}  # headers as they come
        self.on_header = self._came.__setitem__  # the parser calls it for each: no function of Python's in between
        self._parser = httptools.HttpRequestParser(self)
        self._loop = asyncio.get_running_loop()
        self._waiting: list[tuple[Request, bool]] = []
        self._answering = False
        self._closing = False
        self._since = self._loop.time()  # of the last whole request
        self._received = 0  # bytes since then
        self._url = self._body = b""
        self._headers: dict[str, str] | None = None  # of the request that is coming, once they are whole

    def connection_made(self, transport: Any) -> None:  # noqa: ANN401 - uvloop has transports of its own
        """Note who calls."""
        self._transport = transport
        peer = transport.get_extra_info("peername")
        self._peer = peer[0] if isinstance(peer, tuple) else ""
        secured = transport.get_extra_info("ssl_object")
        self._certified = bool(secured and secured.getpeercert())
        self._timer = self._loop.call_later(_LOOK_S, self._look)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's word
        """Forget it."""
        self._closing = True
        self._timer.cancel()

    def data_received(self, data: bytes) -> None:
        """Parse what came."""
        if self._closing:
            return
        self._received += len(data)
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserUpgrade, httptools.HttpParserError):
            self._refuse(400)
        if self._received > _MOST_HEADERS and self._headers is None:
            self._refuse(431)

    def on_url(self, url: bytes) -> None:
        """Take a part of the target."""
        self._url += url

    def on_headers_complete(self) -> None:
        """Take the headers. What a request sends as trailers after its body is none of them."""
        came = self._came
        if self._received > _MOST_HEADERS and _size(self._url, came) > _MOST_HEADERS:
            self._refuse(431)
        names = _NAMES
        self._headers = {
            names.get(name) or _named(name): value.decode("utf-8", "replace") for name, value in came.items()
        }
        if len(self._headers) < len(came):  # one name in two spellings: nobody means well by that
            self._refuse(400)

    def on_body(self, body: bytes) -> None:
        """Take a part of the body."""
        self._body += body
        if len(self._body) > _MOST_BODY:
            self._refuse(413)

    def on_message_complete(self) -> None:
        """Hand over a whole request, or let it wait for the one before."""
        if self._closing:
            return
        self._since = self._loop.time()
        request = Request(
            self._parser.get_method().decode("latin-1"), self._url.decode("utf-8", "replace"),
            self._headers or {}, self._body, self._peer, self._certified,
        )  # fmt: skip
        self._came.clear()
        self._received, self._url, self._body, self._headers = 0, b"", b"", None
        if not self._answering:
            self._answer(request, self._parser.should_keep_alive())
        elif len(self._waiting) < _MOST_WAITING:
            self._waiting.append((request, self._parser.should_keep_alive()))
        else:
            self._refuse(429)

    def _answer(self, request: Request, keep: bool) -> None:
        """Have one request answered, then those that wait."""
        self._answering = True

        def reply(response: Response) -> None:
            if self._closing:
                return
            if keep and response.rendered:
                self._transport.write(response.rendered)
            else:
                self._transport.write(_bytes(response, keep=keep, head=request.method == "HEAD"))
            self._answering = False
            if not keep:
                self._close()
            elif self._waiting:
                self._answer(*self._waiting.pop(0))

        try:
            self._answerer(request, reply)
        except Exception as error:  # noqa: BLE001 - the last door: a defect must not leave the caller waiting
            self._told(error)
            reply(Response(500))

    def _refuse(self, status: int) -> None:
        if not self._closing:
            self._transport.write(_bytes(Response(status), keep=False, head=False))
            self._close()

    def _close(self) -> None:
        self._closing = True
        self._transport.close()

    def _look(self) -> None:
        """Let a connection go that says nothing, or does not come to the end of a request."""
        silent = self._loop.time() - self._since
        begun = bool(self._received or self._url)
        if self._answering or silent < (_SLOW_S if begun else _IDLE_S):
            self._timer = self._loop.call_later(_LOOK_S, self._look)
        elif begun:
            self._refuse(408)
        else:
            self._close()


def _size(url: bytes, headers: dict[bytes, bytes]) -> int:
    return len(url) + sum(len(name) + len(value) + 4 for name, value in headers.items())


def _named(name: bytes) -> str:
    text = name.decode("latin-1").lower()
    if len(_NAMES) < _MOST_NAMES:
        _NAMES[name] = text
    return text


def _bytes(response: Response, *, keep: bool, head: bool) -> bytes:
    lines = [b"HTTP/1.1 %d %s" % (response.status, _REASONS.get(response.status, b""))]
    lines += [f"{name}: {value}".encode("utf-8", "replace") for name, value in response.headers.items()]
    if response.status != 204:
        lines.append(b"content-length: %d" % len(response.body))
    if not keep:
        lines.append(b"connection: close")
    return b"\r\n".join(lines) + b"\r\n\r\n" + (b"" if head else response.body)
