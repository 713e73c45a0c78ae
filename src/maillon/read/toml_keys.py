"""The keys of a table of TOML: declared once, read with all mistakes at once, with a hint where one is misspelt."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Key:
    """One key of the file: what it is called, what it holds, what it means. `default` None = it must be there."""

    name: str
    kind: str  # of KINDS
    meaning: str
    default: Any = None


KINDS: Mapping[str, Callable[[Any], bool]] = {
    "text": lambda value: isinstance(value, str),
    "list of texts": lambda value: isinstance(value, list) and all(isinstance(entry, str) for entry in value),
    "whole number": lambda value: type(value) is int and 0 <= value < 2**31,
    "number from 0 to 1": lambda value: type(value) in (int, float) and 0 <= value <= 1,
    "true or false": lambda value: isinstance(value, bool),
    "tables": lambda value: isinstance(value, list) and all(isinstance(entry, dict) for entry in value),
}


def values_of(
    table: Mapping[str, Any],
    keys: Iterable[Key],
    kinds: Mapping[str, Callable[[Any], bool]],
    wrong: Callable[[str, str], None],
) -> dict[str, Any]:
    """Return the value of each key, a harmless one where it is missing or wrong; `wrong(key, sentence)` is told why."""
    keys = list(keys)
    names = [key.name for key in keys]
    for name in table:
        if name not in names:
            wrong(name, f"is not known{suggested(name, names)}")
    values = {}
    for key in keys:
        harmless = [] if key.kind == "list of texts" else "" if key.default is None else key.default
        value = table.get(key.name, key.default)
        if value is None:
            wrong(key.name, f"is missing: {key.meaning}")
        elif not kinds[key.kind](value):
            wrong(key.name, f"must be a {key.kind}")
            value = None
        values[key.name] = harmless if value is None else value
    return values


def suggested(name: str, known: Iterable[str]) -> str:
    """Return what to say after an unknown name: the nearest known one, and all of them."""
    names = list(known)
    near = difflib.get_close_matches(name.lower(), names, 1, 0.5)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    return f"{hint} (known: {', '.join(names)})"
