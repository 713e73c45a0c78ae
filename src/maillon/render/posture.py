"""The posture on a screen and as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from maillon.ahead.posture import SMALLEST, size_class
from maillon.explain.words import number, percent
from maillon.facts.posture import Kept, Month, Posture
from maillon.render.clock import rfc3339, to_the_minute
from maillon.render.columns import table, wrapped
from maillon.render.json_lines import line
from maillon.render.safe import safe
from maillon.render.texts import say as text_of

TEXTS = {
    "title": ("Comment les comptes sont tenus, au {at}", "How accounts are kept, as of {at}"),
    "group": ("établissement", "establishment"),
    "network": ("réseau d’attache", "home network"),
    "region": ("région", "region"),
    "none": ("(aucun)", "(none)"),
    "others": ("{count} petits ensemble", "{count} small ones together"),
    "accounts": ("comptes", "accounts"),
    "strong": ("forte", "strong"),
    "dormant": ("inutil.", "dormant"),
    "unused": ("depuis", "since"),
    "shared": ("partag.", "shared"),
    "old": ("périmés", "old"),
    "exposed": ("exposées", "exposed"),
    "unknown": ("inconnue", "unknown"),
    "month": ("mois", "month"),
    "active": ("actifs", "active"),
    "exporting": ("exports", "exports"),
    "partial": ("* mois incomplet", "* month not whole"),
    "days": ("{days} j", "{days} d"),
    "notes": (
        "forte : dernière connexion renforcée, là où un journal dit sa force. inutil. : trente jours sans usage, et "
        "depuis combien de jours (médiane) : un départ reste ouvert au moins aussi longtemps. périmés : logiciels sans "
        "mises à jour. exposées : identités qu’un vol coûterait en moyenne avant que le compte ne soit contenu.",
        "strong: last log-in a strong one, where a log tells. dormant: thirty days without use, and for how many days "
        "(median): a leaver’s account stays open for as long at least. old: clients without updates. exposed: "
        "identities that one theft would cost on average until the account is contained.",
    ),
    "page_title": ("Comment les comptes sont tenus", "How accounts are kept"),
    "months": ("Mois par mois", "Month by month"),
    "by_group": ("Par établissement", "By establishment"),
}
_LENGTH = 24
_SHOWN = 20


def say(code: str, lang: str, **values: object) -> str:
    """Return one text of this module."""
    return TEXTS[code][0 if lang == "fr" else 1].format(**values)


def posture_screen(found: Posture, lang: str) -> str:
    """Return the posture as plain text of at most 96 columns."""
    title = say("title", lang, at=to_the_minute(found.at, found.zone, lang))
    blocks = ["\n".join([wrapped(title, ""), "", *table(group_rows(found, lang)[: _SHOWN + 2], "<>>>>>>>")])]
    if len(found.groups) > _SHOWN:
        blocks[0] += f"\n  {text_of('more_in_report', lang, count=len(found.groups) - _SHOWN)}"
    if found.months:
        lines = table(month_rows(found.months, lang), "<>>>>>>")
        blocks.append("\n".join([*lines, *([f"  {say('partial', lang)}"] if _any_partial(found) else [])]))
    return "\n\n".join([*blocks, wrapped(say("notes", lang), "")])


def group_rows(found: Posture, lang: str) -> list[list[str]]:
    """Return the table of establishments with its heading, the region first."""
    head = say("group" if found.directory else "network", lang)
    rows = [
        [head, *(say(code, lang) for code in ("accounts", "strong", "dormant", "unused", "shared", "old", "exposed"))]
    ]
    rows += [[_name(one, lang), *_cells(one, lang)] for one in (found.region, *found.groups)]
    rows[1][0] = say("region", lang)
    return rows


def month_rows(months: tuple[Month, ...], lang: str) -> list[list[str]]:
    """Return the table of months with its heading."""
    rows = [[say(code, lang) for code in ("month", "active", "strong", "dormant", "shared", "old", "exporting")]]
    for one in months:
        strong = percent(one.logins_strong, one.logins_known, lang) if one.logins_known else say("unknown", lang)
        counts = (one.dormant, one.shared, one.old_clients, one.exporting)
        mark = "" if one.whole else " *"
        rows.append(
            [f"{one.month}{mark}", number(one.active, lang), strong, *(number(count, lang) for count in counts)]
        )
    return rows


def posture_lines(found: Posture) -> Iterator[str]:
    """Yield the region, then its establishments by name, then its months: for those who run the region."""
    at = rfc3339(found.at, found.zone)
    yield line({"kind": "posture", "scope": "region", "at": at} | _shares(found.region) | _counts(found.region))
    for one in found.groups:
        body = {"kind": "posture", "scope": "establishment", "name": one.name, "at": at}
        yield line(body | _shares(one) | _counts(one))
    for month in found.months:
        yield line(_month(month) | {"active": month.active})


def lines_for_others(found: Posture) -> Iterator[str]:
    """Yield what leaves the region, from `for_others`: no name, shares in whole per cents, sizes in classes."""
    day = rfc3339(found.at, found.zone)[:10]
    for scope, one in (("region", found.region), *(("group", one) for one in found.groups)):
        if one.accounts < SMALLEST:
            continue
        shares = {name: value if value is None else round(value, 2) for name, value in _shares(one).items()}
        size = {"size": size_class(one.accounts), "merged": one.merged}
        yield line({"kind": "posture", "scope": scope, "at": day} | size | shares)
    for month in found.months:
        if month.active >= SMALLEST:
            yield line({name: round(v, 2) if isinstance(v, float) else v for name, v in _month(month).items()})


def _month(one: Month) -> dict[str, Any]:
    active = max(one.active, 1)
    return {
        "kind": "posture_month",
        "month": one.month,
        "whole": one.whole,
        "strong": round(one.logins_strong / one.logins_known, 4) if one.logins_known else None,
        "strong_known": round(one.logins_known / active, 4),
        "dormant": round(one.dormant / (one.dormant + active), 4),
        "shared": round(one.shared / active, 4),
        "old_clients": round(one.old_clients / active, 4),
        "exporting": round(one.exporting / active, 4),
    }


def _shares(one: Kept) -> dict[str, Any]:
    """Return what can be compared between regions: shares of accounts, days, identities."""
    count, known = max(one.accounts, 1), one.strong + one.weak
    return {
        "strong": round(one.strong / known, 4) if known else None,
        "strong_known": round(known / count, 4),
        "dormant": round(one.dormant / count, 4),
        "unused_days": one.unused_days,
        "shared": round(one.shared / count, 4),
        "old_clients": round(one.old_clients / count, 4),
        "leaked": round(one.leaked / count, 4),
        "exporting": round(one.exporting / count, 4),
        "exposed": one.exposed,
        "exposed_until_step_up": one.exposed_asked,
    }


def _counts(one: Kept) -> dict[str, Any]:
    return {"accounts": one.accounts, "programs": one.programs}


def _name(one: Kept, lang: str) -> str:
    if one.merged:
        return say("others", lang, count=one.merged)
    return safe(one.name, _LENGTH) or say("none", lang)


def _cells(one: Kept, lang: str) -> list[str]:
    known = one.strong + one.weak
    return [
        number(one.accounts, lang),
        percent(one.strong, known, lang) if known else say("unknown", lang),
        percent(one.dormant, one.accounts, lang),
        "" if one.unused_days is None else say("days", lang, days=number(one.unused_days, lang)),
        percent(one.shared, one.accounts, lang),
        percent(one.old_clients, one.accounts, lang),
        number(one.exposed, lang),
    ]


def _any_partial(found: Posture) -> bool:
    return any(not one.whole for one in found.months)
