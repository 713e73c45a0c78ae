"""The chain of an incident on a screen and as JSON: one line a link, in order of time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from maillon.explain.words import counted
from maillon.facts.chain import Chain, Step
from maillon.render.clock import rfc3339, short
from maillon.render.columns import wrapped
from maillon.render.json_lines import line
from maillon.render.safe import safe
from maillon.render.texts import say as text_of

TEXTS = {
    "title": ("La chaîne de l’incident {incident}", "The chain of incident {incident}"),
    "title_account": ("La chaîne de {account}", "The chain of {account}"),
    "leak_stealer": (
        "{account} : un appareil infecté{family} livre ses accès{host}",
        "{account}: an infected device{family} gives away its accesses{host}",
    ),
    "leak_ulp": ("{account} : son mot de passe est dans une fuite{host}", "{account}: its password is in a leak{host}"),
    "leak_combolist": (
        "{account} : un mot de passe de cette personne est dans une liste",
        "{account}: a password of this person is in a list",
    ),
    "went_there": ("{account} : est allé sur {name} ({via})", "{account}: went to {name} ({via})"),
    "perhaps_there": (
        "{account} : utilisait alors l’adresse qui est allée sur {name} ({via})",
        "{account}: was using the address that went to {name} ({via})",
    ),
    "login": ("{account} : première connexion depuis ({logins})", "{account}: first log-in since ({logins})"),
    "new_network": (
        "{account} : vient d’un réseau qu’il n’avait jamais utilisé ({networks} depuis)",
        "{account}: comes from a network that it had never used ({networks} since)",
    ),
    "read": ("{account} : première lecture depuis ({patients})", "{account}: first reading since ({patients})"),
    "decided": ("{account} : Maillon décide, {action}", "{account}: Maillon decides, {action}"),
    "more": ("… et {count} autres : --json les donne tous", "… and {count} more: --json gives them all"),
}
_NOUNS = {
    "logins": (("connexion en tout", "connexions en tout"), ("in all", "in all")),
    "networks": (("nouveau", "nouveaux"), ("new", "new")),
    "patients": (("patient en tout", "patients en tout"), ("patient in all", "patients in all")),
}
_MOST = 40


def chain_screen(chains: Sequence[Chain], lang: str) -> str:
    """Return chains as plain text of at most 96 columns."""
    return "\n\n".join("\n".join(_lines(one, lang)) for one in chains)


def chain_lines(chains: Sequence[Chain]) -> Iterator[str]:
    """Yield one JSON object for each chain."""
    for one in chains:
        yield line(
            {
                "kind": "chain",
                "incident": one.incident or None,
                "accounts": list(one.accounts),
                "steps": [
                    {"at": rfc3339(step.at, one.zone), "step": step.code, "account": step.account}
                    | _values(step, one.zone)
                    for step in one.steps
                ],
            }
        )


def sentence(step: Step, lang: str) -> str:
    """Return what a link says."""
    index = 0 if lang == "fr" else 1
    if step.code not in TEXTS:
        return TEXTS["decided"][index].format(account=safe(step.account, 32), action=text_of(step.code, lang))
    values: dict[str, str] = {"account": safe(step.account, 32)}
    for name, value in step.values.items():
        if name in _NOUNS and isinstance(value, int):
            values[name] = counted(value, *_NOUNS[name][index], lang)
        else:
            values[name] = safe(str(value), 64)
    for name, form in (("family", " ({})"), ("host", " ({})")):
        values[name] = form.format(values[name]) if values.get(name) else ""
    return TEXTS[step.code][index].format(**values)


def _lines(one: Chain, lang: str) -> Iterator[str]:
    index = 0 if lang == "fr" else 1
    if one.incident:
        yield TEXTS["title"][index].format(incident=one.incident)
    else:
        yield TEXTS["title_account"][index].format(account=safe(one.accounts[0]))
    for step in one.steps[:_MOST]:
        yield wrapped(sentence(step, lang), " " * 19, f"  {short(step.at, one.zone, lang):16} ")
    if len(one.steps) > _MOST:
        yield f"  {TEXTS['more'][index].format(count=len(one.steps) - _MOST)}"


def _values(step: Step, zone: int) -> dict[str, object]:
    return {name: rfc3339(int(value), zone) if name == "last" else value for name, value in step.values.items()}
