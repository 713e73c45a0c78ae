"""Aligned columns of plain text, whatever the width of their characters."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence

WIDTH = 96
"""Columns of a screen: what a terminal of 100 shows without wrapping."""


def width(text: str) -> int:
    """Return how many columns a terminal gives to `text`: two for wide characters, none for combining ones."""
    return sum(
        0 if unicodedata.combining(one) else 2 if unicodedata.east_asian_width(one) in "WF" else 1 for one in text
    )


def table(rows: Sequence[Sequence[str]], align: str, indent: str = "  ") -> list[str]:
    """Return rows as lines of at most WIDTH aligned columns. `align` has `<` or `>` for each column."""
    wide = [max(width(row[column]) for row in rows) for column in range(len(align))]
    lines = (indent + "  ".join(map(_padded, row, wide, align)) for row in rows)
    return [_cut(line.rstrip()) for line in lines]


def wrapped(text: str, indent: str = "  ", first: str | None = None) -> str:
    """Return `text` broken at spaces into lines of at most WIDTH columns; only a word longer than a line is cut."""
    lines = [indent if first is None else first]
    begun = False
    for word in text.split(" "):
        for piece in _pieces(word, WIDTH - max(len(indent), len(lines[0]) if not begun else 0)):
            if begun and width(lines[-1]) + 1 + width(piece) > WIDTH:
                lines.append(indent)
                begun = False
            lines[-1] += f" {piece}" if begun else piece
            begun = True
    return "\n".join(lines)


def _pieces(word: str, most: int) -> Iterator[str]:
    """Yield a word in pieces of at most `most` columns."""
    start = 0
    for end in range(1, len(word) + 1):
        if end > start + 1 and width(word[start:end]) > most:
            yield word[start : end - 1]
            start = end - 1
    yield word[start:]


def _padded(text: str, size: int, side: str) -> str:
    gap = " " * (size - width(text))
    return gap + text if side == ">" else text + gap


def _cut(line: str) -> str:
    if width(line) <= WIDTH:
        return line
    while width(line) >= WIDTH:
        line = line[:-1]
    return f"{line}…"
