"""Names of certificates in batches of a certificate-transparency log (RFC 6962 §4.6 get-entries)."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator

import msgspec

_SAN = b"\x06\x03\x55\x1d\x11"  # OID 2.5.29.17, subjectAltName
_COMMON_NAME = b"\x06\x03\x55\x04\x03"  # OID 2.5.4.3
_DNS = 0x82  # [2] dNSName
_HEAD = 12  # MerkleTreeLeaf: version, leaf type, timestamp (8), entry type (2)


class _Entry(msgspec.Struct):
    leaf_input: str


class _Batch(msgspec.Struct):
    entries: list[_Entry]


def is_batch(head: bytes) -> bool:
    """Tell whether a file that begins so is an answer of get-entries."""
    return b'"entries"' in head and b'"leaf_input"' in head


def names_of_batch(data: bytes) -> tuple[list[str], int]:
    """Return the names of all certificates of a batch, and how many entries could not be read."""
    try:
        batch = msgspec.json.decode(data, type=_Batch)
    except (msgspec.DecodeError, msgspec.ValidationError):
        return [], 1
    names: list[str] = []
    unread = 0
    for entry in batch.entries:
        try:
            leaf = base64.b64decode(entry.leaf_input, validate=True)
        except (binascii.Error, ValueError):
            unread += 1
            continue
        found = list(dict.fromkeys(names_of_certificate(leaf[_HEAD:])))
        unread += not found
        names += found
    return names, unread


def names_of_certificate(der: bytes) -> Iterator[str]:
    """Yield the DNS names of a certificate or of its part that is signed; what is damaged yields less, never fails."""
    at = der.find(_SAN)
    if at >= 0:
        at += len(_SAN)
        if der[at : at + 1] == b"\x01":  # critical
            at += 3
        for _ in range(2):  # OCTET STRING, SEQUENCE
            at, end = _open(der, at)
        while at < end:
            tag = der[at]
            first, after = _open(der, at)
            if tag == _DNS:
                yield der[first:after].decode("ascii", "replace").lower()
            if after <= at:
                break
            at = after
    at = der.rfind(_COMMON_NAME)
    if at >= 0:
        first, after = _open(der, at + len(_COMMON_NAME))
        text = der[first:after].decode("utf-8", "replace").lower()
        if "." in text and " " not in text:
            yield text


def _open(der: bytes, at: int) -> tuple[int, int]:
    """Return where the content of the element at `at` begins and ends (X.690 §8.1); at the end of a damaged one."""
    if at + 2 > len(der):
        return len(der), len(der)
    size, first = der[at + 1], at + 2
    if size & 0x80:
        count = size & 0x7F
        if count > 4:
            return len(der), len(der)
        size = int.from_bytes(der[first : first + count], "big")
        first += count
    return min(first, len(der)), min(first + size, len(der))
