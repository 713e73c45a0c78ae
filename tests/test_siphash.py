"""SipHash-1-3 against CPython's own, keyed the same way."""

from __future__ import annotations

import os
import struct
import subprocess
import sys

import numpy as np
import pytest

from maillon.read.siphash import siphash13
from maillon.read.words import U

TEXTS = [bytes((7 * i + n) & 0xFF for i in range(n)) for n in [*range(1, 70), 128, 255, 256, 257, 1000]]


def hashed(text: bytes, key: bytes) -> int:
    k0, k1 = struct.unpack("<QQ", key)
    padded = np.frombuffer(b"xyz" + text + b"\xff" * 64, np.uint8)
    return int(siphash13(padded, 3, len(text), U(k0), U(k1)))


def cpython_key(seed: int) -> bytes:
    """The key that CPython derives from PYTHONHASHSEED (Python/bootstrap_hash.c, lcg_urandom)."""
    if seed == 0:
        return bytes(16)
    key = bytearray()
    for _ in range(16):
        seed = (seed * 214013 + 2531011) & 0xFFFFFFFF
        key.append((seed >> 16) & 0xFF)
    return bytes(key)


@pytest.mark.skipif(sys.hash_info.algorithm != "siphash13", reason="this CPython hashes bytes with another algorithm")
@pytest.mark.parametrize("seed", [0, 1, 4242])
def test_equals_cpython(seed):
    program = f"print(*[hash(t) for t in {TEXTS!r}])"
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=os.environ | {"PYTHONHASHSEED": str(seed)},
        capture_output=True,
        text=True,
        check=True,
    )
    expected = [int(word) & (2**64 - 1) for word in done.stdout.split()]
    assert [hashed(text, cpython_key(seed)) for text in TEXTS] == expected


def test_empty_text_depends_on_the_key():
    assert hashed(b"", bytes(16)) != hashed(b"", bytes(15) + b"\1")


def test_reads_only_its_slice():
    one = np.frombuffer(b"aaaPATIENTbbb", np.uint8)
    other = np.frombuffer(b"cccPATIENTddd", np.uint8)
    key = (U(2**64 - 1), U(12345))
    assert siphash13(one, 3, 7, *key) == siphash13(other, 3, 7, *key)
