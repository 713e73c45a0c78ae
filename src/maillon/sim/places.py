"""Where from and with what: networks, addresses and client programs, as numbers that spell their own text.

A network is `kind << 24 | rank`; an address is `network * 16 + host`. Facilities and homes take private and shared
ranges (RFC 1918, RFC 6598); the rest are documentation ranges (RFC 5737, RFC 3849).
"""

from __future__ import annotations

from enum import IntEnum
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Net(IntEnum):
    """Kinds of network; each has its own range."""

    FACILITY = 0  # 10.0.0.0/9, a /24 each
    HOME = 1  # 10.128.0.0/9, a /24 each
    HOME6 = 2  # 2001:db8::/33, a /48 each
    CARRIER = 3  # 100.64.0.0/10, a /24 each: telephones, many people behind each
    HOSTING = 4  # the three documentation /24s
    HOSTING6 = 5  # 2001:db8:8000::/33, a /48 each


SIZES = {Net.FACILITY: 32768, Net.HOME: 32768, Net.HOME6: 32768, Net.CARRIER: 96, Net.HOSTING: 3, Net.HOSTING6: 32768}
_DOCUMENTATION = ("192.0.2", "198.51.100", "203.0.113")


def network(kind: Net, rank: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return networks of one kind by rank."""
    return (int(kind) << 24) | (rank % SIZES[kind])


def address(net: NDArray[np.int64], host: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the addresses of hosts (0 to 15) in networks."""
    return net * 16 + host


def network_of(addresses: NDArray[np.integer]) -> NDArray[np.int64]:
    """Return the network of each address."""
    return addresses.astype(np.int64) // 16


def _prefix(net: int) -> str:
    kind, rank = net >> 24, net & 0xFFFFFF
    high, low = rank >> 8, rank & 255
    if kind == Net.FACILITY:
        return f"10.{high}.{low}"
    if kind == Net.HOME:
        return f"10.{128 + high}.{low}"
    if kind == Net.CARRIER:
        return f"100.{64 + high}.{low}"
    if kind == Net.HOSTING:
        return _DOCUMENTATION[rank]
    return f"2001:db8:{rank + (0x8000 if kind == Net.HOSTING6 else 0):x}::"


def network_text(net: int) -> str:
    """Return the network as people write it: a /24, or a /48 of IPv6."""
    prefix = _prefix(net)
    return f"{prefix}/48" if ":" in prefix else f"{prefix}.0/24"


@cache
def address_text(code: int) -> str:
    """Return the address as a log writes it."""
    prefix, host = _prefix(code // 16), code % 16
    return f"{prefix}{host + 1:x}" if ":" in prefix else f"{prefix}.{11 + 15 * host}"


VERSIONS = 8
_WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64"
_CHROME = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{v}.0.0.0"
_APPLE = "AppleWebKit/605.1.15 (KHTML, like Gecko)"
_LINUX = "Mozilla/5.0 (X11; Linux x86_64"
CLIENTS = (
    f"{_WINDOWS}) {_CHROME} Safari/537.36",
    f"{_WINDOWS}) {_CHROME} Safari/537.36 Edg/{{v}}.0.0.0",
    f"{_WINDOWS}; rv:{{v}}.0) Gecko/20100101 Firefox/{{v}}.0",
    f"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) {_APPLE} Version/18.{{v}} Safari/605.1.15",
    f"Mozilla/5.0 (iPhone; CPU iPhone OS 18_4 like Mac OS X) {_APPLE} Version/18.4 Mobile/15E{{v}} Safari/604.1",
    f"Mozilla/5.0 (Linux; Android 10; K) {_CHROME} Mobile Safari/537.36",
    f"{_LINUX}; rv:{{v}}.0) Gecko/20100101 Firefox/{{v}}.0",
    f"Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) {_CHROME} Safari/537.36",
    "PosteLeger/{v}.2 (kiosque)",
    "PasserelleInterop/{v}.0 (Java)",
    "python-requests/2.{v}",
    f"{_LINUX}) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/{{v}}.0.0.0 Safari/537.36",
    "curl/8.{v}.0",
    "Go-http-client/{v}.1",
)
OFFICE_CLIENTS = (0, 1, 2)
HOME_CLIENTS = (0, 1, 2, 3, 6, 7)
PHONE_CLIENTS = (4, 5)
KIOSK_CLIENT, SERVICE_CLIENT = 8, 9
SCRIPT_CLIENTS = (10, 11, 12, 13)


def agent(client: NDArray[np.int64], version: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return user agents, by client program and version (0 to 7)."""
    return client * VERSIONS + np.clip(version, 0, VERSIONS - 1)


def client_of(agents: NDArray[np.integer]) -> NDArray[np.int64]:
    """Return the client program of each user agent: the same whatever its version."""
    return agents.astype(np.int64) // VERSIONS


@cache
def agent_text(code: int) -> str:
    """Return the user agent as a browser sends it."""
    return CLIENTS[code // VERSIONS].format(v=137 + code % VERSIONS)
