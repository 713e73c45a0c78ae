"""French identifiers and the canonical form of what logs write. Every NIR here has an impossible month."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maillon.read.escapes import PERCENT, PLUS, TOO_LONG
from maillon.read.identifiers import (
    LONGEST,
    canonical_bytes,
    canonical_patient,
    is_finess,
    is_ins,
    is_nir,
    is_rpps,
)


def with_key(thirteen: str) -> bytes:
    """Key by the other published rule: the letter counts as 0, then minus one million for A, two for B."""
    number = int(thirteen.replace("A", "0").replace("B", "0"))
    number -= 1_000_000 if "A" in thirteen else 2_000_000 if "B" in thirteen else 0
    return f"{thirteen}{97 - number % 97:02d}".encode()


def patient(text: bytes, mode: int = 0) -> bytes | None:
    out = np.zeros(2 * LONGEST, np.uint8)
    n = canonical_patient(np.frombuffer(text + bytes(64), np.uint8), 0, len(text), mode, out)
    return None if n == TOO_LONG else bytes(out[:n])


digits = st.integers(0, 10**6 - 1)
nirs = st.builds(
    lambda sex, year, month, place, rest: f"{sex}{year:02d}{month:02d}{place}{rest:06d}",
    st.sampled_from("123478"),
    st.integers(0, 99),
    st.sampled_from([0, *range(13, 20)]),
    st.sampled_from(["75", "01", "2A", "2B", "99", "97"]),
    digits,
)


@settings(deadline=None)  # the first call compiles
@given(nirs)
def test_key_is_checked_and_dropped(thirteen):
    whole = with_key(thirteen)
    assert is_nir(whole)
    assert patient(whole) == patient(thirteen.encode()) == thirteen.encode()
    wrong = whole[:13] + f"{int(whole[13:]) % 97 + 1:02d}".encode()
    assert not is_nir(wrong)
    assert patient(wrong) == wrong


@settings(deadline=None)  # the first call compiles
@given(nirs, st.sampled_from([" ", ".", "-", "\u00a0"]), st.booleans())
def test_separators_and_case_do_not_matter(thirteen, separator, lower):
    whole = with_key(thirteen).decode()
    spaced = separator.join([whole[0], whole[1:3], whole[3:5], whole[5:7], whole[7:10], whole[10:13], whole[13:]])
    spaced = spaced.lower() if lower else spaced
    assert patient(f"  {spaced} ".encode()) == thirteen.encode()


def test_all_writings_of_one_insured_person_are_one():
    whole = with_key("285132B075001")
    forms = [
        (whole, 0),
        (b"%20" + whole + b"%20", PERCENT),
        (whole.replace(b"B", b"%62"), PERCENT),
        (b"2+85+13+2B+075+001+" + whole[13:], PERCENT | PLUS),
        (b"\\x32" + whole[1:], 0),
        (whole + b"^^^&1.2.250.1.213.1.4.10&ISO^INS", 0),
        (whole + b"%5E%5E%5EASIP-SANTE-INS-NIR", PERCENT),
        (b"285132B075001", 0),
    ]
    assert {patient(text, mode) for text, mode in forms} == {b"285132B075001"}


@pytest.mark.parametrize(
    ("text", "mode", "expected"),
    [
        (b"IPP 00Ab", 0, b"IPP 00Ab"),
        (b"a%2Fb", PERCENT, b"a/b"),
        (b"a%2Fb", 0, b"a%2Fb"),
        (b"a+b", PERCENT, b"a+b"),
        (b"a+b", PERCENT | PLUS, b"a b"),
        (b"50%", PERCENT, b"50%"),
        (b"%zz%4", PERCENT, b"%zz%4"),
        (b'say \\"x\\" \\\\ \\x41', 0, b'say "x" \\ A'),
        (b"\\xzz\\", 0, b"\\xzz\\"),
        (b"  \t", 0, b""),
        (b"^^^x", 0, b"^^^x"),
    ],
)
def test_decoding(text, mode, expected):
    assert patient(text, mode) == expected


def test_length_is_refused_never_cut():
    assert patient(b"x" * LONGEST) == b"x" * LONGEST
    assert patient(b"x" * (LONGEST + 1)) is None
    assert patient(b"%78" * LONGEST, PERCENT) == b"x" * LONGEST
    with pytest.raises(ValueError, match="512"):
        canonical_bytes(b"x" * (LONGEST + 1))


@settings(deadline=None)  # the first call compiles
@given(st.binary(max_size=600))
def test_canonical_form_is_stable(text):
    once = patient(text)
    if once and b"\\" not in once and b"^^^" not in once:
        assert patient(once) == once


def test_professionals():
    # Published test numbers of the national directory's sandbox, and prefectures' bulletins for FINESS.
    assert is_rpps(b"99700218896")
    assert is_rpps(b"899700218896")
    assert not is_rpps(b"99700218897")
    assert not is_rpps(b"799700218896")
    assert not is_rpps(b"9970021889a")
    assert all(map(is_finess, [b"750712184", b"2B0000020", b"2a0000170"]))
    assert not any(map(is_finess, [b"750712185", b"2C0000020", b"75071218"]))


def test_accounts():
    assert canonical_bytes(b" 899700218896 ", account=True) == b"99700218896"
    assert canonical_bytes(b"899700218897", account=True) == b"899700218897"
    assert canonical_bytes("Zoé.DUPONT ".encode(), account=True) == "zoé.dupont".encode()
    assert canonical_bytes(b"-", account=True) == b""
    assert canonical_bytes(b'a\\x22b\\"', account=True) == b'a"b"'


def test_ins():
    whole = with_key("1851375123456")
    assert is_ins(whole + b"^^^&1.2.250.1.213.1.4.10&ISO")
    assert not is_ins(whole)
    assert not is_ins(whole + b"^^^OTHER")
    assert not is_ins(b"123^^^&1.2.250.1.213.1.4.10&ISO")
