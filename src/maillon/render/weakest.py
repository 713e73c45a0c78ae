"""The weakest links on a screen and as JSON."""

from __future__ import annotations

from collections.abc import Iterator

from maillon.explain.words import counted, number, percent
from maillon.facts.weakest import Weak, Weakest
from maillon.render.clock import rfc3339, to_the_minute
from maillon.render.columns import table, wrapped
from maillon.render.json_lines import line
from maillon.render.safe import safe
from maillon.render.story import colon

TEXTS = {
    "title": (
        "Les maillons faibles : ce que coûterait le vol de chaque compte, au {at}",
        "The weakest links: what each account’s theft would cost, as of {at}",
    ),
    "account": ("compte", "account"),
    "lost": ("perdues", "lost"),
    "reach": ("à portée", "in reach"),
    "likely": ("vol", "theft"),
    "risk": ("risque", "risk"),
    "mend": ("réparer d’abord", "mend first"),
    "why": ("parce que", "because"),
    "leaked": ("dans une fuite", "in a leak"),
    "weak_login": ("connexion faible", "weak log-in"),
    "strong": ("connexion renforcée", "strong log-in"),
    "shared": ("partagé", "shared"),
    "dormant": ("inutilisé", "dormant"),
    "old_client": ("logiciel périmé", "old client"),
    "mend_close": ("fermer le compte", "close the account"),
    "mend_reset": ("nouveau mot de passe", "new password"),
    "mend_bind": ("n’accepter que ses adresses", "only its own addresses"),
    "mend_export_off": ("retirer l’export", "take export away"),
    "mend_client": ("logiciel à jour", "renew the client"),
    "mend_strong": ("connexion renforcée", "strong log-in"),
    "mend_own_accounts": ("un compte par personne", "an account for each person"),
    "notes": (
        "perdues : identités qu’un voleur lirait avant que Maillon ne contienne le compte (moyenne de voleurs joués "
        "dans son propre historique). vol : combien de fois un vol est plus probable que pour un compte ordinaire, un "
        "jugement et non une mesure. risque : leur produit.",
        "lost: identities that a thief would read before Maillon contains the account (mean over thieves played in its "
        "own history). theft: how much likelier one is than for an ordinary account, a judgement and no measurement. "
        "risk: their product.",
    ),
    "curve": (
        "Risque en tout : {total}. En réparant {few} : {left} ({share}).",
        "Risk in all: {total}. After mending {few}: {left} ({share}).",
    ),
    "unknown": (
        "Aucun journal ne dit la force de la connexion de {accounts} : voir docs/step-up.md.",
        "No log tells how strong the log-in of {accounts} is: see docs/step-up.md.",
    ),
    "asked": (
        "Si la connexion renforcée est exigée dès qu’elle est demandée, un vol coûte {asked} identités au lieu de "
        "{contained} en moyenne.",
        "Where a stronger log-in is enforced once it is asked for, a theft costs {asked} identities instead of "
        "{contained} on average.",
    ),
    "remaining": ("risque restant", "remaining risk"),
    "mended": ("comptes réparés", "accounts mended"),
}


def say(code: str, lang: str, **values: object) -> str:
    """Return one text of this module."""
    return TEXTS[code][0 if lang == "fr" else 1].format(**values)


def weakest_screen(found: Weakest, lang: str, top: int) -> str:
    """Return the `top` weakest accounts as plain text of at most 96 columns."""
    rows = [[say(code, lang) for code in ("account", "lost", "reach", "likely", "risk", "mend")]]
    rows += [cells(one, lang) for one in found.ranked[:top]]
    title = say("title", lang, at=to_the_minute(found.at, found.zone, lang))
    told = list(reasons_lines(found, lang, top))
    return "\n".join(
        [
            wrapped(title, ""),
            "",
            *table(rows, "<>>>><"),
            "",
            *(["  " + text for text in told] + [""] if told else []),
            *(wrapped(text, "") for text in (*summary(found, lang), say("notes", lang))),
        ]
    )


def reasons_lines(found: Weakest, lang: str, top: int) -> Iterator[str]:
    """Yield, for accounts that are likelier to be stolen than others, why."""
    for one in found.ranked[:top]:
        if one.reasons:
            yield f"{safe(one.trait.account, 32)}{colon(lang)} {why(one, lang)}"


def why(one: Weak, lang: str) -> str:
    """Return why an account's theft is likelier, or less likely, than another's."""
    return ", ".join(say(code, lang) for code in one.reasons)


def summary(found: Weakest, lang: str) -> Iterator[str]:
    """Yield what the curve says, what enforcing step-up would save, and what the logs do not tell."""
    total, count = found.curve[0][1], len(found.ranked)
    if not total:
        return
    step, left = next((point for point in found.curve if 10 * point[0] >= count), found.curve[-1])
    few = counted(step, *(("compte", "comptes") if lang == "fr" else ("account", "accounts")), lang)
    yield say(
        "curve", lang, total=_whole(total, lang), few=few, left=_whole(left, lang), share=percent(left, total, lang)
    )
    asked, contained = (
        _whole(sum(getattr(one.loss, name) for one in found.ranked) / count, lang) for name in ("asked", "contained")
    )
    yield say("asked", lang, asked=asked, contained=contained)
    unknown = sum(one.trait.strong is None for one in found.ranked)
    if unknown:
        accounts = counted(unknown, *(("compte", "comptes") if lang == "fr" else ("account", "accounts")), lang)
        yield say("unknown", lang, accounts=accounts)


def weakest_lines(found: Weakest, top: int) -> Iterator[str]:
    """Yield the curve, then one JSON object for each of the `top` weakest accounts."""
    at = rfc3339(found.at, found.zone)
    yield line(
        {
            "kind": "weakest",
            "at": at,
            "accounts": len(found.ranked),
            "curve": [{"mended": step, "identities": left} for step, left in found.curve],
        }
    )
    for rank, one in enumerate(found.ranked[:top], 1):
        yield line(
            {
                "kind": "weak_account",
                "rank": rank,
                "account": one.trait.account,
                "facility": one.trait.facility,
                "role": one.trait.role,
                "reach": one.loss.reach,
                "identities": {
                    "unstopped": round(one.loss.free, 1),
                    "until_containment": round(one.loss.contained, 1),
                    "until_step_up": round(one.loss.asked, 1),
                },
                "likelihood": round(one.likely, 3),
                "because": list(one.reasons),
                "strong_login": one.trait.strong,
                "risk": round(one.risk, 1),
                "mend": one.mend,
                "risk_after": round(one.after, 1),
            }
        )


def cells(one: Weak, lang: str) -> list[str]:
    """Return one account's row: name, lost, reach, likelihood, risk, mend."""
    likely = f"× {one.likely:.3g}"
    return [
        safe(one.trait.account, 32),
        _whole(one.loss.contained, lang),
        number(one.loss.reach, lang),
        likely.replace(".", ",") if lang == "fr" else likely,
        _whole(one.risk, lang),
        say(f"mend_{one.mend}", lang),
    ]


def _whole(value: float, lang: str) -> str:
    return number(round(value), lang)
