"""What an erasure did, as the operator reads it."""

from __future__ import annotations

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
