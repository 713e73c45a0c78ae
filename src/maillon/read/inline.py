"""One request as a proxy describes it before it is answered, as the record that the service's log will hold of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from maillon.facts.record import METHODS, Parsed
from maillon.read.forwarded import without_port
from maillon.read.slices import Texts, build

Networks = tuple[IPv4Network | IPv6Network, ...]


@dataclass(slots=True)  # frozen would take three times as long to make
class Asked:
    """A request, not to be changed. Texts are as the proxy wrote them, "" = not told; `at` is in µs since 1970 UTC."""

    method: str
    target: str
    host: str
    address: str
    account: str
    session: str
    agent: str
    request: str
    at: int
    zone: int = 0
    acr: str = ""
    auth_time: int = 0  # µs; 0 = not told


def record(asked: Sequence[Asked]) -> Parsed:
    """Return the records of some requests of one service, in order; their status is that of a request that succeeds."""
    texts = {
        "address": Texts([one.address for one in asked]),
        "account": Texts([one.account for one in asked]),
        "session": Texts([one.session for one in asked]),
        "request": Texts([one.request for one in asked]),
        "target": Texts([one.target for one in asked]),
        "host": Texts([one.host for one in asked]),
        "agent": Texts([one.agent for one in asked]),
    }
    count = len(asked)
    buffer, rows = build(
        texts,
        range(count),
        [one.at for one in asked],
        [one.zone for one in asked],
        method=[_METHOD.get(one.method, 0) for one in asked],
        status=[200] * count,
    )
    return Parsed(buffer, rows, count)


def networks(texts: Sequence[str]) -> Networks:
    """Return a list of trusted proxies as networks. Raises ValueError for what is none."""
    return tuple(ip_network(text) for text in texts)


@lru_cache(maxsize=1 << 14)
def client_of(forwarded: str, trusted: Networks) -> str:
    """Return the client that `forwarded` (X-Forwarded-For) tells, read from the right.

    Each proxy appends whom it was called by; the first hop that is no trusted proxy is the client. What stands left of
    it was written by the client and may be a lie. Where every hop is trusted the leftmost is the client.
    """
    hops = [without_port(hop.strip().strip('"')) for hop in forwarded.split(",")]
    hops = [hop for hop in hops if hop]
    for hop in reversed(hops):
        if not _is_in(hop, trusted):
            return hop
    return hops[0] if hops else ""


def _is_in(hop: str, trusted: Networks) -> bool:
    try:
        address = ip_address(hop)
    except ValueError:
        return False
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    return any(address in network for network in trusted)


_METHOD = {name: number for number, name in enumerate(METHODS)}
