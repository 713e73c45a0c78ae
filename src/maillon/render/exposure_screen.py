"""An exposure as a person reads it on a terminal: numbers with bounds, how they were made, what cannot be told."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from maillon.explain.words import number
from maillon.facts.exposure import Bounds, Exposure, Start
from maillon.render.clock import offset, to_the_minute
from maillon.render.columns import table, width, wrapped
from maillon.render.safe import harmless, safe
from maillon.render.texts import field, spaced

_ACCOUNTS = 30
_ROUTES = 12
_TEXTS: dict[str, tuple[str, str]] = {
    "title": ("Exposition de l’incident {incident}", "Exposure of incident {incident}"),
    "period": ("du {since} au {until} ({offset})", "from {since} to {until} ({offset})"),
    "nothing": ("aucun accès n’est attribué à un voleur", "no access is attributed to a thief"),
    "patients": ("patients dont l’identité a été lue", "patients whose identity was read"),
    "accesses": ("fois où une identité a été montrée", "times an identity was shown"),
    "how": (
        "Au plus : {named} patients nommés, {listed} lignes de listes sans noms, {silent} que cachent des silences, "
        "{rejected} que cachent des lignes illisibles.",
        "At most: {named} named patients, {listed} rows of lists without names, {silent} hidden by silences, "
        "{rejected} hidden by unreadable lines.",
    ),
    "start": (
        "Début du vol : {likely} (entre {earliest} et {latest}, à 95 %).",
        "The theft began: {likely} (between {earliest} and {latest}, 95 %).",
    ),
    "exactly": ("Début du vol : {likely}.", "The theft began: {likely}."),
    "fields": ("Champs montrés, en patients", "Fields shown, in patients"),
    "accounts": ("Par compte", "By account"),
    "routes": ("Par page du service", "By page of the service"),
    "notes": ("Ce qu’il faut savoir", "What to know"),
    "columns": ("au moins / probable / au plus", "at least / likely / at most"),
    "listed": ("+ {rows} lignes de listes", "+ {rows} rows of lists"),
    "more": ("… et {count} autres : --json les donne tous", "… and {count} more: --json gives them all"),
}


def exposure_screen(exposure: Exposure, lang: str) -> str:
    """Return the exposure as plain text of at most 96 columns, in French or English."""
    return "\n".join(_lines(exposure, lang))


def _lines(exposure: Exposure, lang: str) -> Iterator[str]:
    title = _say("title", lang, incident=exposure.incident)
    yield title
    yield "─" * width(title)
    if not exposure.since:
        yield f"  {_say('nothing', lang)}"
        return
    zone = exposure.zone
    when = {name: to_the_minute(getattr(exposure, name), zone, lang) for name in ("since", "until")}
    yield f"  {_say('period', lang, **when, offset=offset(exposure.since, zone))}"
    yield f"  {_say('columns', lang)}"
    yield from table(
        [
            (_bounds(exposure.patients, lang), _say("patients", lang)),
            (_bounds(exposure.accesses, lang), _say("accesses", lang)),
        ],
        "><",
    )
    parts = {name: number(value, lang) for name, value in exposure.upper_parts.items()}
    yield wrapped(_say("how", lang, **parts))
    yield wrapped(_start(exposure.start, zone, lang))
    yield from _part("fields", lang, [(field(name, lang), _bounds(one, lang)) for name, one in exposure.fields.items()])
    yield from _part(
        "accounts",
        lang,
        [
            (safe(one.account, 40), _bounds(one.patients, lang), _listed(one.listed, lang))
            for one in exposure.accounts
            if one.patients.upper or one.listed
        ],
        _ACCOUNTS,
    )
    yield from _part(
        "routes",
        lang,
        [
            (safe(one.route or "?", 48), _bounds(one.patients, lang), _listed(one.listed, lang))
            for one in exposure.routes
        ],
        _ROUTES,
    )
    if exposure.notes:
        yield f"\n  {_say('notes', lang)}"
        for note in exposure.notes:
            yield wrapped(harmless(note.fr if lang == "fr" else note.en), "      ", "    • ")


def _part(title: str, lang: str, rows: Sequence[tuple[str, ...]], most: int = 99) -> Iterator[str]:
    if rows:
        yield f"\n  {_say(title, lang)}"
        yield from table(rows[:most], "<" + ">" * (len(rows[0]) - 1), "    ")
        if rows[most:]:
            yield f"    {_say('more', lang, count=len(rows) - most)}"


def _start(start: Start, zone: int, lang: str) -> str:
    told = {name: to_the_minute(getattr(start, name), zone, lang) for name in ("earliest", "likely", "latest")}
    return _say("exactly" if told["earliest"] == told["latest"] else "start", lang, **told)


def _bounds(bounds: Bounds, lang: str) -> str:
    return " / ".join(number(value, lang) for value in (bounds.lower, bounds.likely, bounds.upper))


def _listed(rows: int, lang: str) -> str:
    return _say("listed", lang, rows=number(rows, lang)) if rows else ""


def _say(code: str, lang: str, **values: object) -> str:
    text = spaced(_TEXTS[code][0]) if lang == "fr" else _TEXTS[code][1]
    return text.format(**values)
