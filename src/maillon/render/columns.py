"""Aligned columns of plain text, whatever the width of their characters."""

from __future__ import annotations

import textwrap
import unicodedata
from collections.abc import Sequence

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
    """Return `text` broken at spaces into lines of at most WIDTH columns."""
    return textwrap.fill(
        text,
        WIDTH,
        initial_indent=indent if first is None else first,
        subsequent_indent=indent,
        break_on_hyphens=False,
    )


def _padded(text: str, size: int, side: str) -> str:
    gap = " " * (size - width(text))
    return gap + text if side == ">" else text + gap


def _cut(line: str) -> str:
    if width(line) <= WIDTH:
        return line
    while width(line) >= WIDTH:
        line = line[:-1]
    return f"{line}…"
