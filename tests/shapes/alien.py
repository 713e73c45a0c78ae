"""The same logs in a language that nobody's vocabulary holds: every word of their targets replaced by an invented one.

What is found in such a log was found by counting alone.
"""

from __future__ import annotations

import re
from dataclasses import replace
from random import Random

from shapes.line import Line

_PIECE = r"[\w-]*\d[\w-]*|[A-Za-z_]{2,}"
_KEPT = {"http", "https", "js", "css", "png", "svg", "ico", "html", "pdf", "csv", "php", "jsp", "xlsx", "gif", "txt"}
_SOUNDS = ("ba", "zo", "ki", "ru", "ne", "vol", "dar", "mi", "sug", "ten", "op", "ux")


def _invented(rng: Random, taken: set[str]) -> str:
    while True:
        word = "".join(rng.choice(_SOUNDS) for _ in range(rng.randrange(2, 4)))
        if word not in taken:
            taken.add(word)
            return word


def alien(lines: list[Line], seed: int) -> list[Line]:
    """Return the lines with each word of a target replaced, always by the same; identifiers and names stay."""
    rng, taken, words = Random(seed), set[str](), dict[str, str]()

    def change(piece: str) -> str:
        if piece in _KEPT or any(c.isdigit() for c in piece):
            return piece
        if piece not in words:
            words[piece] = _invented(rng, taken)
        return words[piece]

    def changed(line: Line) -> str:
        kept = (line.patient, line.account, line.session, line.session.upper())
        values = "|".join(re.escape(value) for value in kept if value)
        pattern = (f"({values})|" if values else "()") + _PIECE
        return re.sub(pattern, lambda found: found[0] if found[1] else change(found[0]), line.target)

    cache: dict[tuple[str, str, str], str] = {}
    made = []
    for line in lines:
        key = (line.target, line.patient, line.account)
        if key not in cache:
            cache[key] = changed(line) if line.kind not in {"scan", "robot"} else line.target
        made.append(replace(line, target=cache[key]))
    return made
