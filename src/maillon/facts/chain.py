"""The chain of a theft as one story: from the leak or the look-alike to what was read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

HITS = ("leak", "lookalike")


@dataclass(frozen=True)
class Sighting:
    """A look-alike's name in a DNS, proxy or access log: somebody asked for it, from an address or under an account."""

    name: str
    at: int  # µs
    via: str  # "dns" | "proxy" | "referrer"
    account_hash: int = 0  # 0 = not told
    address: int = 0  # hash of the address as events carry it, 0 = not told
    network: int = 0  # of its network, where the address alone cannot be told
    brand: str = ""


@dataclass(frozen=True)
class Visit:
    """An account that went to a look-alike. `certain`: its own log line says so; else it used that address then."""

    name: str
    at: int
    via: str
    account: str
    account_hash: int
    certain: bool
    brand: str = ""


@dataclass(frozen=True)
class After:
    """What an account did from a hit on."""

    account_hash: int
    since: int  # the hit, µs
    logins: int = 0
    first_login: int = 0  # 0 = none
    new_networks: int = 0  # networks that it had never used before
    new_network_at: int = 0
    first_read: int = 0
    last_read: int = 0
    patients: int = 0  # distinct patients read


@dataclass(frozen=True)
class Step:
    """One link. `code` names its sentence in render/chain.py, `values` are what the sentence needs."""

    at: int
    code: str
    account: str
    values: Mapping[str, str | int] = field(default_factory=dict)


@dataclass(frozen=True)
class Chain:
    """The links of one incident (or of one account without an incident), in order of time."""

    incident: str  # "" = none
    accounts: tuple[str, ...]
    steps: tuple[Step, ...]
    zone: int = 0
