"""Keyed names: every key that `read` needs is derived from one master secret, each for one purpose.

HKDF-SHA-256 (RFC 5869) gives each label a key of its own, so that the names of one purpose or domain do not link to
those of another. Without the master secret nothing can be recomputed; it lies outside the state.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from maillon.facts.errors import KeyUnavailableError
from maillon.read.words import U

SHORTEST = 32
"""Fewest bytes of a master secret."""

LETTERS = 26
"""Letters of a pseudonym after its version: 130 bits, so that two patients never share one by chance."""

LASTING = (
    *(
        f"sip\x1f{name}"
        for name in ("account", "session", "address", "network", "device", "request", "service", "route")
    ),
    "pseudonym\x1faccount",
)
"""What each key that names no patient is derived for: a new version of the master takes these keys over."""

_ALPHABET = np.frombuffer(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", np.uint8)


class Keys:
    """All keys of one version, derived from `master` on demand. It never shows the secret.

    `lasting` are keys that an earlier version hands down, by what they are for (LASTING). `coming` is the master of the
    next version and its number: while two overlap, patients are named under both.

    Raises KeyUnavailableError if `master` is shorter than SHORTEST bytes.
    """

    __slots__ = ("_domains", "_lasting", "_pseudo_random_key", "coming", "version")

    def __init__(
        self,
        master: bytes,
        version: int,
        lasting: Mapping[str, bytes] | None = None,
        coming: tuple[bytes, int] | None = None,
    ) -> None:
        if len(master) < SHORTEST:
            raise KeyUnavailableError(
                f"the pseudonym key has {len(master)} bytes; it needs at least {SHORTEST}. Restore it from its backup, "
                "or start a new one (patients will then have other pseudonyms)"
            )
        self.version = version
        self._pseudo_random_key = hmac.digest(b"maillon", master, "sha256")
        self._domains: dict[str, tuple[Any, Any]] = {}
        self._lasting = dict(lasting or {})
        self.coming: Keys | None = Keys(*coming, self.lasting()) if coming else None

    def lasting(self) -> dict[str, bytes]:
        """Return the keys that name no patient, by what they are for."""
        return {label: self._derive(label) for label in LASTING}

    def __repr__(self) -> str:
        return f"Keys(version={self.version})"

    def _derive(self, label: str) -> bytes:
        """Return 32 bytes for `label`: HKDF-Expand, one block."""
        return self._lasting.get(label) or hmac.digest(self._pseudo_random_key, label.encode() + b"\x01", "sha256")

    def sip(self, label: str) -> tuple[int, int]:
        """Return the two SipHash keys (unsigned 64-bit words) of the names that `label` is for."""
        key = self._derive("sip\x1f" + label)
        return U(int.from_bytes(key[:8], "little")), U(int.from_bytes(key[8:16], "little"))

    def pseudonym(self, domain: str, canonical: bytes) -> str:
        """Return the pseudonym of a canonical identifier in `domain`: the key's version, then 130 bits in base 32."""
        return self.pseudonyms(domain, [canonical])[0]

    def pseudonyms(self, domain: str, canonical: Sequence[bytes]) -> list[str]:
        """Return the pseudonym of each identifier: HMAC-SHA-256 under the domain's own key, cut to 130 bits."""
        if not canonical:
            return []
        if domain not in self._domains:
            self._domains[domain] = _hmac_states(self._derive("pseudonym\x1f" + domain))
        inner, outer = self._domains[domain]
        digests = bytearray()
        for text in canonical:
            first, second = inner.copy(), outer.copy()
            first.update(text)
            second.update(first.digest())
            digests += second.digest()
        letters = _base32(np.frombuffer(digests, np.uint8).reshape(-1, 32))
        prefix = f"{self.version}-"
        return [prefix + letters[at : at + LETTERS] for at in range(0, len(letters), LETTERS)]


def _hmac_states(key: bytes) -> tuple[Any, Any]:
    """Return SHA-256 after the inner and after the outer pad (RFC 2104): one HMAC is then two short hashes.

    `hmac.digest` does the same anew for each message, at three times the cost.
    """
    block = key.ljust(64, b"\0")
    return hashlib.sha256(bytes(c ^ 0x36 for c in block)), hashlib.sha256(bytes(c ^ 0x5C for c in block))


def _base32(digests: NDArray[np.uint8]) -> str:
    """Return the first LETTERS letters of each digest in base 32, end to end."""
    bit = 5 * np.arange(LETTERS)
    pairs = digests[:, bit // 8].astype(np.uint16) << 8 | digests[:, bit // 8 + 1]
    letters: bytes = _ALPHABET[pairs >> (11 - bit % 8).astype(np.uint16) & 31].tobytes()
    return letters.decode("ascii")
