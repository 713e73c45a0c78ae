"""The pages that a carer sees instead of a record: both languages, the reader's own first; no script."""

from __future__ import annotations

from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from maillon.facts.answer import Answer
from maillon.facts.break_glass import REASONS, BreakGlass
from maillon.facts.serving import Service
from maillon.render.clock import to_the_minute
from maillon.web.texts import PAGES, WORDS

GLASS = "/_maillon/glass"
"""Where the emergency form is sent, on the service's own host: the proxy hands it on to /glass/SERVICE."""

_ENVIRONMENT = Environment(
    loader=PackageLoader("maillon.web"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_LANGUAGES = ("fr", "en")


def page(answer: Answer, service: Service, at: int, spoken: str, zone: int = 0) -> bytes:
    """Return the page of an answer that is not `allow`. `spoken` is the reader's Accept-Language."""
    code = answer.code if answer.code in PAGES else "contained"
    remains = {"fr": answer.remains.fr, "en": answer.remains.en}
    until = answer.until if answer.until < at + 400 * 86_400_000_000 else 0
    return _draw(code, service, spoken, zone, until=until, incident=answer.incident, remains=remains,
                 form=GLASS if answer.may_break_glass else "")  # fmt: skip


def glass_page(found: BreakGlass | tuple[str, str], service: Service, spoken: str, zone: int = 0) -> bytes:
    """Return the page of an emergency passage that opened, or of a refusal (its sentence in French and English)."""
    if isinstance(found, BreakGlass):
        minutes = (found.until - found.at) // 60_000_000
        limits = {
            lang: WORDS[lang]["limits"].format(patients=found.patients, minutes=minutes) + "." for lang in _LANGUAGES
        }
        return _draw("glass_open", service, spoken, zone, until=found.until, remains=limits)
    sentences = {"fr": found[0][:1].upper() + found[0][1:] + ".", "en": found[1][:1].upper() + found[1][1:] + "."}
    return _draw("glass_refused", service, spoken, zone, remains=sentences)


def _draw(
    code: str,
    service: Service,
    spoken: str,
    zone: int,
    *,
    until: int = 0,
    incident: str = "",
    remains: dict[str, str] | None = None,
    form: str = "",
) -> bytes:
    contacts = {"fr": service.contact_fr or service.contact_en, "en": service.contact_en or service.contact_fr}
    parts: list[dict[str, Any]] = [
        {
            "lang": lang,
            "page": PAGES[code][lang],
            "why": PAGES[code][lang].why,
            "words": WORDS[lang],
            "until": to_the_minute(until, zone, lang) if until else "",
            "remains": (remains or {}).get(lang, ""),
            "contact": contacts[lang] or WORDS[lang]["nobody"],
            "colon": "\u00a0:" if lang == "fr" else ":",
            "reasons": [(reason, names[lang == "en"]) for reason, names in REASONS.items()],
        }
        for lang in (_LANGUAGES if _prefers_french(spoken) else _LANGUAGES[::-1])
    ]
    template = _ENVIRONMENT.get_template("page.html.j2")
    return template.render(parts=parts, incident=incident, form=form).encode()


def _prefers_french(spoken: str) -> bool:
    """Tell whether French comes before English in an Accept-Language, or nothing is told."""
    text = spoken.lower()
    french, english = text.find("fr"), text.find("en")
    return english < 0 or 0 <= french < english
