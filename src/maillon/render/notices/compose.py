"""Template and evidence become a document: blocks of runs, in which every gap is a run of its own."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from maillon.explain.words import NARROW, NO_BREAK
from maillon.facts.errors import UsageError
from maillon.render.notices.gaps import label
from maillon.render.notices.template import Block, Template, pieces
from maillon.render.safe import harmless
from maillon.render.texts import spaced

_PHONE = re.compile(r"(?<=\d) (?=\d)")
"""The spaces of a telephone number: it must not be broken at the end of a line."""

Run = dict[str, str]
"""{"text": …} for text; {"gap": key, "text": what a person must fill in}."""


@dataclass(frozen=True)
class Table:
    """A table of a notice: its headings, its rows, which columns hold numbers."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numbers: tuple[int, ...] = ()


@dataclass(frozen=True)
class Evidence:
    """What a template may draw on, in one language. `settings` are the operator's own words and win over values."""

    lang: str
    values: Mapping[str, str]
    settings: Mapping[str, str] = field(default_factory=dict)
    conditions: frozenset[str] = frozenset()
    lists: Mapping[str, Sequence[str]] = field(default_factory=dict)
    tables: Mapping[str, Table] = field(default_factory=dict)


def compose(template: Template, evidence: Evidence, source: str) -> dict[str, Any]:
    """Return the document: title, subtitle, layout, lang, blocks, messages, gaps. Plain data, fit for JSON.

    Raises UsageError where the template names a list or a table that there is not.
    """
    gaps: dict[str, str] = {}

    def runs(text: str) -> list[Run]:
        return _runs(text, evidence, gaps)

    drawn = [
        _block(block, evidence, runs, f"{source}, block {number}")
        for number, block in enumerate(template.blocks, 1)
        if _holds(block, evidence.conditions)
    ]
    blocks = [one for one in drawn if one.get("items", True) and one.get("rows", True)]
    recipient = [runs(f"{{recipient_line_{n}}}") for n in (1, 2, 3)] if template.layout == "letter" else []
    sender = [runs(f"{{{key}}}") for key in ("operator", "address", "phone")] if recipient else []
    dated = runs("{place}, le {made_on}" if evidence.lang == "fr" else "{place}, {made_on}") if recipient else []
    return {
        "title": runs(template.title),
        "subtitle": runs(template.subtitle) if template.subtitle else [],
        "layout": template.layout,
        "lang": evidence.lang,
        "sender": sender,
        "recipient": recipient,
        "dated": dated,
        "blocks": blocks,
        "messages": {
            name: runs(getattr(template, name))
            for name in ("sms", "mail_subject", "mail")
            if getattr(template, name)
        },
        "gaps": gaps,
    }  # fmt: skip


def plain(runs: Sequence[Run], lang: str) -> str:
    """Return runs as text; a gap stands in brackets."""
    return "".join(f"[{gap_word(lang)}{run['text']}]" if "gap" in run else run["text"] for run in runs)


def short_message(runs: Sequence[Run], lang: str) -> str:
    """Return runs as a text message: no character that would halve its length (3GPP TS 23.038)."""
    return plain(runs, lang).replace(NO_BREAK, " ").replace(NARROW, " ")


def gap_word(lang: str) -> str:
    """Return what stands before what a person must fill in."""
    return "à compléter\u00a0: " if lang == "fr" else "to fill in: "


def _holds(block: Block, conditions: frozenset[str]) -> bool:
    return (not block.when or block.when in conditions) and not (block.unless and block.unless in conditions)


def _block(block: Block, evidence: Evidence, runs: Any, where: str) -> dict[str, Any]:  # noqa: ANN401 - a closure
    kind = block.kind
    if kind == "list":
        return {"kind": "list", "items": [runs(text) for text in block.list]}
    if kind == "rows":
        return {"kind": "rows", "rows": [[runs(name), runs(value)] for name, value in block.rows]}
    if kind == "each":
        if block.each not in evidence.lists:
            raise UsageError(f"{where}: each = {block.each!r}; there are {', '.join(sorted(evidence.lists))}")
        return {"kind": "list", "items": [[{"text": harmless(text)}] for text in evidence.lists[block.each]]}
    if kind == "table":
        if block.table not in evidence.tables:
            raise UsageError(f"{where}: table = {block.table!r}; there are {', '.join(sorted(evidence.tables))}")
        table = evidence.tables[block.table]
        rows = [[harmless(cell) for cell in row] for row in table.rows]
        return {"kind": "table", "head": list(table.head), "rows": rows, "numbers": list(table.numbers)}
    return {"kind": kind, "text": runs(getattr(block, kind))}


def _runs(text: str, evidence: Evidence, gaps: dict[str, str]) -> list[Run]:
    found: list[Run] = []
    for literal, name in pieces(spaced(text) if evidence.lang == "fr" else text):
        if literal:
            found.append({"text": literal})
        if not name:
            continue
        value = evidence.settings.get(name) or evidence.values.get(name)
        if value:
            found.append({"text": _PHONE.sub(NO_BREAK, "\n".join(harmless(line) for line in value.split("\n")))})
        else:
            gaps[name] = label(name, evidence.lang)
            found.append({"gap": name, "text": gaps[name]})
    return found
