"""Keys and pseudonyms."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maillon.facts.errors import KeyUnavailableError
from maillon.read.pseudonym import Keys

MASTER = bytes(range(32))


def hkdf(label: bytes) -> bytes:
    """RFC 5869 written out, salt `maillon`, one block."""
    extracted = hmac.new(b"maillon", MASTER, hashlib.sha256).digest()
    return hmac.new(extracted, label + b"\x01", hashlib.sha256).digest()


def test_pseudonym_is_an_hmac_under_the_domain_s_own_key():
    digest = hmac.new(hkdf(b"pseudonym\x1furgences"), b"42", hashlib.sha256).digest()
    assert Keys(MASTER, 3).pseudonym("urgences", b"42") == "3-" + base64.b32encode(digest).decode()[:26]


@given(st.lists(st.binary(max_size=200), max_size=5))
def test_many_at_once_are_the_same(texts):
    keys = Keys(MASTER, 12)
    expected = [hmac.new(hkdf(b"pseudonym\x1fd"), text, hashlib.sha256).digest() for text in texts]
    assert keys.pseudonyms("d", texts) == ["12-" + base64.b32encode(digest).decode()[:26] for digest in expected]


def test_sip_keys_differ_by_label_and_come_from_the_same_derivation():
    keys = Keys(MASTER, 1)
    k0, k1 = keys.sip("account")
    assert int(k0).to_bytes(8, "little") + int(k1).to_bytes(8, "little") == hkdf(b"sip\x1faccount")[:16]
    assert keys.sip("account") != keys.sip("session")


def test_domains_and_keys_do_not_link():
    keys, other = Keys(MASTER, 1), Keys(MASTER[::-1], 1)
    names = {keys.pseudonym("a", b"1"), keys.pseudonym("b", b"1"), other.pseudonym("a", b"1")}
    assert len(names) == 3
    assert all(re.fullmatch(r"1-[A-Z2-7]{26}", name) for name in names)


def test_short_secret_is_refused_and_none_is_shown():
    with pytest.raises(KeyUnavailableError, match="31 bytes"):
        Keys(MASTER[:31], 1)
    assert repr(Keys(MASTER, 2)) == "Keys(version=2)"
