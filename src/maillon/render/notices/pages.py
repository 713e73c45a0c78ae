"""A document as HTML and as PDF. Both take the layout's text, so that an operator's own can stand in its place."""

from __future__ import annotations

from typing import Any

import msgspec
from jinja2 import Environment, StrictUndefined, TemplateError

from maillon.facts.errors import MaillonError, UsageError

_UNSHOWABLE = "could not be displayed"


def html(document: dict[str, Any], layout: str) -> str:
    """Return a document as one HTML page that fetches and runs nothing. Raises UsageError for a bad layout."""
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    try:
        return environment.from_string(layout).render(d=document)
    except TemplateError as error:
        raise UsageError(f"notice.html.j2: {error}") from None


def pdf(document: dict[str, Any], layout: str, made_at: int) -> bytes:
    """Return a document as an accessible PDF (PDF/UA-1); `made_at` (µs) is its date.

    Where a name holds a character that no font here can show, the pages are made without that promise. Raises
    MaillonError where the package is missing, UsageError for a layout with a mistake.
    """
    try:
        import typst
    except ImportError:
        raise MaillonError(
            "PDF pages need the package typst: pip install 'maillon[notices]' (or ask for --format html,json)"
        ) from None
    inputs = {"notice": msgspec.json.encode(document).decode()}
    source, seconds = layout.encode(), made_at // 1_000_000
    try:
        return bytes(typst.compile(source, sys_inputs=inputs, timestamp=seconds, pdf_standards="ua-1"))
    except typst.TypstError as error:
        if _UNSHOWABLE not in str(error):
            raise UsageError(f"notice.typ: {error}") from None
    return bytes(typst.compile(source, sys_inputs=inputs, timestamp=seconds))
