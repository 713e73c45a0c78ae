"""Names that come from logs, made harmless for a terminal or a page: no control, no escape, no turned direction."""

from __future__ import annotations

import unicodedata

_LONGEST = 60


def safe(text: str, longest: int = _LONGEST) -> str:
    """Return `text` with what could act on a terminal shown as `·`, shortened in the middle to `longest`."""
    shown = "".join("·" if unicodedata.category(one)[0] in "CZ" and one != " " else one for one in text)
    if len(shown) <= longest:
        return shown
    half = (longest - 1) // 2
    return f"{shown[:half]}…{shown[-half:]}"
