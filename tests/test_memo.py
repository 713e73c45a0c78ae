"""A memo answers for the very text it was told of, and for no other."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from maillon.read.memo import MEMO, ONE, TWO, is_there, keep, place_of
from maillon.read.words import U

TEXTS = st.lists(st.binary(min_size=1, max_size=20), min_size=1, max_size=30)


@settings(deadline=None)
@given(TEXTS)
def test_a_memo_gives_back_what_came_of_the_same_text_only(texts: list[bytes]) -> None:
    numbers = {text: number for number, text in enumerate(dict.fromkeys(texts))}
    buffer = np.frombuffer(b"".join(texts) + bytes(64), np.uint8)
    memo = np.zeros((4, MEMO), np.uint64)  # small: texts push each other out
    at = 0
    for text in texts:
        place = place_of(memo, buffer, at, len(text))
        if is_there(memo, place, buffer, at, len(text)):
            assert (memo[place, ONE], memo[place, TWO]) == (numbers[text], 7)
        keep(memo, place, at, len(text), U(numbers[text]), U(7))
        assert is_there(memo, place, buffer, at, len(text))
        at += len(text)
