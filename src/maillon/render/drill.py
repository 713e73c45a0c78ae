"""A drill on a screen and as JSON: for each stolen account, when each rung came and what had been seen by then."""

from __future__ import annotations

from collections.abc import Iterator

from maillon.explain.words import duration, number
from maillon.facts.drill import Drill, Stolen, Stop
from maillon.render.clock import rfc3339, to_the_minute
from maillon.render.columns import table, wrapped
from maillon.render.json_lines import decision_object, line
from maillon.render.safe import safe
from maillon.render.story import colon, named, semicolon
from maillon.render.texts import say

_TEXTS = {
    "title": ("Exercice « {attack} » (graine {seed}) : {does}", "Drill {attack} (seed {seed}): {does}"),
    "copy": (
        "Le voleur n’existe que dans une copie de vos journaux, en mémoire. Rien n’a été écrit ni décidé.",
        "The thief exists only in a copy of your logs, in memory. Nothing was written nor decided.",
    ),
    "account": (
        "{account}, volé le {since}, utilisé jusqu’au {until} : {patients} dossiers lus si rien ne l’arrête",
        "{account}, stolen on {since}, used until {until}: {patients} records read if nothing stops it",
    ),
    "listed": ("{text}, {listed} lignes de listes", "{text}, {listed} rows of lists"),
    "before": (
        "Maillon avait déjà décidé quelque chose sur ce compte avant le vol ({count} fois).",
        "Maillon had decided something about this account before the theft ({count} times).",
    ),
    "rung": ("échelon", "rung"),
    "when": ("quand", "when"),
    "after": ("après", "after"),
    "lost": ("dossiers lus", "records read"),
    "rows": ("lignes listées", "rows listed"),
    "never": ("jamais", "never"),
    "why": ("Pourquoi", "Why"),
    "drawn_in": (
        "Comptes honnêtes touchés parce que le voleur était là",
        "Honest accounts decided about because the thief was there",
    ),
    "short": (
        "Un exercice ne vaut que pour ce voleur, ce compte et ces jours : changez la graine pour en jouer d’autres.",
        "A drill speaks for this thief, this account and these days: change the seed to play others.",
    ),
}
_RUNGS = ("step_up", "pace", "contain")


def drill_screen(drill: Drill, lang: str) -> str:
    """Return a drill as plain text of at most 96 columns."""
    does = drill.does[0 if lang == "fr" else 1]
    title = _say("title", lang, attack=drill.attack, seed=drill.seed, does=does)
    blocks = [wrapped(title, ""), *(_account(one, lang) for one in drill.stolen)]
    if drill.drawn_in:
        blocks.append(wrapped(f"{_say('drawn_in', lang)}{colon(lang)} {', '.join(map(safe, drill.drawn_in))}", ""))
    blocks += [wrapped(_say("copy", lang), "") + "\n" + wrapped(_say("short", lang), "")]
    return "\n\n".join(blocks)


def _account(one: Stolen, lang: str) -> str:
    since, until = (to_the_minute(at, one.zone, lang) for at in (one.since, one.until))
    patients = number(one.patients, lang)
    text = _say("account", lang, account=safe(one.account), since=since, until=until, patients=patients)
    if one.listed:
        text = _say("listed", lang, text=text, listed=number(one.listed, lang))
    lines = [wrapped(text, "  ", first="")]
    if one.before:
        lines.append(wrapped(_say("before", lang, count=one.before)))
    heads = ["rung", "when", "after", "lost", *(["rows"] if one.listed else [])]
    rows = [[_say(head, lang) for head in heads]]
    reached = {stop.rung: stop for stop in one.stops}
    rows += [_row(rung, reached.get(rung), one, lang) for rung in _RUNGS]
    lines += table(rows, "<<>>>"[: len(heads)])
    lines += _why(one, lang)
    return "\n".join(lines)


def _row(rung: str, stop: Stop | None, one: Stolen, lang: str) -> list[str]:
    if stop is None:
        cells = [say(rung, lang), _say("never", lang), "", number(one.patients, lang), number(one.listed, lang)]
    else:
        at = stop.decision.at
        cells = [
            say(rung, lang),
            to_the_minute(at, stop.decision.zone, lang),
            duration(at - one.since, lang),
            number(stop.patients, lang),
            number(stop.listed, lang),
        ]
    return cells if one.listed else cells[:-1]


def _why(one: Stolen, lang: str) -> Iterator[str]:
    """Yield the reasons of each decision, once where it stands for several rungs."""
    told: set[str] = set()
    for stop in one.stops:
        if stop.decision.id in told:
            continue
        told.add(stop.decision.id)
        reasons = semicolon(lang).join(named(reason.fr, reason.en, lang) for reason in stop.decision.reasons)
        head = f"{_say('why', lang)}, {say(stop.decision.action, lang)}{colon(lang)}"
        yield wrapped(f"{head} {reasons}", "      ", "    ")


def drill_lines(drill: Drill) -> Iterator[str]:
    """Yield one JSON object for each stolen account."""
    for one in drill.stolen:
        yield line(
            {
                "kind": "drill",
                "attack": drill.attack,
                "seed": drill.seed,
                "account": one.account,
                "since": rfc3339(one.since, one.zone),
                "until": rfc3339(one.until, one.zone),
                "patients": one.patients,
                "listed": one.listed,
                "decisions_before": one.before,
                "rungs": {rung: _stop(rung, one) for rung in _RUNGS},
                "drawn_in": list(drill.drawn_in),
            }
        )


def _stop(rung: str, one: Stolen) -> dict[str, object] | None:
    stop = next((each for each in one.stops if each.rung == rung), None)
    if stop is None:
        return None
    told = decision_object(stop.decision)
    kept = {name: told[name] for name in ("at", "action", "reasons", "calibration", "evidence")}
    return kept | {"patients": stop.patients, "listed": stop.listed}


def _say(code: str, lang: str, **values: object) -> str:
    return _TEXTS[code][0 if lang == "fr" else 1].format(**values)
