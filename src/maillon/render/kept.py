"""What an erasure did, as the operator reads it."""

from __future__ import annotations

from collections.abc import Sequence

from maillon.explain.words import number
from maillon.facts.retention import Gone

_FR = {
    "nothing": "rien n’est échu : les accès sont gardés depuis le {oldest}",
    "would": "serait effacé (rien ne l’est) :",
    "days": "{count} jours d’accès, avant le {oldest}",
    "events": "{count} accès effacés",
    "entries": "{count} entrées du registre ne disent plus rien ; leur place dans la chaîne reste",
    "names": "{count} noms lisibles que plus rien ne nomme",
    "merged": "{count} fichiers réunis par jour",
    "incidents": "les chiffres de {names} restent au registre ; leurs accès commencent à partir",
    "untidy": (
        "un autre processus lit le registre : des pages libres de son fichier gardent encore ce qui est effacé ; la "
        "prochaine ouverture de l’état les récrit"
    ),
}
_FORGOTTEN_FR = {
    "account": "{count} accès du compte effacés",
    "patient": "{count} accès à ces personnes ne les nomment plus",
    "entries": "{count} entrées du registre ne disent plus rien ; leur place dans la chaîne reste",
    "shared": "{count} entrées du registre parlent aussi d’autres comptes : elles restent",
    "incidents": "des pièces de {names} en faisaient partie",
    "kept": "restent : qui a effacé, quand et pourquoi, sans dire qui l’a été. À détruire par vous : les sauvegardes",
}
_EN = {
    "nothing": "nothing is due: accesses are kept since {oldest}",
    "would": "would go (nothing does):",
    "days": "{count} days of accesses, before {oldest}",
    "events": "{count} accesses erased",
    "entries": "{count} entries of the ledger say nothing any more; their place in the chain stays",
    "names": "{count} readable names that nothing names any more",
    "merged": "{count} files merged by day",
    "incidents": "the numbers of {names} stay in the ledger; their accesses begin to go",
    "untidy": (
        "another process reads the ledger: free pages of its file still hold what was erased; the next opening of the "
        "state writes them anew"
    ),
}


_FORGOTTEN_EN = {
    "account": "{count} accesses of the account erased",
    "patient": "{count} accesses to these persons name them no more",
    "entries": "{count} entries of the ledger say nothing any more; their place in the chain stays",
    "shared": "{count} entries of the ledger speak of other accounts too: they stay",
    "incidents": "evidence of {names} was among it",
    "kept": "what stays: who forgot, when and why, not whom. Yours to destroy: backups",
}


def forgotten_words(
    lang: str, *, account: bool, events: int, entries: int, shared: int, incidents: Sequence[str], tidied: bool
) -> str:
    """Return what was forgotten of one person, and what stays: one line each."""
    texts = _FORGOTTEN_FR if lang == "fr" else _FORGOTTEN_EN
    counts = {"account" if account else "patient": events, "entries": entries, "shared": shared}
    lines = [texts[what].format(count=number(count, lang)) for what, count in counts.items() if count]
    if incidents:
        lines.append(texts["incidents"].format(names=", ".join(incidents)))
    untidy = [] if tidied else [(_FR if lang == "fr" else _EN)["untidy"]]
    return "\n".join([*lines, *untidy, texts["kept"]])


def retention_words(gone: Gone, lang: str, *, dry_run: bool) -> str:
    """Return what a retention erased, or would erase: one line each."""
    texts = _FR if lang == "fr" else _EN
    counts = {
        "days": len(gone.days),
        "events": gone.events,
        "entries": gone.entries,
        "names": gone.names,
        "merged": gone.merged,
    }
    lines = [
        texts[what].format(count=number(count, lang), oldest=gone.oldest) for what, count in counts.items() if count
    ]
    if gone.incidents:
        lines.append(texts["incidents"].format(names=", ".join(gone.incidents)))
    if not gone.tidied:
        lines.append(texts["untidy"])
    if not lines:
        return texts["nothing"].format(oldest=gone.oldest)
    return "\n".join([texts["would"], *lines] if dry_run else lines)
