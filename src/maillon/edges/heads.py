"""A signed head of the ledger: a few lines that another party keeps, so that no cut of the ledger's end goes unseen.

The signed bytes are all lines but the last; the last holds the signature, in base64. openssl checks it as it is.
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass

from maillon.edges.signing import Signer, is_signed
from maillon.facts.errors import UsageError

_TITLE = "maillon ledger head 1"
_HEAD = re.compile(
    _TITLE + r"\nledger ([0-9a-f]{64})\nentries (\d{1,15})\nlink ([0-9a-f]{64})\nat ([0-9T:+.Z-]{1,40})\n"
    r"key ([A-Za-z0-9+/=]{1,200})\nsignature ([A-Za-z0-9+/=]{88})\n"
)


@dataclass(frozen=True)
class Head:
    """How far a ledger had come at a moment: the link of its entry number `entries`. `genesis` names the ledger."""

    genesis: str
    entries: int
    link: str
    at: str
    public: bytes  # of the key that signed it, PEM


def write_head(genesis: str, entries: int, link: str, at: str, signer: Signer) -> str:
    """Return a head as text."""
    key = "".join(signer.public.decode().splitlines()[1:-1])
    told = f"{_TITLE}\nledger {genesis}\nentries {entries}\nlink {link}\nat {at}\nkey {key}\n"
    return f"{told}signature {base64.b64encode(signer.sign(told.encode())).decode()}\n"


def read_head(text: bytes, name: str) -> Head:
    """Return the head that a file holds. Raises UsageError: it is none, or its signature does not fit."""
    found = _HEAD.fullmatch(text.decode("ascii", "replace"))
    if not found:
        raise UsageError(f"{name} is not a head of a ledger: `maillon verify DIR --head FILE` writes one")
    public = f"-----BEGIN PUBLIC KEY-----\n{found[5]}\n-----END PUBLIC KEY-----\n".encode()
    told = text[: text.rindex(b"signature ")]
    try:
        signature = base64.b64decode(found[6], validate=True)
    except ValueError:
        signature = b""
    if base64.b64encode(signature).decode() != found[6] or not is_signed(told, signature, public):
        raise UsageError(f"{name}: the signature does not fit the head, one of both was changed")
    return Head(found[1], int(found[2]), found[3], found[4], public)
