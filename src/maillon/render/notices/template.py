"""A notice's template: a TOML file of sentences, which an operator may replace by their own.

    title = "…"                  layout = "form" | "letter" | "leaflet" | "easy"
    blocks = [
      {h = "heading"}, {p = "paragraph with {placeholder}"}, {note = "paragraph set apart"},
      {list = ["item", "item"]}, {each = "name of a list"},
      {rows = [["label", "value"]]}, {table = "name of a table"},
    ]

Any block may carry `when = "condition"` or `unless = "condition"`. Placeholders, lists, tables and conditions:
docs/notices.md. A template never runs anything: a value that comes from a log stays text.
"""

from __future__ import annotations

import re

import msgspec

from maillon.facts.errors import UsageError

LAYOUTS = ("form", "letter", "leaflet", "easy")
_KINDS = ("h", "p", "note", "list", "each", "rows", "table")
_PLACE = re.compile(r"\{(\w+)\}")


class Block(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True, frozen=True):
    """One block: exactly one of its kinds is filled."""

    h: str = ""
    p: str = ""
    note: str = ""
    list: tuple[str, ...] = ()
    each: str = ""
    rows: tuple[tuple[str, str], ...] = ()
    table: str = ""
    when: str = ""
    unless: str = ""

    @property
    def kind(self) -> str:
        """The name of the kind that is filled."""
        return next(kind for kind in _KINDS if getattr(self, kind))

    def texts(self) -> tuple[str, ...]:
        """Return every sentence of the block, placeholders as they are written."""
        return (self.h, self.p, self.note, *self.list, *(text for row in self.rows for text in row))


class Template(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """A whole template. `sms`, `mail_subject` and `mail` stand only in those for persons."""

    title: str
    layout: str
    blocks: tuple[Block, ...]
    subtitle: str = ""
    sms: str = ""
    mail_subject: str = ""
    mail: str = ""

    def placeholders(self) -> set[str]:
        """Return the names of all placeholders."""
        texts = [self.title, self.subtitle, self.sms, self.mail_subject, self.mail]
        texts += [text for block in self.blocks for text in block.texts()]
        return {name for text in texts for name in _PLACE.findall(text)}


def parse(text: str, source: str) -> Template:
    """Read a template. Raises UsageError that names the file, the place and what to do."""
    try:
        found = msgspec.toml.decode(text.encode(), type=Template)
    except msgspec.DecodeError as error:
        raise UsageError(f"{source}: {error}; what a template may hold stands in docs/notices.md") from None
    if found.layout not in LAYOUTS:
        raise UsageError(f"{source}: layout = {found.layout!r}; there are {', '.join(LAYOUTS)}")
    for number, block in enumerate(found.blocks, 1):
        filled = [kind for kind in _KINDS if getattr(block, kind)]
        if len(filled) != 1:
            told = f"holds {' and '.join(filled)}" if filled else "is empty"
            raise UsageError(f"{source}: block {number} {told}; a block holds exactly one of {', '.join(_KINDS)}")
    return found


def pieces(text: str) -> list[tuple[str, str]]:
    """Return a sentence as (literal text, name of the placeholder after it or "")."""
    parts = _PLACE.split(text)
    return [(parts[i], parts[i + 1] if i + 1 < len(parts) else "") for i in range(0, len(parts), 2)]
