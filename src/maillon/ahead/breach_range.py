"""The questions and answers of a breach-range service (k-anonymity): five hexadecimal digits leave, no more.

Shape: `GET …/range/{first 5 of SHA-1}` → lines `35 more:COUNT`, among them padding with the count 0
(Pwned Passwords API v3, "Searching by range").
"""

from __future__ import annotations

PREFIX = 5
_SUFFIX = 35


def prefix_of(sha1: str) -> str:
    """Return the part of a SHA-1 (40 hexadecimal digits, upper) that the service is told."""
    return sha1[:PREFIX]


def times_met(sha1: str, answer: bytes) -> int:
    """Return how often the service has met a password, by its answer to the password's prefix; 0 = never."""
    wanted = sha1[PREFIX:].upper()
    for line in answer.decode("ascii", "replace").splitlines():
        suffix, _, count = line.partition(":")
        number = count.strip().replace(",", "")
        if len(suffix) == _SUFFIX and suffix.upper() == wanted and number.isascii() and number.isdigit():
            return int(number[:12])
    return 0
