"""Look-alikes on a screen, as JSON and as indicators. Names are written so that nobody follows them by mistake."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from maillon.explain.words import number
from maillon.facts.lookalike import Lookalike
from maillon.render.clock import rfc3339
from maillon.render.columns import wrapped
from maillon.render.json_lines import line
from maillon.render.safe import safe
from maillon.render.texts import spaced

_TEXTS = {
    "title": (
        "Noms qui imitent vos marques, les plus sûrs d’abord",
        "Names that imitate your brands, the surest first",
    ),
    "none": ("Aucun nom nouveau n’imite vos marques.", "No new name imitates your brands."),
    "more": ("{count} autres au-dessus du seuil (--limit).", "{count} more above the threshold (--limit)."),
    "read": (
        "Lu : {lines} lignes, {names} noms regardés de près.",
        "Read: {lines} lines, {names} names looked at closely.",
    ),
    "aside": ("Laissé de côté : {count} – {reason}", "Left aside: {count} – {reason}"),
    "report": (
        "À vérifier par une personne, puis à signaler : Phishing Initiative, Afnic (.fr), 33700 pour les SMS, la "
        "marque imitée. Maillon n’envoie rien.",
        "For a person to check, then to report: Phishing Initiative, Afnic (.fr), 33700 for text messages, the "
        "imitated brand. Maillon sends nothing.",
    ),
}


def lookalike_object(one: Lookalike) -> dict[str, Any]:
    """Return one look-alike as others rely on it."""
    return {
        "kind": "lookalike",
        "name": one.name,
        "brand": one.brand,
        "score": one.score,
        "reasons": [{"code": why.code, "fr": why.fr, "en": why.en} for why in one.reasons],
        "shown": one.shown,
        "source": one.source,
        "count": one.count,
        "first": rfc3339(one.first, 0) if one.first else None,
    }


def lookalike_lines(found: Sequence[Lookalike]) -> Iterator[str]:
    """Yield one JSON object a look-alike."""
    yield from (line(lookalike_object(one)) for one in found)


def lookalike_indicators(found: Sequence[Lookalike]) -> Iterator[str]:
    """Yield what others may know: the names, exact."""
    for one in found:
        told = {"kind": "indicator", "type": "domain-name", "value": one.name, "brand": one.brand, "score": one.score}
        yield line({**told, "first": rfc3339(one.first, 0) if one.first else None})


def lookalikes_screen(
    found: Sequence[Lookalike], more: int, lines: int, names: int, aside: dict[str, int], lang: str
) -> str:
    """Return look-alikes as plain text; `more` were left out for want of room."""
    blocks = [_say("title", lang) if found else _say("none", lang)]
    for one in found:
        shown = f" ({safe(one.shown)})" if one.shown != one.name else ""
        why = " · ".join(why.fr if lang == "fr" else why.en for why in one.reasons)
        head = f"{number(100 * one.score, lang):>3}  {defanged(safe(one.name, 64))}{shown} – {safe(one.brand)}"
        blocks.append(head + "\n" + wrapped(spaced(safe(why, 400)) if lang == "fr" else safe(why, 400), "     "))
    tail = [_say("more", lang, count=number(more, lang))] if more else []
    tail.append(_say("read", lang, lines=number(lines, lang), names=number(names, lang)))
    tail += [_say("aside", lang, count=number(count, lang), reason=reason) for reason, count in sorted(aside.items())]
    if found:
        tail.append(_say("report", lang))
    blocks.append("\n".join(wrapped(one, "") for one in tail))
    return "\n\n".join(blocks)


def defanged(name: str) -> str:
    """Return a name that no program turns into a link."""
    return name.replace(".", "[.]")


def _say(code: str, lang: str, **values: str) -> str:
    fr, en = _TEXTS[code]
    return (spaced(fr) if lang == "fr" else en).format(**values)
