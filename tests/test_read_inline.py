"""Whose request and from where: what a proxy wrote, and never what a client wrote."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maillon.read.inline import Asked, client_of, networks, record

TRUSTED = networks(("127.0.0.0/8", "10.0.0.0/8", "2001:db8::/32"))


@pytest.mark.parametrize(
    ("forwarded", "client"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("198.51.100.1, 203.0.113.9", "203.0.113.9"),
        ("198.51.100.1, 203.0.113.9, 10.0.0.7", "203.0.113.9"),
        ("203.0.113.9, 2001:db8::1, 127.0.0.1", "203.0.113.9"),
        ("192.168.3.4, 10.0.0.7", "192.168.3.4"),
        ("10.1.1.1, 10.0.0.7", "10.1.1.1"),
        ("[2a01:e0a::1]:4711, 10.0.0.7", "2a01:e0a::1"),
        ("203.0.113.9:4711", "203.0.113.9"),
        ("::ffff:10.0.0.7", "::ffff:10.0.0.7"),
        ("unknown", "unknown"),
        (" , ", ""),
    ],
)
def test_the_first_hop_from_the_right_that_is_no_trusted_proxy_is_the_client(forwarded, client):
    assert client_of(forwarded, TRUSTED) == client


@given(st.text(max_size=60))
def test_what_a_client_writes_in_front_changes_nothing(lie):
    assert client_of(f"{lie},203.0.113.9", TRUSTED) == "203.0.113.9"


@given(st.lists(st.text(max_size=30), min_size=8, max_size=8))
def test_any_words_of_a_request_become_a_record(words):
    method, target, host, address, account, session, agent, request = words
    parsed = record([Asked(method, target, host, address, account, session, agent, request, 1)])
    assert parsed.records == len(parsed.rows) == 1
    assert parsed.rows[0]["status"] == 200
