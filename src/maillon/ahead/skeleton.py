"""What a name looks like: accents, foreign letters and digits folded to the letters that eyes take them for.

After Unicode UTS #39 (confusables) for the letters that registries allow; i, l and 1 are one letter here.
"""

from __future__ import annotations

import unicodedata

_ALIKE = str.maketrans(
    "аеорсухіјѕԁһӏкмтвԛԝьγαοερτυιικνωɑəɡıɩʟꜱᴠ"
    "01345789$@lj",
    "aeopcyxijsdhikmtbqwbyaoeptuiikvwaegiiisv"
    "oieastbgsaii",
)  # fmt: skip
_PAIRS = {"æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ß": "ss", "þ": "p", "ð": "d"}


def readable(name: str) -> str:
    """Return a name with its A-labels as people read them; a label that cannot be decoded stays as it is."""
    return ".".join(_decoded(label) for label in name.split("."))


def skeleton(text: str) -> str:
    """Return the skeleton of a label: only a to z without l, 2 and 6, and what separates."""
    if text.isascii():
        return text.lower().translate(_ALIKE)
    wide = "".join(_PAIRS.get(one, one) for one in text.lower())
    bare = "".join(one for one in unicodedata.normalize("NFKD", wide) if not unicodedata.combining(one))
    return bare.translate(_ALIKE)


def _decoded(label: str) -> str:
    if not label.startswith("xn--"):
        return label
    try:
        return label[4:].encode("ascii").decode("punycode")
    except (UnicodeError, ValueError, OverflowError, IndexError):
        return label
