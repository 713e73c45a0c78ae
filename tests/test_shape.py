from hypothesis import given
from hypothesis import strategies as st

from maillon.read.shape import LONGEST, shape


def test_letters_digits_and_the_rest() -> None:
    assert shape(b'GET /dossiers/1234?nom=D\xc3\xa9 \x1b[31m"x"\r\n') == 'aaa /aaaaaaaa/9999?aaa=a?? ?[99a"a"'


@given(st.binary(max_size=300))
def test_no_letter_nor_digit_survives(line: bytes) -> None:
    seen = shape(line)
    assert len(seen) <= LONGEST
    assert all(32 <= ord(c) < 127 for c in seen)
    assert not any(c.isalpha() and c != "a" for c in seen)
    assert not any(c.isdigit() and c != "9" for c in seen)
