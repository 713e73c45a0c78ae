"""A platform's own patient base, named as events name patients: how an exposure finds its people again.

The short keyed hash (SipHash) goes first over every line of the base, compiled; the full pseudonym (HMAC-SHA-256) is
recomputed for the few lines that match, and decides. Nothing here keeps an identifier.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from maillon.jit import njit
from maillon.read.escapes import RAW
from maillon.read.identifiers import LONGEST, canonical_bytes, canonical_patient, nir_key
from maillon.read.pseudonym import Keys
from maillon.read.siphash import siphash13
from maillon.read.words import S, U

_PAD = 64  # bytes that the scanner may look beyond the last identifier
EMPTY, PLAIN, NIR, BROKEN_NIR = range(4)
"""What an identifier is: nothing; anything; an NIR; 13 or 15 characters like an NIR, whose key or form is wrong."""


@njit
def _is_like_nir(text: NDArray[np.uint8], n: int) -> bool:
    """Tell whether a canonical form is 13 or 15 characters that begin like an NIR: sex, then digits (2A and 2B too)."""
    if (n != 13 and n != 15) or text[0] < 49 or text[0] > 56:  # noqa: PLR1714 - compiled code is slow to build tuples
        return False
    for i in range(n):
        c = text[i]
        if (c < 48 or c > 57) and not (i == 6 and (c == 65 or c == 66)):  # noqa: PLR1714
            return False
    return True


@njit
def _hash_lines(
    text: NDArray[np.uint8],
    lengths: NDArray[np.int64],
    keys: NDArray[np.uint64],
    scratch: NDArray[np.uint8],
    kinds: NDArray[np.uint8],
    out: NDArray[np.uint64],
) -> None:
    """Write the kind of each identifier and its hash under each pair of keys; 0 for one that is empty or too long."""
    at = S(0)
    for i in range(len(lengths)):
        n = canonical_patient(text, at, S(lengths[i]), RAW, scratch)
        at += S(lengths[i])
        if n <= 0:
            kinds[i] = EMPTY
            continue
        kinds[i] = PLAIN
        if n == 13 and nir_key(scratch) >= 0:
            kinds[i] = NIR
        elif _is_like_nir(scratch, n):
            kinds[i] = BROKEN_NIR
        for k in range(len(keys) // 2):
            out[k, i] = siphash13(scratch, S(0), n, U(keys[2 * k]), U(keys[2 * k + 1]))


def hashed(
    identifiers: pl.Series, keys: Sequence[Keys], domains: Sequence[str]
) -> tuple[NDArray[np.uint8], NDArray[np.uint64]]:
    """Return the kind of each identifier (EMPTY …), and its hash under each key and domain: (keys × domains, lines).

    Hashes are those that events carry (`read/normalise.py`); 0 stands for an identifier that is empty or too long.
    """
    texts = identifiers.cast(pl.String).fill_null("")
    text = np.frombuffer(texts.str.join("").item().encode() + bytes(_PAD), np.uint8)
    lengths = texts.str.len_bytes().to_numpy().astype(np.int64)
    words = [word for one in keys for domain in domains for word in one.sip(f"patient\x1f{domain}")]
    kinds, out = np.zeros(len(texts), np.uint8), np.zeros((len(words) // 2, len(texts)), np.uint64)
    _hash_lines(text, lengths, np.array(words, np.uint64), np.zeros(2 * LONGEST, np.uint8), kinds, out)
    return kinds, out


def matches(
    identifiers: pl.Series, exposed: Mapping[int, str], keys: Sequence[Keys], domains: Sequence[str]
) -> tuple[pl.DataFrame, NDArray[np.uint8]]:
    """Find the lines whose identifier has one of the `exposed` pseudonyms (hash → full pseudonym).

    Returns a table (line: number from 0, patient: full pseudonym) and the kind of each identifier. The hash proposes,
    the full pseudonym decides: a line is never named for a hash alone.
    """
    kinds, found = hashed(identifiers, keys, domains)
    wanted = pl.Series(list(exposed), dtype=pl.UInt64)
    pairs = [(one, domain) for one in keys for domain in domains]
    lines: list[int] = []
    names: list[str] = []
    for (key, domain), hashes in zip(pairs, found, strict=True):
        proposed = np.flatnonzero(pl.Series(hashes).is_in(wanted.implode()).to_numpy() & (kinds != EMPTY))
        texts = [canonical_bytes(text.encode()) for text in identifiers.gather(proposed).cast(pl.String)]
        for line, name in zip(proposed.tolist(), key.pseudonyms(domain, texts), strict=True):
            if exposed[int(hashes[line])] == name:
                lines.append(line)
                names.append(name)
    return pl.DataFrame({"line": lines, "patient": names}, {"line": pl.Int64, "patient": pl.String}), kinds
