"""A service's JSON Web Tokens, checked against the keys of its identity provider (RFC 7519, RFC 7517, RFC 8725).

Keys come from a file or an https address; they are fetched apart from any request and kept. A token that was checked is
remembered until it ends, so that checking is paid once a token and not once a request.
"""

from __future__ import annotations

import threading
import time
import urllib.request
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec

from maillon.facts.errors import SourceError, UsageError
from maillon.facts.serving import Tokens

try:
    from joserfc import jwt
    from joserfc.errors import JoseError
    from joserfc.jwk import KeySet
except ImportError:  # told when it is needed
    jwt = None  # type: ignore[assignment]

ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]
"""Signatures with a key pair only: a shared secret or none proves nothing here."""

_LEEWAY_S = 30
_FETCH_EVERY_S = 600.0
_FETCH_AGAIN_S = 15.0
_MOST_TOKENS = 1 << 14
_LONGEST = 16_384


@dataclass(frozen=True)
class Claims:
    """What a verified token says; all empty where none was verified."""

    account: str = ""
    session: str = ""
    acr: str = ""
    auth_time: int = 0  # µs
    until: float = 0.0


class Verifier:
    """Checks the tokens of one provider. `refresh` fetches its keys; who calls it decides when and where."""

    def __init__(self, tokens: Tokens) -> None:
        """Raises UsageError where joserfc is not installed."""
        if jwt is None:
            raise UsageError("[service.tokens] needs a library that is not installed: pip install 'maillon[serve]'")
        self._tokens = tokens
        self._keys: Any = None
        self._fetched = 0.0
        self._known: dict[bytes, Claims] = {}
        self._wanted = threading.Event()
        self.refused = 0

    def refresh(self) -> None:
        """Fetch the keys where they are old or a token named one that is not known. Raises SourceError."""
        now = time.monotonic()
        age = now - self._fetched
        if self._keys is not None and age < (_FETCH_AGAIN_S if self._wanted.is_set() else _FETCH_EVERY_S):
            return
        self._fetched = now
        self._wanted.clear()
        self._keys = _fetched(self._tokens.keys)

    def claims(self, authorization: str) -> Claims:
        """Return what the bearer token of an Authorization header says, empty claims where it is not to be trusted."""
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer" or not token or len(token) > _LONGEST or self._keys is None:
            return Claims()
        name = sha256(token.encode()).digest()
        known = self._known.get(name)
        if known is None:
            known = self._known[name] = self._verified(token.strip())
            if len(self._known) > _MOST_TOKENS:
                del self._known[next(iter(self._known))]
        if known.until < time.time():
            self.refused += 1
            return Claims()
        return known

    def _verified(self, token: str) -> Claims:
        try:
            found = jwt.decode(token, self._keys, algorithms=ALGORITHMS).claims
        except (JoseError, ValueError, KeyError, TypeError):
            self._wanted.set()
            return Claims()
        audience = found.get("aud", ())
        audiences = [audience] if isinstance(audience, str) else audience
        until, begins = found.get("exp"), found.get("nbf", 0)
        good = (
            found.get("iss") == self._tokens.issuer
            and (not self._tokens.audience or self._tokens.audience in audiences)
            and isinstance(until, (int, float))
            and isinstance(begins, (int, float))
            and begins <= time.time() + _LEEWAY_S
        )
        if not good:
            return Claims()
        moment = found.get("auth_time", 0)
        return Claims(
            _text(found.get(self._tokens.account_claim)),
            _text(found.get(self._tokens.session_claim)),
            _text(found.get("acr")),
            int(moment) * 1_000_000 if isinstance(moment, int) and 0 < moment < 1 << 40 else 0,
            float(str(until)) + _LEEWAY_S,
        )


def _fetched(where: str) -> Any:  # noqa: ANN401 - a KeySet
    try:
        if where.startswith("https://"):
            with urllib.request.urlopen(where, timeout=5) as answer:  # noqa: S310 - https only
                text = answer.read(1 << 20)
        else:
            text = Path(where).read_bytes()
        return KeySet.import_key_set(msgspec.json.decode(text))
    except OSError as error:
        raise SourceError(f"the provider's keys {where} cannot be read: {error.strerror or error}") from None
    except (JoseError, msgspec.DecodeError, ValueError, KeyError, TypeError):
        raise SourceError(f"{where} is not a JWKS (RFC 7517)") from None


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
