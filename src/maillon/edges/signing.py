"""Signatures (Ed25519, RFC 8032) by which others check what Maillon handed them; the key's file is its owner's only.

The key signs, the pseudonym key names: they are two files, so that who signs need not be able to name anybody.
"""

from __future__ import annotations

import os
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from maillon.edges.keys import credentials, own_folder, place, read_guarded
from maillon.facts.errors import KeyUnavailableError, UsageError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

_NAME = "maillon-signing.key"


class Signer:
    """A private key. `public` is its public half as PEM (SubjectPublicKeyInfo), which openssl reads."""

    def __init__(self, private: Ed25519PrivateKey) -> None:
        self._private = private
        self.public = _pem(private.public_key())
        self.name = fingerprint(self.public)

    def __repr__(self) -> str:
        return f"Signer({self.name})"

    def sign(self, data: bytes) -> bytes:
        """Return the signature of `data`: 64 bytes."""
        return self._private.sign(data)


def signer(path: Path | None, state: Path | None, *, create: bool = True) -> Signer:
    """Return the signing key. The user's own is made at first use, a named one is not.

    Raises KeyUnavailableError (as for the pseudonym key) and UsageError where the library is missing.
    """
    library = _library()
    path = path or _default_path()
    if state is not None and path.resolve().is_relative_to(state.resolve()):
        raise KeyUnavailableError(f"the signing key {path} lies under the state directory {state}: keep it apart")
    if not path.exists() and create and path == own_folder() / "signing-key":
        made = library.ed25519.Ed25519PrivateKey.generate()
        try:
            place(path, made.private_bytes(library.PEM, library.PKCS8, library.NoEncryption()))
        except FileExistsError:
            pass  # another process was first: its key counts
        except OSError as error:
            raise KeyUnavailableError(f"the signing key {path} cannot be made: {error.strerror}") from None
    try:
        text = read_guarded(path)
    except FileNotFoundError:
        raise KeyUnavailableError(
            f"the signing key {path} does not exist: mend its name, or make one: openssl genpkey -algorithm ed25519 "
            f"-out {path} && chmod 600 {path}"
        ) from None
    try:
        private = library.load_private(text, None)
    except (ValueError, TypeError, library.Unsupported):
        private = None
    if not isinstance(private, library.ed25519.Ed25519PrivateKey):
        raise KeyUnavailableError(f"the signing key {path} is no Ed25519 key in PEM without a password")
    return Signer(private)


def is_signed(data: bytes, signature: bytes, public: bytes) -> bool:
    """Tell whether the holder of the private half of `public` (PEM) signed `data`. Raises UsageError."""
    library = _library()
    try:
        library.load_public(public).verify(signature, data)
    except (library.InvalidSignature, library.Unsupported, ValueError, TypeError, AttributeError):
        return False
    return True


def fingerprint(public: bytes) -> str:
    """Return the name of a public key (PEM), short enough to read out; "" where it is no Ed25519 key."""
    library = _library()
    try:
        key = library.load_public(public)
    except (ValueError, TypeError, library.Unsupported):
        return ""
    if not isinstance(key, library.ed25519.Ed25519PublicKey):
        return ""
    digest = sha256(key.public_bytes(library.DER, library.Spki)).hexdigest()[:32]
    return ":".join(digest[at : at + 4] for at in range(0, 32, 4))


def _default_path() -> Path:
    folder = credentials()
    if folder and os.access(folder / _NAME, os.F_OK):
        return folder / _NAME
    if named := os.environ.get("MAILLON_SIGNING_KEY"):
        return Path(named)
    return own_folder() / "signing-key"


def _pem(public: Any) -> bytes:  # noqa: ANN401 - an Ed25519PublicKey
    library = _library()
    written: bytes = public.public_bytes(library.PEM, library.Spki)
    return written


class _Library:
    """What is used of `cryptography`."""

    def __init__(self) -> None:
        from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
        from cryptography.hazmat.primitives import serialization as forms
        from cryptography.hazmat.primitives.asymmetric import ed25519

        self.ed25519 = ed25519
        self.InvalidSignature, self.Unsupported = InvalidSignature, UnsupportedAlgorithm
        self.PEM, self.DER = forms.Encoding.PEM, forms.Encoding.DER
        self.PKCS8, self.Spki = forms.PrivateFormat.PKCS8, forms.PublicFormat.SubjectPublicKeyInfo
        self.NoEncryption = forms.NoEncryption
        self.load_private: Any = forms.load_pem_private_key
        self.load_public: Any = forms.load_pem_public_key


def _library() -> _Library:
    try:
        return _Library()
    except ModuleNotFoundError:
        raise UsageError("signatures need the library cryptography: pip install 'maillon[evidence]'") from None
