"""Audit messages told in JSON, turned into the same tree as their XML."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from maillon.read.atna_xml import Node

_DEEPEST = 16
_SMALL = frozenset(("code", "codeSystemName", "displayName", "type", "value"))  # attributes that XML writes so, too


def tree_of_json(name: str, item: Mapping[str, Any], depth: int = 0) -> Node:
    """Return an object as an element: texts are attributes, objects and lists of them elements within.

    Names get the capital that the XML has (`eventID` → `EventID`). What lies deeper than 16 is left out.
    """
    node = Node(name)
    for key, value in item.items():
        inner = key if key in _SMALL else key[:1].upper() + key[1:]
        if isinstance(value, str):
            node.attributes[inner] = value
        elif depth < _DEEPEST:
            several = value if isinstance(value, list) else [value]
            node.children += [tree_of_json(inner, one, depth + 1) for one in several if isinstance(one, dict)]
    return node
