"""The templates' workshop: what every template may call. Everything is escaped; nothing is ever marked as safe."""

from __future__ import annotations

from jinja2 import Environment, PackageLoader, StrictUndefined

from maillon.explain.words import number, percent
from maillon.render import checklist, clock, plot, story, texts
from maillon.render.safe import harmless, safe

_ENVIRONMENT = Environment(
    loader=PackageLoader("maillon.render"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_ENVIRONMENT.globals |= {
    "checklist": checklist,
    "clock": clock,
    "field": texts.field,
    "glossary": texts.GLOSSARY,
    "harmless": harmless,
    "kind": texts.kind,
    "number": number,
    "percent": percent,
    "plot": plot,
    "safe": safe,
    "say": texts.say,
    "spaced": texts.spaced,
    "story": story,
}
_ENVIRONMENT.filters["capitalize_first"] = lambda text: text[:1].upper() + text[1:]


def draw(template: str, lang: str, **values: object) -> str:
    """Return a template of this package filled with `values`, in `lang`."""
    return _ENVIRONMENT.get_template(template).render(lang=lang, **values)
