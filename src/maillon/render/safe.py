"""Text that comes from logs, made harmless for a terminal or a page: no control, no escape, no turned direction."""

from __future__ import annotations

import unicodedata

_LONGEST = 48
_PICTURES = 0x2400
"""Unicode shows the control characters 0 to 31 as pictures from here on: ESC is ␛."""


def harmless(text: str) -> str:
    """Return `text` with every character that acts instead of showing replaced by one that shows.

    Controls become their pictures (␛), all else that has no shape of its own (bidirectional overrides, zero-width
    and private characters, lone surrogates, line separators) becomes �.
    """
    return "".join(one if one.isprintable() or unicodedata.category(one) == "Zs" else _shown(one) for one in text)


def safe(text: str, longest: int = _LONGEST) -> str:
    """Return a name made harmless and shortened in its middle to `longest` characters."""
    shown = harmless(text)
    if len(shown) <= longest:
        return shown
    tail = (longest - 1) // 2
    return f"{shown[: longest - 1 - tail]}…{shown[len(shown) - tail :]}"


def _shown(one: str) -> str:
    if ord(one) < 32:
        return chr(_PICTURES + ord(one))
    return "␡" if one == "\x7f" else "\N{REPLACEMENT CHARACTER}"
