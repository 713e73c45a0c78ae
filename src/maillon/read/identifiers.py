"""French health identifiers recognised and checked, and the one canonical form of an identifier as a log wrote it.

The same patient must get the same pseudonym whether a log writes the NIR with or without its key, spaced or not,
percent-encoded or escaped. Canonical forms are bytes in a scratch array; nothing here keeps or shows them.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from maillon.jit import njit
from maillon.read.escapes import RAW, decode
from maillon.read.words import S

LONGEST = S(512)
"""Longest canonical identifier, in bytes. A longer one is refused, never cut: two would become one."""

_SPACE, _DOT, _DASH, _CARET = 0x20, 0x2E, 0x2D, 0x5E
_A, _B = 0x41, 0x42


@njit
def _trim(text: NDArray[np.uint8], n: int) -> int:
    """Remove surrounding ASCII blanks in place."""
    first = 0
    while first < n and text[first] <= _SPACE:
        first += 1
    while n > first and text[n - 1] <= _SPACE:
        n -= 1
    if first > 0:
        for i in range(n - first):
            text[i] = text[first + i]
    return n - first


@njit
def nir_key(digits: NDArray[np.uint8]) -> int:
    """Return the key of the first 13 characters (97 minus their remainder; Corsica: 2A is 19, 2B is 18), or -1."""
    number = 0
    for i in range(13):
        c = int(digits[i])
        if i == 6 and (c == _A or c == _B):  # noqa: PLR1714, SIM109 - compiled code is slow to build tuples
            if digits[5] != 50:
                return -1
            c = 57 if c == _A else 56
            number -= 1  # the department's first digit is 1, not 2
        elif c < 48 or c > 57:
            return -1
        number = number * 10 + c - 48
    sex = int(digits[0])
    if sex < 49 or sex > 56 or sex == 53 or sex == 54:  # noqa: PLR1714
        return -1
    return 97 - number % 97


@njit
def _compact(text: NDArray[np.uint8], n: int, out: NDArray[np.uint8]) -> int:
    """Write `text` without the separators of an NIR (blank, dot, dash, no-break space), letters upper; -1 if > 15."""
    m = 0
    for i in range(n):
        c = int(text[i])
        if c == _SPACE or c == _DOT or c == _DASH:  # noqa: PLR1714, SIM109
            continue
        if (c == 0xC2 and i + 1 < n and text[i + 1] == 0xA0) or (c == 0xA0 and i > 0 and text[i - 1] == 0xC2):
            continue
        if m == 15:
            return -1
        out[m] = c - 32 if 97 <= c <= 122 else c
        m += 1
    return m


@njit
def _nir(text: NDArray[np.uint8], n: int, compact: NDArray[np.uint8]) -> int:
    """Return 15 or 13 if `text` is an NIR with a right key or without one (its characters are in `compact`), else 0."""
    if n < 13 or n > 45 or text[0] < 49 or text[0] > 56:
        return 0
    m = _compact(text, n, compact)
    if m != 13 and m != 15:  # noqa: PLR1714
        return 0
    key = nir_key(compact)
    if key < 0:
        return 0
    if m == 15 and (compact[13] != 48 + key // 10 or compact[14] != 48 + key % 10):
        return 0
    return m


@njit
def canonical_patient(buffer: NDArray[np.uint8], offset: int, length: int, mode: int, out: NDArray[np.uint8]) -> int:
    """Write a patient's identifier in its one form into `out` (at least 2 × LONGEST bytes); return its length.

    Decoded, trimmed, an INS `value^^^…` reduced to its value, an NIR to its 13 characters without separators and key;
    otherwise kept as it is, case included. TOO_LONG if it is over LONGEST bytes; 0 if nothing is left.
    """
    n = decode(buffer, offset, length, mode, out, LONGEST)
    if n <= 0:
        return n
    for i in range(1, n - 2):
        if out[i] == _CARET and out[i + 1] == _CARET and out[i + 2] == _CARET:
            n = i
            break
    n = _trim(out, n)
    compact = out[LONGEST:]
    if _nir(out, n, compact) != 0:
        for i in range(13):
            out[i] = compact[i]
        return 13
    return n


@njit
def _luhn(text: NDArray[np.uint8], first: int, end: int) -> bool:
    total = 0
    double = False
    for i in range(end - 1, first - 1, -1):
        digit = int(text[i]) - 48
        if digit < 0 or digit > 9:
            return False
        if double:
            digit = digit * 2 if digit < 5 else digit * 2 - 9
        total += digit
        double = not double
    return total % 10 == 0


@njit
def canonical_account(buffer: NDArray[np.uint8], offset: int, length: int, mode: int, out: NDArray[np.uint8]) -> int:
    """Write an account's name in its one form into `out` (at least 2 × LONGEST bytes); return its length.

    Decoded, trimmed, ASCII letters lower; a national identifier `8` + RPPS is the RPPS. TOO_LONG over LONGEST bytes;
    0 if nothing is left or it is the `-` by which logs say nobody.
    """
    n = decode(buffer, offset, length, mode, out, LONGEST)
    if n <= 0:
        return n
    n = _trim(out, n)
    if n == 1 and out[0] == _DASH:
        return 0
    for i in range(n):
        if 65 <= out[i] <= 90:
            out[i] += np.uint8(32)
    if n == 12 and out[0] == 56 and _luhn(out, S(1), S(12)):
        for i in range(11):
            out[i] = out[i + 1]
        return 11
    return n


def _array(text: bytes) -> NDArray[np.uint8]:
    return np.frombuffer(text + b"\0" * 64, np.uint8)


def is_nir(text: bytes) -> bool:
    """Tell whether `text` is an NIR of 15 characters with its right key; blanks, dots and dashes may separate."""
    out = np.empty(2 * LONGEST, np.uint8)
    n = decode(_array(text), 0, len(text), RAW, out, LONGEST)
    return n > 0 and bool(_nir(out, _trim(out, n), out[LONGEST:]) == 15)


def is_rpps(text: bytes) -> bool:
    """Tell whether `text` is an RPPS: 11 digits with a Luhn key, or 12 with the type `8` in front."""
    first = 1 if len(text) == 12 and text[:1] == b"8" else 0
    return len(text) - first == 11 and bool(_luhn(_array(text), first, len(text)))


def is_finess(text: bytes) -> bool:
    """Tell whether `text` is a FINESS number: 9 characters with a Luhn key, Corsica's A counting as 1 and B as 2."""
    digits = text.upper()
    if len(digits) == 9 and digits[:2] in (b"2A", b"2B"):
        digits = digits[:1] + (b"1" if digits[1:2] == b"A" else b"2") + digits[2:]
    return len(digits) == 9 and bool(_luhn(_array(digits), 0, 9))


def is_ins(text: bytes) -> bool:
    """Tell whether `text` is an INS as HL7 writes it: a matricule of 13 or 15 characters, `^^^`, its authority."""
    value, separator, authority = text.partition(b"^^^")
    out = np.empty(2 * LONGEST, np.uint8)
    if not separator or b"1.2.250.1.213.1.4." not in authority or len(value) > 45:
        return False
    n = decode(_array(value), 0, len(value), RAW, out, LONGEST)
    return n > 0 and bool(_nir(out, _trim(out, n), out[LONGEST:]) != 0)


def canonical_bytes(text: bytes, *, account: bool = False) -> bytes:
    """Return the canonical form of an identifier that stands alone, outside any URL; empty if there is none.

    Raises ValueError if it is over LONGEST bytes.
    """
    out = np.empty(2 * LONGEST, np.uint8)
    form = canonical_account if account else canonical_patient
    n = form(_array(text), 0, len(text), RAW, out)
    if n < 0:
        raise ValueError(f"the identifier has more than {LONGEST} bytes")
    return bytes(out[:n])
