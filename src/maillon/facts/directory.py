"""What the operator's directory tells of accounts: who works where as what, which are machines, which are shared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Group:
    """The colleagues of one establishment and role; empty texts where they are not known."""

    facility: str = ""
    role: str = ""


@dataclass(frozen=True)
class Person:
    """One account of the directory."""

    account: str
    name: str = ""
    role: str = ""
    facility: str = ""
    service_account: bool = False
    shared: bool = False
    networks: tuple[str, ...] = ()  # CIDR; where the account may come from; empty = not told


@dataclass(frozen=True)
class Directory:
    """Accounts by the hash that events carry. `gateways` are networks (CIDR) of whole establishments."""

    people: Mapping[int, Person] = field(default_factory=dict)
    gateways: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # facility → networks
    sizes: Mapping[Group, int] = field(default_factory=dict)  # how many people a group has
    gateway_networks: frozenset[int] = frozenset()  # the gateways as events carry them: whole networks,
    gateway_addresses: frozenset[int] = frozenset()  # and single addresses

    def programs(self) -> list[int]:
        """Return the hashes of the service accounts."""
        return sorted(account for account, person in self.people.items() if person.service_account)
