"""Leaks on a screen, as JSON, as rows of a table and as indicators; no secret comes here, only keyed digests."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from maillon.explain.leak import case_of, meaning, what_to_do
from maillon.explain.words import counted, number
from maillon.facts.leak import Leak, LeakCounts, Prior
from maillon.render.clock import rfc3339, to_the_minute
from maillon.render.columns import wrapped
from maillon.render.json_lines import line
from maillon.render.safe import safe
from maillon.render.texts import spaced

_TEXTS = {
    "title": ("Ce que des fuites disent de vos comptes", "What leaks tell of your accounts"),
    "none": ("Aucune fuite nouvelle ne nomme vos comptes.", "No new leak names your accounts."),
    "infected": ("volé le {at} (heure de l’appareil)", "stolen on {at} (clock of the device)"),
    "file": ("fichier du {at}", "file of {at}"),
    "no_date": ("sans date", "no date"),
    "doubt": (
        "La ligne se lit de plusieurs façons : à vérifier avant d’agir.",
        "The line can be read in several ways: check before acting.",
    ),
    "shared_device": (
        "Des formulaires de cet appareil nomment plusieurs personnes : demander laquelle s’en sert.",
        "Forms on this device name several people: ask which of them uses it.",
    ),
    "pwned": ("Mot de passe déjà vu {count} fois ailleurs.", "Password met {count} times elsewhere."),
    "nobody": ("personne inconnue", "unknown person"),
    "read": (
        "Lu : {files}, {members}, {lines}, {devices}.",
        "Read: {files}, {members}, {lines}, {devices}.",
    ),
    "repeated": ("Déjà dit auparavant : {count}.", "Told before: {count}."),
    "unknown": (
        "Accès à votre service sous un nom que la liste des comptes n’a pas : {count} (non conservés).",
        "Credentials of your service under a name that the accounts do not hold: {count} (not kept).",
    ),
    "priors": (
        "Désormais, pour {count}, ce que Maillon trouve pèse jusqu’à {times} fois plus, jusqu’au {until}.",
        "From now on what Maillon finds of {count} counts up to {times} times as much, until {until}.",
    ),
    "aside": ("Laissé de côté : {count} – {reason}", "Left aside: {count} – {reason}"),
    "secret": (
        "Aucun mot de passe ni cookie n’a été écrit ni affiché.",
        "No password and no cookie was written or shown.",
    ),
}
_THINGS = {
    "files": (("fichier", "fichiers"), ("file", "files")),
    "members": (("élément", "éléments"), ("member", "members")),
    "lines": (("ligne", "lignes"), ("line", "lines")),
    "devices": (("appareil", "appareils"), ("device", "devices")),
    "accounts": (("compte", "comptes"), ("account", "accounts")),
}
CSV = ("account", "nature", "case", "seen", "dated", "own_service", "host", "matched", "family", "cookies", "certain",
       "source", "digest", "what_to_do")  # fmt: skip


def leak_object(leak: Leak) -> dict[str, Any]:
    """Return one leak as others rely on it."""
    return {
        "kind": "leak",
        "account": leak.account,
        "source": leak.source,
        "nature": leak.nature,
        "seen": rfc3339(leak.seen, 0) if leak.seen else None,
        "dated": leak.dated,
        "case": case_of(leak),
        "matched": leak.matched,
        "own_service": leak.own_service,
        "host": leak.host,
        "family": leak.family,
        "cookies": leak.cookies,
        "certain": leak.certain,
        "pwned": leak.pwned if leak.pwned >= 0 else None,
        "digest": leak.digest,
        "meaning": dict(zip(("fr", "en"), meaning(leak), strict=True)),
        "what_to_do": dict(zip(("fr", "en"), what_to_do(leak), strict=True)),
    }


def leak_lines(leaks: Sequence[Leak]) -> Iterator[str]:
    """Yield one JSON object a leak."""
    yield from (line(leak_object(one)) for one in leaks)


def leak_rows(leaks: Sequence[Leak], lang: str) -> list[dict[str, str]]:
    """Return one row of texts a leak, with the columns CSV."""
    place = 0 if lang == "fr" else 1
    rows = []
    for one in leaks:
        told = {**leak_object(one), "what_to_do": what_to_do(one)[place]}
        rows.append({name: json.dumps(v) if isinstance(v := told[name], bool) else str(v or "") for name in CSV})
    return rows


def indicator_lines(leaks: Sequence[Leak], sources: dict[str, str]) -> Iterator[str]:
    """Yield what others may know: each source by its SHA-256, what it is and of how many accounts; nobody is named."""
    of = {name: [one for one in leaks if one.source.partition("!")[0] == name] for name in sources}
    for name, digest in sources.items():
        if not of[name]:
            continue
        moments = [one.seen for one in of[name] if one.seen]
        yield line(
            {
                "kind": "indicator",
                "type": "leak-source",
                "sha256": digest,
                "natures": dict(sorted(Counter(one.nature for one in of[name]).items())),
                "families": sorted({one.family for one in of[name] if one.family}),
                "accounts": len({one.account_hash for one in of[name] if one.account_hash}),
                "first": rfc3339(min(moments), 0) if moments else None,
                "last": rfc3339(max(moments), 0) if moments else None,
            }
        )


def leaks_screen(leaks: Sequence[Leak], counts: LeakCounts, lang: str, priors: Sequence[Prior] = ()) -> str:
    """Return leaks as plain text, those to act on first at the top. `priors` are those that scoring learnt of them."""
    blocks = [_say("title", lang)]
    blocks += [_leak(one, lang) for one in leaks] or [_say("none", lang)]
    if priors:
        times = number(10.0 ** max(one.decades for one in priors), lang)
        until = to_the_minute(max(one.until for one in priors), 0, lang)
        count = _things("accounts", len(priors), lang)
        blocks.append(wrapped(_say("priors", lang, count=count, times=times, until=until), ""))
    blocks.append(_counts(counts, lang))
    return "\n\n".join(blocks)


def _leak(leak: Leak, lang: str) -> str:
    place = 0 if lang == "fr" else 1
    when = _say("no_date", lang)
    if leak.seen:
        when = _say("infected" if leak.dated == "infection" else "file", lang, at=to_the_minute(leak.seen, 0, lang))
    where = ", ".join(filter(None, (safe(leak.source, 60), leak.family, when)))
    parts = [
        f"{safe(leak.account) or _say('nobody', lang)} – {where}",
        wrapped(_spaced(meaning(leak)[place], lang), "  "),
        wrapped("→ " + _spaced(what_to_do(leak)[place], lang), "    ", "  "),
    ]
    if not leak.certain and leak.account:
        parts.append(wrapped(_say("shared_device" if leak.matched == "device" else "doubt", lang), "  "))
    if leak.pwned > 0:
        parts.append(wrapped(_say("pwned", lang, count=number(leak.pwned, lang)), "  "))
    return "\n".join(parts)


def _counts(counts: LeakCounts, lang: str) -> str:
    read = {name: _things(name, getattr(counts, name), lang) for name in ("files", "members", "lines", "devices")}
    parts = [_say("read", lang, **read)]
    parts += [
        _say(name, lang, count=number(n, lang)) for name in ("repeated", "unknown") if (n := getattr(counts, name))
    ]
    parts += [
        _say("aside", lang, count=number(count, lang), reason=reason) for reason, count in sorted(counts.aside.items())
    ]
    return "\n".join(wrapped(one, "") for one in [*parts, _say("secret", lang)])


def _things(name: str, count: int, lang: str) -> str:
    one, many = _THINGS[name][lang != "fr"]
    return counted(count, one, many, lang)


def _say(code: str, lang: str, **values: str) -> str:
    fr, en = _TEXTS[code]
    return (spaced(fr) if lang == "fr" else en).format(**values)


def _spaced(text: str, lang: str) -> str:
    return spaced(text) if lang == "fr" else text
