"""What screens and reports say, in French and English side by side."""

from __future__ import annotations

TEXTS: dict[str, tuple[str, str]] = {
    "title": ("Maillon : ce que disent les journaux", "Maillon: what the logs say"),
    "first": ("À faire d’abord", "To do first"),
    "read": ("Ce qui a été lu", "What was read"),
    "records": ("lignes", "lines"),
    "parsed": ("lues", "parsed"),
    "ignored": ("ignorées", "ignored"),
    "rejected": ("rejetées", "rejected"),
    "duplicates": ("déjà lues", "duplicates"),
    "late": ("en retard", "late"),
    "incidents": ("Incidents, du plus grave au moins grave", "Incidents, gravest first"),
    "incident": ("Incident", "Incident"),
    "nothing": ("Rien d’anormal n’a été trouvé.", "Nothing unusual was found."),
    "since": ("depuis", "since"),
    "until": ("jusqu’à", "until"),
    "accounts": ("comptes", "accounts"),
    "account": ("compte", "account"),
    "identities": ("Identités de patients lues", "Patients’ identities read"),
    "in_all": ("en tout", "in all"),
    "between": ("entre {lower} et {upper}", "between {lower} and {upper}"),
    "before": ("avant que Maillon ne contienne", "before Maillon would have contained"),
    "before_step_up": ("avant la connexion renforcée", "before a stronger log-in was asked"),
    "rule": ("règle", "rule"),
    "stopped": ("comptes arrêtés", "accounts stopped"),
    "honest": ("comptes honnêtes arrêtés", "honest accounts stopped"),
    "asked": ("Connexion renforcée demandée, sans plus", "Only asked for a stronger log-in"),
    "fields": ("Champs montrés", "Fields shown"),
    "from": ("depuis le réseau", "from network"),
    "why": ("Pourquoi", "Why"),
    "truth": ("La vérité de cette région inventée", "The truth of this invented region"),
    "borrowed": (
        "seuil emprunté à la référence de Maillon, faute d’historique propre",
        "threshold borrowed from Maillon’s reference, for want of own history",
    ),
    "contain": ("contenu", "contained"),
    "pace": ("ralenti", "paced"),
    "step_up": ("connexion renforcée", "stronger log-in"),
    "observe": ("observé", "observed"),
    "never": ("jamais contenu", "never contained"),
    "patients": ("patients", "patients"),
    "usual": ("son habitude", "its own past"),
    "peers": ("ses pairs", "its peers"),
    "new": ("jamais vus auparavant", "never seen before"),
    "day": ("jour", "day"),
    "events": ("événements", "events"),
    "seen": ("déjà vus", "seen before"),
    "truth_line": (
        "{stolen} comptes volés, dont {found} dans le premier incident ; {patients} patients lus par le voleur ; "
        "comptes honnêtes contenus : {honest}",
        "{stolen} accounts stolen, {found} of them in the first incident; {patients} patients read by the thief; "
        "honest accounts contained: {honest}",
    ),
    "how_to_read": (
        "Chaque barre est un jour : patients distincts lus par le compte. Le trait plein est la médiane de ses propres "
        "jours d’avant, le trait pointillé celle des comptes actifs ce jour-là. Un compte volé quitte les deux.",
        "Each bar is a day: distinct patients read by the account. The solid line is the median of its own days "
        "before, the dashed one that of the accounts active that day. A stolen account leaves both.",
    ),
    "picture": ("Identités lues par des comptes volés", "Identities read through stolen accounts"),
    "picture_line": (
        "{accounts} comptes, {patients} patients ; {before} lus avant que Maillon ne contienne les comptes",
        "{accounts} accounts, {patients} patients; {before} read before Maillon would have contained the accounts",
    ),
    "picture_before": ("avant que Maillon n’agisse", "before Maillon would have acted"),
    "picture_after": ("après : ce qui n’aurait pas été lu", "after: what would not have been read"),
    "family_name": ("nom de famille", "family name"),
    "given_name": ("prénom", "given name"),
    "birth_date": ("date de naissance", "birth date"),
    "age": ("âge", "age"),
    "sex": ("sexe", "sex"),
    "phone": ("téléphone", "phone"),
    "email": ("courriel", "e-mail"),
    "address": ("adresse", "address"),
    "nir": ("numéro de sécurité sociale (NIR)", "social-security number (NIR)"),
    "ins": ("identité nationale de santé (INS)", "national health identity (INS)"),
    "birth_place": ("lieu de naissance", "birth place"),
    "contact_person": ("personne à prévenir", "contact person"),
    "photo": ("photo", "photo"),
    "medical": ("données médicales", "medical data"),
}


def say(code: str, lang: str) -> str:
    """Return a text in `lang` ("fr" or "en")."""
    return TEXTS[code][0 if lang == "fr" else 1]
