"""Encryption for a recipient with age (age-encryption.org/v1): only who holds the recipient's key can read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from maillon.facts.errors import UsageError


def encrypt(data: bytes, recipients: Sequence[str]) -> bytes:
    """Return `data` encrypted for each of `recipients`: public keys, `age1…` or `ssh-ed25519 …`.

    Raises UsageError: a recipient is no such key, or the library is missing.
    """
    try:
        import pyrage  # type: ignore[import-untyped]
    except ModuleNotFoundError:
        raise UsageError(
            "encrypting for a recipient needs the library pyrage: pip install 'maillon[exposure]'"
        ) from None
    parsed: list[Any] = []
    for recipient in recipients:
        reader = pyrage.ssh if recipient.startswith("ssh-") else pyrage.x25519
        try:
            parsed.append(reader.Recipient.from_str(recipient))
        except pyrage.RecipientError:
            raise UsageError(
                f"--recipient {recipient[:24]}…: not a public key of age (age1…) or SSH; `age-keygen` makes one and "
                "prints it"
            ) from None
    encrypted: bytes = pyrage.encrypt(data, parsed)
    return encrypted
