"""The shelf in words: what stands in help and in docs/responders.md is printed from the declarations."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from maillon.edges.responders import RESPONDERS
from maillon.edges.responders.declaration import Responder


def lines() -> Iterator[str]:
    """Yield one line for each responder."""
    width = max(len(one.name) for one in RESPONDERS)
    for one in RESPONDERS:
        yield f"{one.name:{width}}  {one.does}"


def page() -> Iterator[str]:
    """Yield the reference of all responders as Markdown, piece by piece."""
    for one in RESPONDERS:
        yield f"### {one.name}\n\n{_sentence(one.does)}\n"
        if one.needs:
            yield f"Needs `pip install 'maillon[{one.needs}]'`.\n"
        yield "| order | what it does |\n|---|---|\n" + "".join(f"| `{k}` | {v} |\n" for k, v in one.takes.items())
        yield f"Takes back: {one.undoes}.\n"
        if one.rights:
            yield "Rights that it needs there, and no more: " + ", ".join(one.rights) + ".\n"
        yield from _settings(one)


def _settings(one: Responder) -> Iterator[str]:
    rows = "".join(_rows(one.settings))
    if rows:
        yield f"| `[responders.{one.name}]` | default | meaning |\n|---|---|---|\n{rows}"


def _rows(settings: type[msgspec.Struct], place: str = "") -> Iterator[str]:
    info = msgspec.inspect.type_info(settings)
    assert isinstance(info, msgspec.inspect.StructType)
    for one in info.fields:
        default = "required" if one.required else f"`{msgspec.json.encode(one.default).decode()}`"
        yield f"| `{place}{one.encode_name}` | {default} | {_told(one.type)} |\n"
        inner = _inside(one.type)
        if inner:
            yield from _rows(inner, f"{place}{one.encode_name}[].")


def _told(kind: msgspec.inspect.Type) -> str:
    """Return a field's description, with its choices where there are some."""
    if not isinstance(kind, msgspec.inspect.Metadata):
        return ""
    told = str((kind.extra_json_schema or {}).get("description", ""))
    if isinstance(kind.type, msgspec.inspect.LiteralType):
        told += " (" + ", ".join(f"`{value}`" for value in kind.type.values) + ")"
    return _sentence(told).replace("|", "\\|")


def _inside(kind: msgspec.inspect.Type) -> type[msgspec.Struct] | None:
    """Return the struct that a field holds a list of."""
    inner = kind.type if isinstance(kind, msgspec.inspect.Metadata) else kind
    item = inner.item_type if isinstance(inner, msgspec.inspect.VarTupleType) else None
    return item.cls if isinstance(item, msgspec.inspect.StructType) else None


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}" + ("" if text.endswith((".", ")")) else ".")
