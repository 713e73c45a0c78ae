"""Addresses of a configuration: host:port, or unix:/path."""

from __future__ import annotations

import ipaddress


def is_local(address: str) -> bool:
    """Tell whether an address can only be reached from this machine."""
    if address.startswith("unix:"):
        return True
    host = address.rpartition(":")[0].strip("[]")
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def is_address(address: str) -> bool:
    """Tell whether a text is an address."""
    if address.startswith("unix:/"):
        return True
    host, _, port = address.rpartition(":")
    return bool(host) and port.isdigit() and 0 < int(port) < 1 << 16
