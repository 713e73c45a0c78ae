"""The client's address behind reverse proxies, from what each of them wrote."""

from __future__ import annotations

import re
from functools import lru_cache
from ipaddress import IPv6Address, ip_address, ip_network

_WITH_PORT = re.compile(r"\[([^\]]+)\](?::[0-9]+)?|([0-9]+(?:\.[0-9]+){3}):[0-9]+")

_HOUSE = tuple(  # loopback, private, shared with a carrier, link-local, unique local
    ip_network(text)
    for text in (
        *("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "169.254.0.0/16"),
        *("::1/128", "fe80::/10", "fc00::/7"),
    )
)


def without_port(address: str) -> str:
    """Return `address` without the port that some servers append: 192.0.2.1:443, [2001:db8::1]:443."""
    if ":" not in address:
        return address
    found = _WITH_PORT.fullmatch(address)
    return (found[1] or found[2]) if found else address


@lru_cache(maxsize=1 << 14)
def client_address(peer: str, forwarded: str) -> str:
    """Return who called: `peer`, or, where that is a proxy of the house, what the proxy wrote of its own caller.

    `forwarded` is X-Forwarded-For: each proxy appends its caller, so it is read from the right. A private address
    is a proxy of the house; the first address that is not is the client. What stands further left was written by the
    client and may be a lie. Where all are private, the one that the nearest proxy wrote is the client.
    """
    hops = [without_port(hop.strip().strip('"')) for hop in f"{forwarded},{peer}".split(",")]
    hops = [hop for hop in hops if hop and hop not in {"-", "unknown"}]
    for hop in reversed(hops):
        if not of_the_house(hop):
            return hop
    return hops[-2] if len(hops) > 1 else "".join(hops)


def of_the_house(hop: str) -> bool:
    """Tell whether an address is one that only a machine of the house can have."""
    if hop.startswith(("unix:", "@")) or hop == "localhost":
        return True
    try:
        address = ip_address(hop.partition("%")[0])
    except ValueError:
        return False
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    return any(address in network for network in _HOUSE)
