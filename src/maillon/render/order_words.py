"""An order in plain words, for the people on call: what was done, why, and what they can do. French and English."""

from __future__ import annotations

from maillon.facts.order import Order
from maillon.render.clock import to_the_minute
from maillon.render.safe import harmless, safe

_LONGEST = 2_000
_WHAT = {
    "observe": ("Compte à regarder : {account}", "Account to look at: {account}"),
    "step_up": ("Connexion renforcée demandée : {account}", "Stronger log-in demanded: {account}"),
    "pace": ("Compte ralenti : {account}", "Account slowed down: {account}"),
    "end_sessions": (
        "Compte contenu, sessions fermées : {account}",
        "Account contained, sessions ended: {account}",
    ),
    "suspend": ("Compte suspendu : {account}", "Account suspended: {account}"),
    "release": ("Compte rouvert : {account}", "Account open again: {account}"),
}
_LINES = {
    "since": ("Depuis le {at} (UTC).", "Since {at} (UTC)."),
    "until": (
        "Jusqu’au {until} (UTC), sauf confirmation ou levée.",
        "Until {until} (UTC), unless confirmed or lifted.",
    ),
    "open": ("Jusqu’à ce qu’une personne le lève.", "Until somebody lifts it."),
    "who": ("Ordonné par {who} : {why}", "Ordered by {who}: {why}"),
    "machine": ("Décidé par Maillon d’après les accès.", "Decided by Maillon from the accesses."),
    "reasons": ("Pourquoi :", "Why:"),
    "remains": ("Ce qui reste ouvert à ce professionnel : {remains}", "What remains open to this carer: {remains}"),
    "alarm": (
        "ATTENTION : moins a été fait que ce que les faits demandaient. Quelqu’un doit regarder maintenant.",
        "ATTENTION: less was done than the facts asked for. Somebody must look now.",
    ),
    "look": ("Tout voir : maillon incident show {incident}", "See it all: maillon incident show {incident}"),
    "legitimate": (
        "C’était légitime ? maillon release {account} --why « … »",
        'It was legitimate? maillon release {account} --why "…"',
    ),
}


def subject(order: Order, lang: str) -> str:
    """Return one line, harmless in a mail's header."""
    alarm = "[!] " if order.alarm else ""
    return f"{alarm}Maillon: " + _said(_WHAT[order.action], lang, account=safe(order.account))


def body(order: Order, lang: str) -> str:
    """Return the whole message, without any patient's identifier."""
    lines = [_said(_WHAT[order.action], lang, account=safe(order.account)), ""]
    if order.alarm:
        lines += [_line("alarm", lang), ""]
    lines.append(_line("since", lang, at=to_the_minute(order.at, 0, lang)))
    if order.action not in ("observe", "release"):
        until = to_the_minute(order.until, 0, lang) if order.until else ""
        lines.append(_line("until", lang, until=until) if until else _line("open", lang))
    by_hand = order.who != "maillon"
    lines.append(_line("who", lang, who=safe(order.who), why=_words(order.why)) if by_hand else _line("machine", lang))
    if order.reasons:
        lines += ["", _line("reasons", lang)]
        lines += [f"- {_words(one.fr if lang == 'fr' else one.en)}" for one in order.reasons]
    passage = order.remains.fr if lang == "fr" else order.remains.en
    if passage:
        lines += ["", _line("remains", lang, remains=_words(passage))]
    if order.action != "release":
        lines += ["", *([_line("look", lang, incident=safe(order.incident))] if order.incident else [])]
        lines.append(_line("legitimate", lang, account=safe(order.account)))
    return "\n".join(lines) + "\n"


def _line(name: str, lang: str, **values: str) -> str:
    return _said(_LINES[name], lang, **values)


def _said(texts: tuple[str, str], lang: str, **values: str) -> str:
    return texts[0 if lang == "fr" else 1].format(**values)


def _words(text: str) -> str:
    return harmless(text)[:_LONGEST]
