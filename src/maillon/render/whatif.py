"""A what-if on a screen and as JSON: the budget and what came of it, whom it would have touched and why, the audit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from maillon.explain.words import number
from maillon.facts.decision import ACTIONS, Decision
from maillon.facts.whatif import WhatIf
from maillon.render.clock import day, rfc3339, short, to_the_minute
from maillon.render.columns import table, wrapped
from maillon.render.json_lines import decision_object, line
from maillon.render.safe import safe
from maillon.render.story import colon, named, semicolon
from maillon.render.texts import say

RUNGS = ("contain", "pace", "step_up")
_SHOWN = 20
_EPOCH = date(1970, 1, 1).toordinal()

_TEXTS = {
    "title": (
        "Avec un budget de {budget} contention à tort par mois et 40 000 comptes, du {since} au {until}",
        "With a budget of {budget} wrong containments a month per 40,000 accounts, from {since} to {until}",
    ),
    "size": (
        "{accounts} comptes actifs, {days} journées-comptes. Rien n’a été écrit ni décidé.",
        "{accounts} active accounts, {days} account-days. Nothing was written nor decided.",
    ),
    "rung": ("échelon", "rung"),
    "allowed": ("à tort, promis", "wrong, promised"),
    "accounts": ("comptes touchés", "accounts touched"),
    "before": ("tel quel", "as things are"),
    "touched": ("Comptes touchés, le plus grave d’abord", "Accounts touched, gravest first"),
    "nobody": ("Personne n’aurait été touché.", "Nobody would have been touched."),
    "more": ("… et {count} autres : --json les donne tous", "… and {count} more: --json gives them all"),
    "new": ("nouveau", "new"),
    "audit": (
        "Audit du budget, scellé le {day} : journées-comptes plus rares que p, promises · vues",
        "Audit of the budget, sealed on {day}: account-days rarer than p, promised · seen",
    ),
    "no_audit": (
        "Audit du budget : aucun ne tombe dans ces jours-là (il est scellé tous les 30 jours).",
        "Audit of the budget: none falls in this past (it is sealed every 30 days).",
    ),
    "kind": ("genre de preuve", "kind of evidence"),
    "divided": ("budget divisé par", "budget divided by"),
    "judge": (
        "Un compte touché n’est pas un compte touché à tort : regardez les raisons avant de compter.",
        "An account touched is not one touched wrongly: look at the reasons before you count.",
    ),
}
_KINDS = {
    "day": ("nouveaux patients du jour", "new patients of a day"),
    "burst": ("rafale", "burst"),
    "origin": ("connexion récente", "young connection"),
    "listed": ("lignes listées", "rows listed"),
    "strange": ("inconnus des collègues, session", "unknown to colleagues, session"),
    "window": ("inconnus des collègues, semaines", "unknown to colleagues, weeks"),
    "walk": ("identifiants dans l’ordre", "identifiers in order"),
    "replay": ("session venue d’ailleurs", "session from elsewhere"),
}


def whatif_screen(found: WhatIf, lang: str) -> str:
    """Return what a policy would have done as plain text of at most 96 columns."""
    since, until = (to_the_minute(at, found.zone, lang) for at in (found.since, found.until))
    budget = number(found.policy.contain, lang)
    size = _say("size", lang, accounts=number(found.accounts, lang), days=number(found.account_days, lang))
    blocks = [
        "\n".join([wrapped(_say("title", lang, budget=budget, since=since, until=until), ""), wrapped(size)]),
        "\n".join(table([_heads(lang), *(_rung(rung, found, lang) for rung in RUNGS)], "<>>>")),
        "\n".join(_touched(found, lang)),
        "\n".join(_audit(found, lang)),
        wrapped(_say("judge", lang), ""),
    ]
    return "\n\n".join(blocks)


def _heads(lang: str) -> list[str]:
    return [_say(code, lang) for code in ("rung", "allowed", "accounts", "before")]


def _rung(rung: str, found: WhatIf, lang: str) -> list[str]:
    return [
        say(rung, lang),
        _small(found.allowed(rung), lang),
        number(len(reached(rung, found.decisions)), lang),
        number(len(reached(rung, found.before)), lang),
    ]


def _small(value: float, lang: str) -> str:
    """Return a number that may be far below one, with two figures."""
    if value >= 10:
        return number(value, lang)
    text = f"{value:.2g}"
    return text.replace(".", ",") if lang == "fr" else text


def reached(rung: str, decisions: Sequence[Decision]) -> set[str]:
    """Return the accounts that came to a rung or above it."""
    return {one.account for one in decisions if ACTIONS.index(one.action) >= ACTIONS.index(rung)}


def _touched(found: WhatIf, lang: str) -> Iterator[str]:
    gravest: dict[str, Decision] = {}
    for one in found.decisions:
        held = gravest.get(one.account)
        if held is None or ACTIONS.index(one.action) > ACTIONS.index(held.action):
            gravest[one.account] = one
    if not gravest:
        yield _say("nobody", lang)
        return
    yield _say("touched", lang)
    ranked = sorted(gravest.values(), key=lambda one: (-ACTIONS.index(one.action), one.at, one.id))
    for one in ranked[:_SHOWN]:
        new = "" if one.account in reached(one.action, found.before) else f" ({_say('new', lang)})"
        reasons = semicolon(lang).join(named(reason.fr, reason.en, lang) for reason in one.reasons)
        head = f"{safe(one.account)}, {say(one.action, lang)}{new}, {short(one.at, one.zone, lang)}"
        yield wrapped(f"{head}{colon(lang)} {reasons}", "      ", "  ")
    if len(ranked) > _SHOWN:
        yield f"  {_say('more', lang, count=len(ranked) - _SHOWN)}"


def _audit(found: WhatIf, lang: str) -> Iterator[str]:
    kinds: dict[str, Any] = found.audit.get("kinds", {})
    if not kinds:
        yield _say("no_audit", lang)
        return
    sealed = date.fromordinal(_EPOCH + int(found.audit["day"])).isoformat()
    yield _say("audit", lang, day=day(sealed, lang))
    first = next(iter(kinds.values()))
    rows = [[_say("kind", lang), *(f"p = {p:.0e}" for p in first["p"]), _say("divided", lang)]]
    for name, one in kinds.items():
        pairs = zip(one["promised"], one["seen"], strict=True)
        cells = [f"{_small(promised, lang)} · {number(seen, lang)}" for promised, seen in pairs]
        word = _KINDS.get(name, (name, name))[0 if lang == "fr" else 1]
        rows.append([word, *cells, number(found.audit.get("divided", {}).get(name, 1.0), lang)])
    yield from table(rows, "<" + ">" * (len(rows[0]) - 1))


def whatif_lines(found: WhatIf) -> Iterator[str]:
    """Yield the decisions in order of time, then one object of kind `whatif`."""
    yield from (line(decision_object(one)) for one in found.decisions)
    rungs = {
        rung: {
            "budget": getattr(found.policy, rung),
            "promised": round(found.allowed(rung), 4),
            "accounts": sorted(reached(rung, found.decisions)),
            "as_is": sorted(reached(rung, found.before)),
        }
        for rung in RUNGS
    }
    yield line(
        {
            "kind": "whatif",
            "since": rfc3339(found.since, found.zone),
            "until": rfc3339(found.until, found.zone),
            "accounts": found.accounts,
            "account_days": found.account_days,
            "rungs": rungs,
            "audit": dict(found.audit) or None,
        }
    )


def _say(code: str, lang: str, **values: object) -> str:
    return _TEXTS[code][0 if lang == "fr" else 1].format(**values)
