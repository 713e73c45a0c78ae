"""Whether a piece of a URL may be a word of the service's own, or looks like somebody's identifier."""

from __future__ import annotations

import re
from functools import lru_cache

from maillon.read.vocabulary import is_known

_VERSION = re.compile(r"v?\d{1,2}(\.\d{1,2}){0,2}", re.IGNORECASE)
_NAMED_VERSION = re.compile(r"[rv]\d{1,2}(\.\d{1,2}){0,2}", re.IGNORECASE)
_SHAPED_AS_WORD = re.compile(r"[^\W\d_][\w.$()~-]{0,47}|\$\w{1,30}")
_HEXADECIMAL = re.compile(r"[0-9a-fA-F-]{8,}")
_CONSONANTS = re.compile(r"[bcdfghjklmnpqrstvwxz]{5,}", re.IGNORECASE)
_CAMEL = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_ENDING = re.compile(
    r"\.(x?html?|php\d?|jspx?|jsf|do|action|aspx?|ashx|cgi|json|xml|txt|pdf|csv|xlsx?|ods|docx?|odt|rtf|zip|dcm|png"
    r"|jpe?g|gif|svg|webp|tiff?|ico|js|css|map|woff2?|eml|ics|vcf|hl7)\Z",
    re.IGNORECASE,
)
"""Endings of files: fixed text that can stand behind an identifier. No other ending can, it may be a name."""

_OF_KEY = re.compile(r"[A-Za-z_$][A-Za-z0-9_.$:\[\]-]{0,39}")


@lru_cache(maxsize=1 << 14)
def may_be_word(text: str) -> bool:
    """Tell whether `text` can be vocabulary at all: three digits, a digest, an e-mail, a date … never are."""
    if _NAMED_VERSION.fullmatch(text):
        return True
    if not _SHAPED_AS_WORD.fullmatch(text):
        return False
    stem = _ENDING.sub("", text)
    digits = sum(c.isdigit() for c in stem)
    if digits > 2 or (digits and _HEXADECIMAL.fullmatch(stem)):
        return False
    if _CONSONANTS.search(stem) or _looks_random(stem):
        return False
    # Names of accounts have dots (`m.durand`), codes are capitals: words of that kind must be known ones.
    named = "." in stem or (len(stem) > 4 and not any(c.islower() for c in stem))
    return not named or is_known(text)


def _looks_random(stem: str) -> bool:
    """Tell whether letters change case, or turn to digits, too often for words put together."""
    parts = _CAMEL.findall(stem)
    return len(stem) >= 8 and bool(parts) and len(stem) / len(parts) < 2.5


@lru_cache(maxsize=1 << 12)
def may_be_key(text: str) -> bool:
    """Tell whether the key of a query or matrix parameter may be named in a template."""
    return bool(_OF_KEY.fullmatch(text)) and sum(c.isdigit() for c in text) < 3


def is_version(text: str) -> bool:
    """Tell whether `text` is a version number: `v1`, `3.2.1`."""
    return bool(_VERSION.fullmatch(text))


def affixes(text: str) -> tuple[str, str]:
    """Return the fixed text that may stand around the identifier in a segment: `patient-`, `.pdf`, `Patients(`, `)`."""
    called = re.fullmatch(r"([A-Za-z_]\w*\('?)(.+?)('?\))", text)
    if called and called[1].endswith("'") == called[3].startswith("'"):
        return called[1], called[3]
    ending = _ENDING.search(text)
    suffix = ending[0] if ending and ending.start() else ""
    stem = text[: len(text) - len(suffix)]
    named = re.match(r"(?:[A-Za-z]{2,}[-_])+(?=\d|[0-9a-fA-F-]{8,}\Z)", stem)
    return (named[0] if named and any(c.isdigit() for c in stem) else ""), suffix


def is_clock(value: str, at: int) -> bool:
    """Tell whether `value` is the moment of the request, in s or ms."""
    if not value.isdecimal() or len(value) not in {10, 13}:
        return False
    return abs(int(value) * (1_000_000 if len(value) == 10 else 1000) - at) < 86_400_000_000 * 2
