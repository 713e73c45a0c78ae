"""What is in force, and what became of a person's word, as sentences and as JSON."""

from __future__ import annotations

from collections.abc import Sequence

from maillon.decide.break_glass import abused, to_review
from maillon.decide.in_force import InForce
from maillon.facts.break_glass import REASONS, BreakGlass
from maillon.facts.hand import HandOrder
from maillon.facts.order import Order
from maillon.facts.verdict import Verdict
from maillon.render.clock import rfc3339, to_the_minute
from maillon.render.json_lines import line
from maillon.render.safe import safe

_ACTIONS = {
    "observe": ("signalé", "reported"),
    "step_up": ("connexion renforcée demandée", "asked for a stronger log-in"),
    "pace": ("ralenti : les nouveaux patients un à un, exports fermés", "slowed: new patients one by one, no exports"),
    "end_sessions": ("sessions terminées, bloqué au proxy", "sessions ended, blocked at the proxy"),
    "suspend": ("suspendu au fournisseur d’identité", "suspended at the identity provider"),
}
_TEXTS = {
    "title": ("En vigueur", "In force"),
    "nothing": ("rien n’est en vigueur pour {account}", "nothing is in force about {account}"),
    "until": ("jusqu’au {until}", "until {until}"),
    "open_end": ("jusqu’à une levée", "until a release"),
    "by": ("par {who} : {why}", "by {who}: {why}"),
    "handed": (
        "remis à maillon serve, qui tient cet état et l’applique",
        "handed to the process that holds this state, which will act on it",
    ),
    "recorded": ("consigné dans le registre", "recorded in the ledger"),
    "no_guard": (
        "aucun maillon serve ne tient cet état : rien n’est bloqué tant qu’il ne tourne pas",
        "no maillon serve holds this state: nothing is blocked until one runs",
    ),
    "dry_run": (
        "à blanc : rien n’est fait tant que [response] enforce = true n’est pas écrit",
        "a dry run: nothing is done until [response] enforce = true is written",
    ),
    "second": (
        "il faut une deuxième personne : la même commande par quelqu’un d’autre ({patients} patients)",
        "it needs a second person: the same command by somebody else ({patients} patients)",
    ),
    "suspend_second": (
        "bloqué ; pour suspendre, il faut une deuxième personne : la même commande par quelqu’un d’autre",
        "blocked; to suspend, a second person is needed: the same command by somebody else",
    ),
    "legitimate": (
        "légitime : ce qui était ordonné est levé, la même preuve de la même origine est retenue jusqu’au {until}",
        "legitimate: what was ordered is lifted, the same evidence from the same origin is held back until {until}",
    ),
    "theft": (
        "vol : ce qui est en vigueur ne s’éteint plus de lui-même",
        "theft: what is in force no longer lapses",
    ),
    "no_passage": ("aucun accès d’urgence", "no emergency passage"),
    "passage": (
        "{id}  {at}  {account} : {reason} ; {patients} patients ouverts, {searches} recherches",
        "{id}  {at}  {account}: {reason}; {patients} patients opened, {searches} searches",
    ),
    "beyond": (
        "au-delà de ses limites : {patients} patients, {exports} exports tentés",
        "beyond its limits: {patients} patients, {exports} exports tried",
    ),
    "review": ("à revoir", "to be reviewed"),
    "reviews": ("{count} accès d’urgence à revoir", "{count} emergency passages to be reviewed"),
    "justified": ("justifié selon {who}", "justified, says {who}"),
    "abuse": ("abus selon {who}", "abuse, says {who}"),
    "allowed": ("ouvert par {who}", "allowed by {who}"),
}


def _say(code: str, lang: str, **values: object) -> str:
    return _TEXTS[code][lang == "en"].format(**values)


