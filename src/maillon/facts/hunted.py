"""What a hunt finds: an account that was used from, or as, what was looked for."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Hunted:
    """One account with an access that matches. Moments are microseconds since 1970-01-01 UTC."""

    account: int  # its hash, 0 = accesses that name none
    accesses: int
    patients: int  # whose identity they showed by name
    first: int
    last: int
