"""Numbers and durations as people write them, in French and in English."""

from __future__ import annotations

NARROW = "\u202f"
"""Narrow no-break space: between thousands, and before ; ! ? in French."""

NO_BREAK = "\u00a0"
"""No-break space: between a number and its unit, and before a colon in French."""


def number(value: float, lang: str) -> str:
    """Return the number with at most one decimal below ten, none above; thousands apart."""
    rounded = round(value, 1) if value < 10 else round(value)
    text = f"{rounded:,.1f}" if rounded != int(rounded) else f"{int(rounded):,}"
    if lang == "fr":
        return text.replace(",", NARROW).replace(".", ",")
    return text


def counted(value: float, one: str, many: str, lang: str) -> str:
    """Return number and noun. French keeps the singular below two, English at one only."""
    shown = round(value, 1) if value < 10 else round(value)
    singular = shown < 2 if lang == "fr" else shown == 1
    return f"{number(value, lang)}{NO_BREAK}{one if singular else many}"


def percent(part: float, whole: float, lang: str) -> str:
    """Return a share: never 0 % of something nor 100 % of what is not all."""
    share = 100 * part / whole if whole else 0.0
    text = f"{share:.1f}" if share < 10 else f"{share:.0f}"
    if 0 < share < 0.1:
        text = "<0.1"
    elif share < 100 and text == "100":
        text = ">99"
    text = text.removesuffix(".0")
    return f"{text.replace('.', ',')}{NO_BREAK}%" if lang == "fr" else f"{text}%"


def duration(microseconds: int, lang: str) -> str:
    """Return a length of time in its largest fitting unit, from seconds to days."""
    seconds = max(microseconds, 0) / 1_000_000
    for limit, size, french, english in (
        (60, 1, "seconde", "second"),
        (90 * 60, 60, "minute", "minute"),
        (48 * 3600, 3600, "heure", "hour"),
        (float("inf"), 86_400, "jour", "day"),
    ):
        if seconds < limit:
            noun = french if lang == "fr" else english
            return counted(max(1, round(seconds / size)), noun, noun + "s", lang)
    raise AssertionError(seconds)
