"""Reads back pages: their text as a person reads it, and where it stands."""

from __future__ import annotations

import io
import re

from pypdf import PdfReader

from maillon.cli.notice_files import template_text
from maillon.render.notices.compose import compose
from maillon.render.notices.forms import FORMS, PHASES, template_names
from maillon.render.notices.template import parse

POINT = 25.4 / 72
ALL = [
    (form, name, lang)
    for form in FORMS
    for phase in (PHASES if form == "cnil" else PHASES[:1])
    for name in template_names(form, phase)
    for lang in ("fr", "en")
]


def document(name, lang, evidence):
    """Compose a template that ships."""
    text, source = template_text(f"{name}.{lang}.toml", None)
    return compose(parse(text, source), evidence, source)


def words(pages):
    """Return the text of a PDF with its spaces run together."""
    text = " ".join(page.extract_text() for page in PdfReader(io.BytesIO(pages)).pages)
    return re.sub(r"[\s\u00a0\u202f]+", " ", text)


def places(pages, page=0):
    """Return (x, y, size, text) of each piece of a page, in mm from its upper left corner, the base line's y."""
    found = []

    def visit(text, cm, tm, _font, size):
        if text.strip():
            x, y = tm[4] * cm[0] + tm[5] * cm[2] + cm[4], tm[4] * cm[1] + tm[5] * cm[3] + cm[5]
            found.append((x * POINT, 297 - y * POINT, size * POINT, text.strip()))

    PdfReader(io.BytesIO(pages)).pages[page].extract_text(visitor_text=visit)
    return found
