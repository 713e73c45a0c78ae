"""A breach-range service asked over HTTPS: only the first five digits of a hash leave, and padding is asked for."""

from __future__ import annotations

from maillon.ahead.breach_range import prefix_of, times_met
from maillon.edges.responders.declaration import Connection
from maillon.edges.responders.http import ask


class RangeService:
    """One service by its address, such as https://HOST/range. Answers are kept while the object lives."""

    def __init__(self, address: str, ca_file: str = "") -> None:
        self._address = address.rstrip("/")
        self._connection = Connection(ca_file=ca_file)
        self._answers: dict[str, bytes] = {}

    def times_met(self, sha1: str) -> int:
        """Return how often the service has met a password, by its SHA-1. Raises ResponderError, UsageError."""
        prefix = prefix_of(sha1)
        if prefix not in self._answers:
            reply = ask(self._connection, "GET", f"{self._address}/{prefix}", headers={"Add-Padding": "true"})
            self._answers[prefix] = reply.body
        return times_met(sha1, self._answers[prefix])
