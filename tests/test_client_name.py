"""Client families: a closed vocabulary, whatever the text holds."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maillon.read.client_name import BROWSERS, SYSTEMS, TOOLS, UNKNOWN, client_name


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:130.0) Gecko/20100101 Firefox/130.0", "Firefox, Windows"),
        (
            "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0 Safari/537.36",
            "Chrome, Windows",
        ),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/120.0 Safari/537.36 Edg/120.0", "Edge, Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) Version/17.0 Mobile Safari/604.1", "Safari, iOS"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Version/17.0 Safari/605.1.15", "Safari, macOS"),
        ("Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/120.0 Mobile Safari/537.36", "Chrome, Android"),
        ("Mozilla/5.0 (X11; Linux x86_64) HeadlessChrome/120.0 Safari/537.36", "headless Chrome"),
        ("curl/8.5.0", "curl"),
        ("python-requests/2.31.0", "python-requests"),
        ("Mozilla/5.0 (compatible; Googlebot/2.1)", "Googlebot"),
        ("Firefox", "Firefox"),
        ("1851375123456 DUPONT", UNKNOWN),
        ("", UNKNOWN),
    ],
)
def test_families(agent, name):
    assert client_name(agent.encode()) == name


@given(st.binary(max_size=80), st.sampled_from(["", "firefox", "curl/", "windows"]))
def test_closed(noise, word):
    words = {UNKNOWN} | {name for _, name in (*TOOLS, *BROWSERS, *SYSTEMS)}
    assert set(client_name(noise + word.encode()).split(", ")) <= words
