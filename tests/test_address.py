"""Addresses as logs write them, against the standard library."""

from __future__ import annotations

import ipaddress

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maillon.read.address import IPV4, IPV6, NO_ADDRESS, network_name, parse_address


def read(text: str) -> tuple[int, bytes]:
    out = np.zeros(16, np.uint8)
    kind = parse_address(np.frombuffer(b"~" + text.encode() + b":1." + bytes(64), np.uint8), 1, len(text.encode()), out)
    return kind, bytes(out[: {IPV4: 4, IPV6: 16, NO_ADDRESS: 0}[kind]])


@settings(deadline=None)
@given(st.ip_addresses(v=4), st.sampled_from(["{}", " {} ", "{}:8080", "::ffff:{}", "[::FFFF:{}]:443"]))
def test_ipv4(address, form):
    assert read(form.format(address)) == (IPV4, address.packed)


sixes = st.one_of(
    st.ip_addresses(v=6),
    st.integers(0, 2**128 - 1).map(lambda n: ipaddress.IPv6Address(n & (n >> 64) & (2**128 - 1 - (0xFFFF << 48)))),
)


@settings(deadline=None)
@given(sixes, st.sampled_from(["{}", "{}%eth0", "[{}]", "[{}]:443"]), st.booleans())
def test_ipv6(address, form, exploded):
    text = form.format(address.exploded.upper() if exploded else address.compressed)
    if address.ipv4_mapped:
        assert read(text) == (IPV4, address.ipv4_mapped.packed)
    else:
        assert read(text) == (IPV6, address.packed)


@settings(deadline=None, max_examples=300)
@given(
    st.one_of(
        st.text("019af:", max_size=20), st.lists(st.sampled_from(["", "0", "ffff", "12345", "1:2:3"])).map(":".join)
    )
)
def test_only_ipv6_is_ipv6(text):
    try:
        ipaddress.IPv6Address(text)
    except ValueError:
        assert read(text)[0] == NO_ADDRESS
    else:
        assert read(text)[0] != NO_ADDRESS


@pytest.mark.parametrize(
    "text", ["", "-", "1.2.3", "1.2.3.256", "1.2.3.4.5", "1.2.3.4x", ":", ":::", "1::2::3", "1:2:3:4:5:6:7:8:9", "g::1",
             "1:2:3:4:5:6:7:", ":1:2:3:4:5:6:7:8", "12345::", "unix:", "::1.2.3", "1:2:3:4:5:6:7:1.2.3.4"]
)  # fmt: skip
def test_not_addresses(text):
    assert read(text)[0] == NO_ADDRESS


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("203.0.113.77", "203.0.113.0/24"),
        ("203.0.113.77:51234", "203.0.113.0/24"),
        ("2001:db8:12:34::1", "2001:db8:12::/48"),
        ("::ffff:203.0.113.9", "203.0.113.0/24"),
        ("unix:/run/x.sock", "local socket"),
        ("Client-7.Hopital.example", "client-7.hopital.example"),
        ("1-85-13-75-123-456.example", "other address"),
        ("185137512345607", "other address"),
        ("dupont jean", "other address"),
        ("DUPONTEL", "other address"),
        ("\x1b[31mx", "other address"),
    ],
)
def test_names_repeat_only_proven_forms(text, name):
    assert network_name(text.encode()) == name
