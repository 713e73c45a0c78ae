"""The quick look over names: an automaton (Aho and Corasick, 1975) over skeletons, compiled, on lines of any kind.

It reads names, logs and JSON alike: hyphens and dots are passed over, any other byte ends a name. A line that it
proposes is then read with care.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from maillon.jit import njit
from maillon.read.words import S

_LETTERS = "abcdefghikmnopqrstuvwxyz26"  # of skeletons: l and j are i; what is left of the digits
_STOP, _PASS, _IDN = 255, 254, 253


def _symbols() -> NDArray[np.uint8]:
    """Return for each byte its letter's number, _PASS for what a name may hold between letters, else _STOP."""
    table = np.full(256, _STOP, np.uint8)
    for number, one in enumerate(_LETTERS):
        table[ord(one)] = table[ord(one.upper())] = number
    for digit, letter in zip("01345789lLjJ", "oieastbgiiii", strict=True):
        table[ord(digit)] = _LETTERS.index(letter)
    table[ord("-")] = table[ord(".")] = _PASS
    table[128:] = _IDN  # a letter beyond ASCII: only careful reading can tell
    return table


SYMBOLS = _symbols()


@dataclass(frozen=True)
class NameFilter:
    """`step[state, letter]` is the next state, `final[state]` whether a word ends there."""

    step: NDArray[np.int32]
    final: NDArray[np.bool_]


def name_filter(words: Iterable[str]) -> NameFilter:
    """Return the automaton for skeletons; one with a letter that no skeleton has is passed over."""
    known = set(_LETTERS)
    raw = [one.encode() for one in words if one and not set(one) - known]
    lengths = np.array([len(one) for one in raw], np.int64)
    letters = SYMBOLS[np.frombuffer(b"".join(raw), np.uint8)]
    states = len(letters) + 1
    step, final = np.full((states, len(_LETTERS)), -1, np.int32), np.zeros(states, np.bool_)
    used = _built(letters, lengths, step, final, np.zeros(states, np.int32), np.zeros(states, np.int32))
    return NameFilter(step[:used].copy(), final[:used].copy())


@njit
def _built(
    letters: NDArray[np.uint8],
    lengths: NDArray[np.int64],
    step: NDArray[np.int32],
    final: NDArray[np.bool_],
    fall: NDArray[np.int32],
    queue: NDArray[np.int32],
) -> int:
    """Build the automaton in place: a tree of words, then where each state falls back to; return how many states."""
    used, at = 1, 0
    for word in range(len(lengths)):
        state = 0
        for _ in range(lengths[word]):
            letter = letters[at]
            at += 1
            if step[state, letter] < 0:
                step[state, letter] = used
                used += 1
            state = step[state, letter]
        final[state] = True
    first, last = 0, 1
    while first < last:
        state = queue[first]
        first += 1
        for letter in range(step.shape[1]):
            after = step[state, letter]
            back = max(step[fall[state], letter], 0) if state != 0 else 0
            if after < 0:
                step[state, letter] = back
            else:
                fall[after] = back
                final[after] = final[after] or final[back]
                queue[last] = after
                last += 1
    return used


def lines_proposed(block: NDArray[np.uint8], size: int, of: NameFilter) -> tuple[NDArray[np.int64], int]:
    """Return the lines of a block proposed, as rows (first byte, end without LF), and how many lines there are."""
    out = np.zeros((max(1024, size // 64), 2), np.int64)
    while True:
        found, lines = _scan(block, S(size), SYMBOLS, of.step, of.final, out)
        if found <= len(out):
            return out[:found], int(lines)
        out = np.zeros((found, 2), np.int64)


@njit
def _scan(
    block: NDArray[np.uint8],
    size: int,
    symbols: NDArray[np.uint8],
    step: NDArray[np.int32],
    final: NDArray[np.bool_],
    out: NDArray[np.int64],
) -> tuple[int, int]:
    found, lines, start, state = 0, 0, 0, 0
    hit = False
    for i in range(size):
        c = symbols[block[i]]
        if c < 64:
            state = step[state, c]
            if final[state]:
                hit = True
        elif c == 253:
            hit = True
        elif c == 254:
            # xn-- begins a label of other letters
            if (
                block[i] == 45
                and i >= 3
                and block[i - 1] == 45
                and (block[i - 2] | 32) == 110
                and (block[i - 3] | 32) == 120
            ):
                hit = True
        else:
            state = 0
            if block[i] == 10:
                lines += 1
                if hit:
                    if found < len(out):
                        out[found, 0] = start
                        out[found, 1] = i
                    found += 1
                start = i + 1
                hit = False
    return found, lines