def ordered(word: HandOrder, in_force: InForce | None, at: int, lang: str) -> str:
    """Return what became of an order by hand; `in_force` None = the process that holds the state takes it in."""
    if in_force is None:
        return handed(lang, taken=False)
    standing = in_force.standing(word.account_hash, at)
    lines = [order_line(one, 0, lang) for one in standing]
    if not lines:
        lines = [_say("nothing", lang, account=safe(word.account))]
    elif word.action == "suspend" and not any(one.action == "suspend" for one in standing):
        lines.append(_say("suspend_second", lang))
    if standing:
        lines.append(_say("no_guard" if in_force.policy.enforce else "dry_run", lang))
    return "\n".join([handed(lang, taken=True), *lines])


def told(word: Verdict, in_force: InForce | None, lang: str) -> str:
    """Return what a verdict does; `in_force` None = the process that holds the state takes it in."""
    if in_force is None:
        return handed(lang, taken=False)
    admitted = next(one for one in in_force.verdicts() if one.id == word.id)
    counts = word.word == "theft" or in_force.agreed(admitted)
    until = to_the_minute(admitted.until, 0, lang)
    text = _say(word.word, lang, until=until) if counts else _say("second", lang, patients=word.patients)
    return f"{handed(lang, taken=True)}\n{text}"


def handed(lang: str, *, taken: bool) -> str:
    """Say whether a word stands in the ledger or waits for the process that holds the state."""
    return _say("recorded" if taken else "handed", lang)


def order_line(order: Order, zone: int, lang: str) -> str:
    """Return one order in force as a line."""
    end = _say("until", lang, until=to_the_minute(order.until, zone, lang)) if order.until else _say("open_end", lang)
    parts = [f"{safe(order.account)}  {_ACTIONS[order.action][lang == 'en']}", end]
    if order.why:
        parts.append(_say("by", lang, who=safe(order.who), why=safe(order.why, 200)))
    return ", ".join(parts)


def in_force_lines(in_force: InForce, at: int, zone: int, lang: str) -> str:
    """Return what is in force at `at`, gravest order of each account first, and how many passages wait; "" if none."""
    lines = [order_line(one, zone, lang) for one in _gravest(in_force.everywhere(at))]
    if waiting := len(to_review(in_force)):
        lines.append(_say("reviews", lang, count=waiting))
    return "\n".join([_say("title", lang), *(f"  {one}" for one in lines)]) if lines else ""


def in_force_json(in_force: InForce, at: int, zone: int) -> list[str]:
    """Return every order in force at `at` as a line of JSON."""
    return [
        line(
            {
                "kind": "in_force",
                "order": one.id,
                "at": rfc3339(one.at, zone),
                "account": one.account,
                "action": one.action,
                "until": rfc3339(one.until, zone) if one.until else None,
                "incident": one.incident,
                "who": one.who,
                "why": one.why,
                "alarm": one.alarm,
            }
        )
        for one in in_force.everywhere(at)
    ]


def passages(in_force: InForce, lang: str) -> str:
    """Return the emergency passages, the oldest first, one a line."""
    lines = [_passage(glass, in_force, lang) for glass in in_force.glasses()]
    return "\n".join(lines) or _say("no_passage", lang)


def _passage(glass: BreakGlass, in_force: InForce, lang: str) -> str:
    opened = in_force.opened(glass)
    patients = len({one.patient for one in opened if one.patient})
    parts = [
        _say(
            "passage",
            lang,
            id=glass.id,
            at=to_the_minute(glass.at, 0, lang),
            account=safe(glass.account),
            reason=REASONS[glass.reason][lang == "en"],
            patients=patients,
            searches=sum(not one.patient for one in opened),
        )
    ]
    if glass.person:
        parts.append(_say("allowed", lang, who=safe(glass.person)))
    beyond, exports = abused(glass, in_force)
    if beyond or exports:
        parts.append(_say("beyond", lang, patients=beyond, exports=exports))
    said = in_force.reviews(glass)
    parts.append(_say(said[-1].word, lang, who=safe(said[-1].who)) if said else _say("review", lang))
    return " · ".join(parts)


def _gravest(orders: Sequence[Order]) -> list[Order]:
    ranks = list(_ACTIONS)
    best: dict[int, Order] = {}
    for order in orders:
        held = best.get(order.account_hash)
        if held is None or ranks.index(order.action) >= ranks.index(held.action):
            best[order.account_hash] = order
    return list(best.values())
