"""One way to ask a foreign system over HTTP: TLS verified, no redirects, bounded in time and size.

An error names the system and its status, never what was sent nor what came back: both may hold a secret.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode, urlsplit

import msgspec
import urllib3

from maillon.edges.responders.declaration import Connection
from maillon.facts.errors import ResponderError, UsageError

_LARGEST = 4 * 1024 * 1024
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
# The library writes every address that it asks into its debug log, and an address of a chat is a password.
logging.getLogger("urllib3").setLevel(logging.WARNING)

_LATER = frozenset({408, 429, 500, 502, 503, 504})


@dataclass(frozen=True)
class Reply:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    source: str

    def json(self) -> Any:  # noqa: ANN401 - whatever the other side sent
        """Return the decoded body. Raises ResponderError where it is no JSON."""
        try:
            return msgspec.json.decode(self.body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            raise ResponderError(f"{self.source} answered with something that is not JSON", "refused") from None


def ask(
    connection: Connection,
    method: str,
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    body: bytes | None = None,
    fine: frozenset[int] = frozenset(),
) -> Reply:
    """Ask once and return the reply if its status is 2xx or one of `fine`.

    Raises ResponderError: outcome `timeout` where no answer came or the other side is overloaded, so that asking
    again makes sense; `refused` otherwise. Raises UsageError for an address that would send secrets in clear.
    """
    source = checked(url)
    deadline = time.monotonic() + connection.seconds
    try:
        answer = _pool(connection.ca_file).request(
            method,
            url,
            headers=dict(headers or {}),
            body=body,
            retries=False,
            redirect=False,
            timeout=urllib3.Timeout(total=connection.seconds),
            preload_content=False,
        )
        content = _whole(answer, deadline, source)
    except urllib3.exceptions.TimeoutError:
        raise ResponderError(f"{source} did not answer within {connection.seconds:g} s", "timeout") from None
    except urllib3.exceptions.SSLError:
        raise ResponderError(f"{source} could not prove who it is (TLS): see ca_file", "refused") from None
    except urllib3.exceptions.HTTPError as error:
        raise ResponderError(f"{source} cannot be reached ({type(error).__name__})", "timeout") from None
    if not (200 <= answer.status < 300 or answer.status in fine):
        outcome = "timeout" if answer.status in _LATER else "refused"
        raise ResponderError(f"{source} answered {answer.status} to {method} {_place(url)}", outcome, answer.status)
    return Reply(answer.status, {name.lower(): value for name, value in answer.headers.items()}, content, source)


def ask_json(
    connection: Connection,
    method: str,
    url: str,
    *,
    token: str = "",
    value: object = None,
    kind: str = "application/json",
) -> Reply:
    """Ask with a JSON body, where there is one, and a bearer token, where there is one. Raises as `ask`."""
    headers = {"Accept": kind}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    if value is None:
        return ask(connection, method, url, headers=headers)
    headers["Content-Type"] = kind
    return ask(connection, method, url, headers=headers, body=msgspec.json.encode(value))


def form(fields: Mapping[str, str]) -> bytes:
    """Return a form's body."""
    return urlencode(fields).encode()


FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def checked(url: str) -> str:
    """Return scheme and host of an address that secrets may be sent to. Raises UsageError for any other."""
    parts = urlsplit(url)
    if parts.username or parts.password:
        raise UsageError("an address of a responder holds a password: name the secret in its own setting")
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOOPBACK):
        raise UsageError(f"{parts.scheme}://{parts.hostname}: only https, or http to this machine, is safe for secrets")
    return f"{parts.scheme}://{parts.netloc}"


def _whole(answer: urllib3.BaseHTTPResponse, deadline: float, source: str) -> bytes:
    """Read an answer to its end: neither an endless one nor one that drips may hold a responder up."""
    parts: list[bytes] = []
    size = 0
    while size <= _LARGEST and time.monotonic() <= deadline:
        part = answer.read1(65_536)
        if not part:
            answer.release_conn()
            return b"".join(parts)
        parts.append(part)
        size += len(part)
    answer.close()
    if size > _LARGEST:
        raise ResponderError(f"{source} sent more than {_LARGEST} bytes", "refused")
    raise ResponderError(f"{source} did not finish its answer in time", "timeout")


def _place(url: str) -> str:
    """Return the path without its query, which may name a person."""
    return urlsplit(url).path


@lru_cache(maxsize=16)
def _pool(ca_file: str) -> urllib3.PoolManager:
    return urllib3.PoolManager(ca_certs=ca_file or None, num_pools=16, maxsize=4)
