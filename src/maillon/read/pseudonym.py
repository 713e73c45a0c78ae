"""Keyed names: every key that `read` needs is derived from one master secret, each for one purpose.

HKDF-SHA-256 (RFC 5869) gives each label a key of its own, so that the names of one purpose or domain do not link to
those of another. Without the master secret nothing can be recomputed; it lies outside the state.
"""

from __future__ import annotations

import base64
import hashlib
import hmac

from maillon.facts.errors import KeyUnavailable
from maillon.read.words import U

SHORTEST = 32
"""Fewest bytes of a master secret."""


class Keys:
    """All keys of one version, derived from `master` on demand. It never shows the secret.

    Raises KeyUnavailable if `master` is shorter than SHORTEST bytes.
    """

    __slots__ = ("_domains", "_pseudo_random_key", "version")

    def __init__(self, master: bytes, version: int) -> None:
        if len(master) < SHORTEST:
            raise KeyUnavailable(
                f"the pseudonym key has {len(master)} bytes; it needs at least {SHORTEST}. Restore it from its backup, "
                "or start a new one (patients will then have other pseudonyms)"
            )
        self.version = version
        self._pseudo_random_key = hmac.digest(b"maillon", master, "sha256")
        self._domains: dict[str, bytes] = {}

    def __repr__(self) -> str:
        return f"Keys(version={self.version})"

    def _derive(self, label: str) -> bytes:
        """Return 32 bytes for `label`: HKDF-Expand, one block."""
        return hmac.digest(self._pseudo_random_key, label.encode() + b"\x01", "sha256")

    def sip(self, label: str) -> tuple[int, int]:
        """Return the two SipHash keys (unsigned 64-bit words) of the names that `label` is for."""
        key = self._derive("sip\x1f" + label)
        return U(int.from_bytes(key[:8], "little")), U(int.from_bytes(key[8:16], "little"))

    def pseudonym(self, domain: str, canonical: bytes) -> str:
        """Return the pseudonym of a canonical identifier in `domain`: the key's version, then 130 bits in base 32."""
        key = self._domains.get(domain)
        if key is None:
            key = self._domains[domain] = self._derive("pseudonym\x1f" + domain)
        digest = hmac.digest(key, canonical, hashlib.sha256)
        return f"{self.version}-{base64.b32encode(digest)[:26].decode()}"
