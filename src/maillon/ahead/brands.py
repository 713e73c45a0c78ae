"""The brands file (TOML, docs/lookalikes.md) as values. Every mistake is told at once, with its place."""

from __future__ import annotations

import tomllib
from typing import Any

from maillon.facts.errors import UsageError
from maillon.facts.lookalike import Brand, Brands

_LISTS = ("lures", "fillers", "allowed", "free_hosts")
_BRAND = ("tokens", "weak", "innocent", "domains")


def read_brands(text: str, where: str) -> Brands:
    """Return the brands that a TOML text tells; `where` names it in errors. Raises UsageError."""
    try:
        told = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{where}: is no TOML: {error}") from None
    mistakes: list[str] = []
    unknown = sorted(set(told) - {*_LISTS, "brand"})
    mistakes += [f"`{one}` is not known (known: {', '.join(_LISTS)}, [[brand]])" for one in unknown]
    tables = told.get("brand", [])
    if not isinstance(tables, list) or not tables:
        mistakes.append("no [[brand]]: name at least one")
        tables = []
    brands = [_brand(number, table, mistakes) for number, table in enumerate(tables, 1)]
    lists = {name: _words(told, name, name, mistakes) for name in _LISTS}
    if mistakes:
        raise UsageError(f"{where}: {len(mistakes)} mistake(s):\n" + "\n".join(f"  {one}" for one in mistakes))
    return Brands(tuple(brands), **lists)


def _brand(number: int, table: Any, mistakes: list[str]) -> Brand:  # noqa: ANN401 - whatever TOML holds
    place = f"brand {number}"
    if not isinstance(table, dict):
        mistakes.append(f"{place}: is no table")
        return Brand("", ())
    name = table.get("name")
    if not isinstance(name, str) or not name:
        mistakes.append(f"{place}: no `name`")
        name = ""
    mistakes.extend(f"{place} ({name}): `{one}` is not known" for one in sorted(set(table) - {"name", *_BRAND}))
    words = {one: _words(table, one, f"{place} ({name}): {one}", mistakes) for one in _BRAND}
    if not words["tokens"] and not words["weak"]:
        mistakes.append(f"{place} ({name}): neither `tokens` nor `weak`: nothing to look for")
    return Brand(name, **words)


def _words(table: dict[str, Any], name: str, place: str, mistakes: list[str]) -> tuple[str, ...]:
    value = table.get(name, [])
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        mistakes.append(f"{place}: must be a list of texts")
        return ()
    words = tuple(one.strip().lower().strip(".") for one in value)
    wrong = [one for one in words if not one or not one.isascii() or " " in one]
    mistakes.extend(f"{place}: {one!r} must be ASCII without blanks" for one in wrong)
    return words
