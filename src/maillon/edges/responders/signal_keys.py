"""The keys that sign security events: made at first use, renewed by age, published while tokens may need them.

A private key is one file that only its owner may read; its name is the key's `kid`, its first member says when it was
made. After a renewal the old public key stays published for the overlap, so that tokens under way can be checked.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec

from maillon.edges.durable import create, make_folder, sync, sync_folder
from maillon.facts.errors import UsageError

_DAY_US = 86_400_000_000


@dataclass(frozen=True)
class SigningKey:
    """One key. `jwk` holds its private parts: it never leaves this process but into its file."""

    kid: str
    made: int  # microseconds since 1970 UTC
    algorithm: str
    jwk: dict[str, str]


def signing_key(folder: Path, algorithm: str, days: int, now: int) -> SigningKey:
    """Return the key to sign with; a new one where there is none of this algorithm or the newest is too old.

    Raises UsageError where the folder cannot be used.
    """
    known = [one for one in _keys(folder) if one.algorithm == algorithm]
    if known and now - known[-1].made < days * _DAY_US:
        return known[-1]
    return _make(folder, algorithm, now)


def published(folder: Path, overlap_days: int, now: int) -> dict[str, list[dict[str, str]]]:
    """Return the public keys (RFC 7517) that tokens may still be checked with.

    A key is left out once the one that replaced it is older than the overlap.
    """
    keys = _keys(folder)
    successors = {one.kid: later.made for one, later in pairwise(keys)}
    live = [one for one in keys if now - successors.get(one.kid, now) < overlap_days * _DAY_US]
    return {"keys": [_public(one) for one in live]}


def signed(key: SigningKey, claims: dict[str, Any]) -> str:
    """Return the token (JWS, compact) of a security event."""
    from joserfc import jwk, jwt

    header = {"alg": key.algorithm, "typ": "secevent+jwt", "kid": key.kid}
    return jwt.encode(header, claims, jwk.import_key(dict(key.jwk)), algorithms=[key.algorithm])


def _public(key: SigningKey) -> dict[str, str]:
    shown = {name: value for name, value in key.jwk.items() if name in ("kty", "n", "e", "crv", "x", "y")}
    return {**shown, "kid": key.kid, "alg": key.algorithm, "use": "sig"}


def _make(folder: Path, algorithm: str, now: int) -> SigningKey:
    from joserfc.jwk import ECKey, RSAKey

    made = RSAKey.generate_key(2048) if algorithm == "RS256" else ECKey.generate_key("P-256")
    kid = secrets.token_hex(8)
    jwk = {name: str(value) for name, value in made.as_dict(private=True).items()}
    key = SigningKey(kid, now, algorithm, jwk)
    path = folder / f"{kid}.json"
    try:
        make_folder(folder)
        hidden = folder / f".{kid}"
        with create(hidden) as file:
            file.write(msgspec.json.encode({"made": now, "algorithm": algorithm, "jwk": jwk}))
            sync(file)
        hidden.rename(path)
        sync_folder(folder)
    except OSError as error:
        raise UsageError(f"the signing key {path} cannot be written: {error.strerror}") from None
    return key


def _keys(folder: Path) -> list[SigningKey]:
    """Return all keys of the folder, the oldest first."""
    found = []
    for path in folder.glob("*.json"):
        try:
            value = msgspec.json.decode(path.read_bytes())
            found.append(SigningKey(path.stem, int(value["made"]), str(value["algorithm"]), value["jwk"]))
        except OSError as error:
            raise UsageError(f"the signing key {path} cannot be read: {error.strerror}") from None
        except (msgspec.DecodeError, KeyError, TypeError, ValueError):
            raise UsageError(f"the signing key {path} is damaged: move it away, a new one is made") from None
    return sorted(found, key=lambda one: (one.made, one.kid))
