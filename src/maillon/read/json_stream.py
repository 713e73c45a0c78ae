"""Indented JSON, a line at a time: objects that span lines are put together from the few values that are wanted.

Memory between lines is plain JSON and holds wanted values only: what else an event carries is never kept.
"""

from __future__ import annotations

import re
from typing import Any

import msgspec

_TOKEN = re.compile(r'\s++|"(?:[^"\\]++|\\.)*+"|[{}\[\],:]|[-+.0-9eE]++|true|false|null')
_DEEPEST = 16

Wanted = dict[str, frozenset[str]]
"""Key of an inner object ("" = the object itself) → keys wanted of it."""


def feed(line: str, open_object: dict[str, Any], wanted: Wanted) -> tuple[list[dict[str, Any]], bool]:
    """Read one line; return the objects that it closes, and whether it was well formed.

    `open_object` is the memory, changed in place: "path" (keys of the open objects, "[" for a list), "key" (whose
    value comes next), "values". Lists around the objects are transparent. After a malformed line the memory is empty.
    """
    closed: list[dict[str, Any]] = []
    at = 0
    while at < len(line):
        mark = _TOKEN.match(line, at)
        if mark is None or not _step(mark[0], open_object, wanted, closed):
            open_object.clear()
            return closed, False
        at = mark.end()
    return closed, True


def _step(mark: str, memory: dict[str, Any], wanted: Wanted, closed: list[dict[str, Any]]) -> bool:
    """Take one token; return False where it cannot stand."""
    path: list[str] = memory.setdefault("path", [])
    key: str | None = memory.get("key")
    in_list = bool(path) and path[-1] == "["
    if mark.isspace() or mark == ":":
        return True
    if mark == ",":
        memory["key"] = None
        return True
    if mark in "{[":
        return _open(mark, memory, path, key)
    if mark in "}]":
        return _close(mark, memory, path, closed)
    if not path:
        return False
    if not in_list and key is None:
        memory["key"] = _scalar(mark)
        return mark.startswith('"') and memory["key"] is not None
    inner = "" if len(path) == 1 else path[1] if len(path) == 2 else None
    if not in_list and inner is not None and key in wanted.get(inner, ()):
        target = memory["values"] if not inner else memory["values"].setdefault(inner, {})
        target[key] = _scalar(mark)
    return True


def _open(mark: str, memory: dict[str, Any], path: list[str], key: str | None) -> bool:
    if not path:
        if mark == "{":
            memory.update(path=[""], key=None, values={})
        return True
    if (path[-1] != "[" and not key) or len(path) >= _DEEPEST:
        return False
    path.append("[" if mark == "[" else key or "")
    memory["key"] = None
    return True


def _close(mark: str, memory: dict[str, Any], path: list[str], closed: list[dict[str, Any]]) -> bool:
    if not path:
        return mark == "]"
    if (path.pop() == "[") != (mark == "]"):
        return False
    memory["key"] = "" if path and path[-1] != "[" else None  # a value has ended: a comma or a brace comes next
    if not path:
        closed.append(memory["values"])
        memory.clear()
    return True


def _scalar(mark: str) -> Any:  # noqa: ANN401 (any JSON scalar)
    try:
        return msgspec.json.decode(mark.encode("utf-8", "replace"))
    except msgspec.DecodeError:
        return None
