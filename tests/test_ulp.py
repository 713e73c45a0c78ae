"""Lines `url:login:password` cut as a person would cut them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maillon.ahead.ulp import cuts, decoded, host_of

P = "pa:ss;w|ord /x"


@pytest.mark.parametrize(
    ("line", "host", "login", "password"),
    [
        ("https://a.example/login:jean:secret", "a.example", "jean", "secret"),
        ("https://a.example:8443/login:jean:se:cr:et", "a.example", "jean", "se:cr:et"),
        ("https://a.example:8443:jean:secret", "a.example", "jean", "secret"),
        ("https://A.Example/:jean@b.example:" + P, "a.example", "jean@b.example", P),
        ("https://a.example/x:y/z:jean@b.example:p", "a.example", "jean@b.example", "p"),
        ("http://a.example/p?q=1:2&r=3:jean@b.example:p", "a.example", "jean@b.example", "p"),
        ("a.example/path:jean:p", "a.example", "jean", "p"),
        ("a.example:jean:p", "a.example", "jean", "p"),
        ("a.example|jean|p:q", "a.example", "jean", "p:q"),
        ("https://a.example/x;jean;p", "a.example", "jean", "p"),
        ("https://a.example/x\tjean\tp w", "a.example", "jean", "p w"),
        ("https://a.example jean p", "a.example", "jean", "p"),
        ("android://QUJD==@com.app.fr/:jean:p", "com.app.fr", "jean", "p"),
        ("https://[2001:db8::1]:8443/x:jean:p", "2001:db8::1", "jean", "p"),
        ("http://192.0.2.1/:admin:admin", "192.0.2.1", "admin", "admin"),
        ("http//a.example/x:jean:p", "a.example", "jean", "p"),
        ("[1234] https://a.example/x:jean:p", "a.example", "jean", "p"),
        ("\ufeffhttps://a.example/x:jean:p\r\n", "a.example", "jean", "p"),
        ("https://a.example/x:CHU\\jean:p", "a.example", "CHU\\jean", "p"),
        ("https://a.example/x:10100000008:p", "a.example", "10100000008", "p"),
        ("https://a.example/x:jean:", "a.example", "jean", ""),
        ("https://a.example/x::p", "a.example", "", "p"),
        ("jean@b.example:p:w", "", "jean@b.example", "p:w"),
        ("jean;p", "", "jean", "p"),
        ("jean@b.example:p:https://a.example/x", "a.example", "jean@b.example", "p"),
        ("jean:p:https://a.example:8443/x", "a.example", "jean", "p"),
    ],
)
def test_the_likeliest_cut(line, host, login, password):
    first = cuts(line)[0]
    assert (first.host, first.login, first.password) == (host, login, password)


def test_a_port_that_may_be_a_login_is_another_way_to_cut():
    found = {(one.host, one.login) for one in cuts("https://a.example:1234:jean:p")}
    assert {("a.example", "jean"), ("a.example", "1234")} <= found


def test_no_credential_no_cut():
    assert cuts("") == []
    assert cuts("https://a.example/only/a/path") == []


def test_a_secret_shows_in_no_message():
    assert "secret" not in repr(cuts("https://a.example/login:jean:secret"))


_HOST = st.from_regex(r"[a-z]{1,8}(-[a-z]{1,4})?\.(fr|example|co)", fullmatch=True)
_LOGIN = st.from_regex(r"[a-z]{1,8}(\.[a-z]{1,8})?@[a-z]{1,8}\.(fr|com)", fullmatch=True)
_PASSWORD = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=20)


@given(_HOST, st.sampled_from(["", "/", "/a/b", "/a?b=c:d"]), _LOGIN, _PASSWORD, st.sampled_from([":", ";", "|", "\t"]))
@settings(max_examples=300)
def test_an_address_anchors_the_cut_whatever_the_password(host, path, login, password, separator):
    first = cuts(f"https://{host}{path}{separator}{login}{separator}{password}")[0]
    assert (first.host, first.login, first.password) == (host, login, password.rstrip("\r\n\0"))


@given(st.binary(max_size=300))
@settings(max_examples=500)
def test_any_bytes_are_survived(raw):
    for one in cuts(decoded(raw)):
        assert isinstance(one.login, str)
    host_of(decoded(raw))
