import pytest
from hypothesis import given
from hypothesis import strategies as st

from maillon.read.forwarded import client_address, without_port


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        ("192.0.2.1", "", "192.0.2.1"),
        ("192.0.2.1", "198.51.100.9", "192.0.2.1"),  # who speaks to us directly may write what they like
        ("10.0.0.1", "198.51.100.9", "198.51.100.9"),
        ("10.0.0.1", "203.0.113.66, 198.51.100.9", "198.51.100.9"),  # the left part is the client's own word
        ("10.0.0.1", "198.51.100.9, 10.0.0.7", "198.51.100.9"),
        ("10.0.0.1", "10.1.2.3", "10.1.2.3"),
        ("10.0.0.1", "10.9.9.9, 10.1.2.3", "10.1.2.3"),
        ("unix:", "2001:db8::7", "2001:db8::7"),
        ("10.0.0.13:40000", "", "10.0.0.13"),
        ("[2001:db8::7]:443", "", "2001:db8::7"),
        ("::ffff:10.0.0.1", "198.51.100.9", "198.51.100.9"),
        ("", "198.51.100.9", "198.51.100.9"),
        ("", "", ""),
        ("10.0.0.1", "unknown", "10.0.0.1"),
    ],
)
def test_who_called(peer, forwarded, client):
    assert client_address(peer, forwarded) == client


@given(st.text(), st.text())
def test_never_crashes(peer, forwarded):
    assert isinstance(client_address(peer, forwarded), str)
    assert isinstance(without_port(peer), str)
