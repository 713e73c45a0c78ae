"""What screens and reports say, in French and English side by side. Reasons and advice carry their own sentences."""

from __future__ import annotations

TEXTS: dict[str, tuple[str, str]] = {
    "title": ("Maillon : ce que disent les journaux", "Maillon: what the logs say"),
    "report": ("Ce que disent les journaux", "What the logs say"),
    "footer": (
        "Fait par Maillon à partir des journaux seuls. Ce rapport nomme des comptes : ne le diffusez qu’à qui doit en "
        "juger. Il ne contient aucun identifiant de patient.",
        "Made by Maillon from the logs alone. This report names accounts: give it only to those who must judge it. It "
        "holds no patient’s identifier.",
    ),
    "period": ("{first} – {last} ({offset})", "{first} – {last} ({offset})"),
    "size": ("{accounts}, {events} accès lus", "{accounts}, {events} accesses read"),
    "contents": ("Sommaire", "Contents"),
    # What to do first
    "first": ("À faire d’abord, pour que Maillon voie mieux", "To do first, so that Maillon sees better"),
    "same_lines": ("(les mêmes lignes que ci-dessus)", "(the same lines as above)"),
    # Coverage
    "read": ("Ce qui a été lu", "What was read"),
    "read_note": (
        "Chaque ligne d’un journal est comptée une fois : lue, ignorée, rejetée ou déjà lue.",
        "Each line of a log counts once: parsed, ignored, rejected or a duplicate.",
    ),
    "source": ("journal", "source"),
    "records": ("lignes", "records"),
    "parsed": ("lues", "parsed"),
    "ignored": ("ignorées", "ignored"),
    "rejected": ("rejetées", "rejected"),
    "duplicates": ("déjà lues", "duplicates"),
    "late": ("en retard", "late"),
    "adopted": ("profil renouvelé depuis {since}", "better profile since {since}"),
    "silent": ("silencieux depuis {since}", "silent since {since}"),
    "unusual": ("part inhabituelle", "unusual share"),
    "static": ("fichiers statiques", "static files"),
    "health": ("tests de disponibilité", "health checks"),
    "robot": ("robots", "robots"),
    "preflight": ("pré-requêtes", "preflights"),
    "blank": ("lignes vides", "blank lines"),
    "no request": ("sans requête", "no request"),
    "other host": ("autre hôte", "other host"),
    # Incidents
    "incidents": ("Incidents, du plus grave au moins grave", "Incidents, gravest first"),
    "incident": ("Incident {id} : {accounts}, {action}", "Incident {id}: {accounts}, {action}"),
    "incident_short": ("Incident {id}", "Incident {id}"),
    "joined": ("Ce qui réunit ces comptes", "What joins these accounts"),
    "by_joint": (
        "Rattaché aux autres par ce qui les réunit, dit plus haut.",
        "Joined to the others by what they share, said above.",
    ),
    "absorbs": ("réunit aussi {ids}", "also holds {ids}"),
    "observe": ("observé", "observed"),
    "step_up": ("connexion renforcée", "stronger log-in"),
    "pace": ("ralenti", "slowed down"),
    "contain": ("contenu", "contained"),
    "many_observe": ("observés", "observed"),
    "many_step_up": ("connexion renforcée", "stronger log-in"),
    "many_pace": ("ralentis", "slowed down"),
    "many_contain": ("contenus", "contained"),
    "span": ("du {since} au {until} ({offset})", "from {since} to {until} ({offset})"),
    "in_all": ("identités de patients lues en tout", "patients’ identities read in all"),
    "bounds": ("au moins {lower}, au plus {upper}", "at least {lower}, at most {upper}"),
    "before_step_up": (
        "lues avant que Maillon n’ait demandé une connexion renforcée",
        "read before Maillon would have asked for a stronger log-in",
    ),
    "before_contain": (
        "lues avant que Maillon n’ait contenu les comptes",
        "read before Maillon would have contained the accounts",
    ),
    "fields": ("champs montrés", "fields shown"),
    "timeline": ("Jour par jour, compte par compte", "Day by day, account by account"),
    "by_account": (
        "Chaque compte face à son passé et à ses pairs",
        "Each account against its own past and its peers",
    ),
    "why": ("Pourquoi", "Why"),
    "and_more": ("et {count} de plus", "and {count} more"),
    "more_in_report": ("et {count} de plus, dans le rapport (--report)", "and {count} more, in the report (--report)"),
    "account": ("compte", "account"),
    "accounts": ("comptes", "accounts"),
    "where": ("réseau, logiciel", "network, client"),
    "network": ("réseau", "network"),
    "before_all": ("avant / en tout", "before / in all"),
    "before_all_note": (
        "avant / en tout : patients lus avant que le compte ne soit contenu, et en tout",
        "before / in all: patients read before the account would have been contained, and in all",
    ),
    "never": ("jamais", "never"),
    # Rules side by side
    "rule": ("règle", "rule"),
    "rule_read": ("lues avant l’arrêt", "read before it acts"),
    "rule_stopped": ("comptes arrêtés", "accounts stopped"),
    "rule_others": ("autres arrêtés", "others stopped"),
    "of": ("{part} sur {whole}", "{part} of {whole}"),
    # Only asked
    "asked": ("Seulement une connexion renforcée ({accounts})", "Only asked for a stronger log-in ({accounts})"),
    "asked_note": (
        "Un soignant qui répond continue son travail : ce n’est ni un incident ni un reproche.",
        "A carer who answers goes on working: this is neither an incident nor a reproach.",
    ),
    # Verdicts
    "nothing": ("Rien d’anormal n’a été trouvé.", "Nothing unusual was found."),
    "nothing_new": (
        "Rien de nouveau dans ces journaux depuis la dernière lecture.",
        "Nothing new in these logs since they were last read.",
    ),
    "nothing_judged": (
        "Aucun accès à un dossier n’a pu être lu : ces journaux ne permettent aucune conclusion.",
        "No access to a record could be read: nothing can be concluded from these logs.",
    ),
    "short_history": (
        "Historique encore trop court pour juger sur ce site seul : calibration propre dans {days} environ. "
        "D’ici là, les seuils sont empruntés à la référence livrée avec Maillon.",
        "Not enough history to judge by this site alone yet: own calibration in about {days}. "
        "Until then thresholds are borrowed from the reference that ships with Maillon.",
    ),
    "short_history_open": (
        "Historique encore trop court pour juger sur ce site seul : il faut d’abord des accès à lire.",
        "Not enough history to judge by this site alone yet: accesses to read must come first.",
    ),
    "from_to": ("de {lower} à {upper}", "{lower} to {upper}"),
    "headline": (
        "Un vol par {accounts} : {read} identités de patients lues, dont {before} avant que Maillon "
        "n’ait contenu les comptes.",
        "A theft through {accounts}: {read} patients’ identities read, {before} of them before Maillon "
        "would have contained the accounts.",
    ),
    "headline_looked_at": (
        "À regarder : {accounts}, {read} identités de patients lues.",
        "To be looked at: {accounts}, {read} patients’ identities read.",
    ),
    "headline_asked": (
        "Aucun compte à contenir ; connexion renforcée demandée à {accounts}.",
        "No account to contain; a stronger log-in was asked of {accounts}.",
    ),
    "summary": ("En bref", "In brief"),
    "first_count": ("{count} à faire d’abord", "{count} to do first"),
    # The demo's truth
    "truth": ("La vérité de cette région inventée", "The truth of this invented region"),
    "truth_line": (
        "{stolen} comptes volés, dont {found} dans le premier incident ; {patients} patients lus par le voleur ; "
        "comptes honnêtes contenus : {honest}.",
        "{stolen} accounts stolen, {found} of them in the first incident; {patients} patients read by the thief; "
        "honest accounts contained: {honest}.",
    ),
    # Plots
    "patients": ("patients", "patients"),
    "day": ("jour", "day"),
    "days": ("jours", "days"),
    "new": ("jamais vus auparavant par ce compte", "never seen before by this account"),
    "new_short": ("jamais vus", "never seen"),
    "seen": ("déjà vus", "seen before"),
    "usual": ("son habitude", "its usual"),
    "peers": ("ses pairs", "its peers"),
    "plot_caption": ("d’ordinaire {usual} par jour, ses pairs {peers}", "usually {usual} a day, its peers {peers}"),
    "figures": ("Les chiffres en tableau", "The figures as a table"),
    "timeline_desc": (
        "Une rangée par compte ; chaque barre est un jour : patients jamais vus auparavant, avant (plein) et après "
        "(pâle) que Maillon n’ait contenu le compte.",
        "A row per account; each bar is a day: patients never seen before, before (solid) and after (pale) Maillon "
        "would have contained the account.",
    ),
    "row_before": ("lus avant que le compte ne soit contenu", "read before the account would have been contained"),
    "row_after": ("lus après : évitables", "read after: avoidable"),
    # The picture
    "picture": ("Le vol, vu par Maillon", "The theft, as Maillon sees it"),
    "picture_line": (
        "Identités de patients lues chaque jour par {accounts}",
        "Patients’ identities read each day through {accounts}",
    ),
    "picture_before": (
        "{count} lues avant que Maillon n’ait contenu les comptes",
        "{count} read before Maillon would have contained the accounts",
    ),
    "picture_after": ("{count} n’auraient pas été lues", "{count} would not have been read"),
    "picture_first": ("premier compte contenu", "first account contained"),
    "picture_note": (
        "Région inventée, dessin fait par « maillon demo ». Patients que le compte n’avait jamais vus.",
        "Invented region, drawn by `maillon demo`. Patients whom the account had never seen before.",
    ),
    # How to read, glossary
    "how": ("Comment lire les graphiques", "How to read the plots"),
    "how_timeline": (
        "Jour par jour : chaque rangée est un compte, chaque barre un jour, à la même échelle pour tous. Le triangle "
        "marque la demande d’une connexion renforcée, le trait le moment où Maillon aurait contenu le compte ; les "
        "barres pâles, après lui, sont ce qui n’aurait pas été lu.",
        "Day by day: each row is an account, each bar a day, on one scale for all. The triangle marks the request for "
        "a stronger log-in, the line the moment Maillon would have contained the account; the pale bars after it are "
        "what would not have been read.",
    ),
    "how_account": (
        "Par compte : la hauteur d’une barre est le nombre de patients distincts lus ce jour-là, sa partie foncée "
        "ceux que le compte n’avait jamais vus. Le trait plein est la médiane de ses propres jours d’avant, figée dès "
        "le premier soupçon ; le trait pointillé, celle des comptes actifs ce jour-là. Un compte volé quitte les deux.",
        "By account: the height of a bar is the number of distinct patients read that day, its dark part those whom "
        "the account had never seen. The solid line is the median of its own days before, held from the first doubt "
        "on; the dashed one that of the accounts active that day. A stolen account leaves both.",
    ),
    "glossary": ("Quelques mots", "A few words"),
}

GLOSSARY: tuple[tuple[tuple[str, str], tuple[str, str]], ...] = (
    (
        ("Incident", "Incident"),
        (
            "un vol tel qu’une personne le voit : les comptes qu’un même voleur semble utiliser, réunis.",
            "one theft as a person sees it: the accounts that one thief seems to use, together.",
        ),
    ),
    (
        ("Au moins, au plus", "At least, at most"),
        (
            "le premier nombre ne compte que les patients lus depuis les connexions suspectes ; le second compte aussi "
            "tout ce que ces comptes ont ouvert depuis le début, et chaque ligne des listes affichées.",
            "the first number counts only the patients read from the suspicious connections; the second also counts "
            "all that these accounts opened since the start, and every row of the lists shown.",
        ),
    ),
    (
        ("Connexion renforcée", "Stronger log-in"),
        (
            "on redemande au soignant de prouver qui il est (carte, application), puis il continue.",
            "the carer is asked once more to prove who they are (card, application), then goes on.",
        ),
    ),
    (
        ("Contenu", "Contained"),
        (
            "le compte ne peut plus ouvrir de dossier jusqu’à ce qu’une personne en décide ; le passage d’urgence "
            "reste ouvert.",
            "the account can open no record until a person decides; the emergency passage stays open.",
        ),
    ),
    (
        ("Calibration propre, empruntée", "Own or borrowed calibration"),
        (
            "un seuil dit combien un comportement doit être rare pour agir. Il vient de l’historique du site dès "
            "qu’il suffit, sinon d’une référence livrée avec Maillon.",
            "a threshold says how rare a behaviour must be before Maillon acts. It comes from the site’s own history "
            "as soon as there is enough of it, otherwise from a reference that ships with Maillon.",
        ),
    ),
    (
        ("Pairs", "Peers"),
        ("les comptes actifs le même jour.", "the accounts active on the same day."),
    ),
)

FIELDS: dict[str, tuple[str, str]] = {
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


def say(code: str, lang: str, **values: object) -> str:
    """Return a text in `lang` ("fr" or "en"), filled with `values`; French spacing before : ; and » is unbreakable."""
    text = spaced(TEXTS[code][0]) if lang == "fr" else TEXTS[code][1]
    return text.format(**values)


def spaced(text: str) -> str:
    """Return a French text with no-break spaces before its double punctuation."""
    return text.replace(" :", "\u00a0:").replace(" ;", "\u202f;").replace(" ?", "\u202f?").replace(" !", "\u202f!")


def field(name: str, lang: str) -> str:
    """Return an identity field as people call it; a field unknown here as it is."""
    return FIELDS[name][0 if lang == "fr" else 1] if name in FIELDS else name


def kind(name: str, lang: str) -> str:
    """Return a kind of ignored lines as people call it; a kind unknown here as it is."""
    return say(name, lang) if name in _KINDS else name


_KINDS = frozenset({"static", "health", "robot", "preflight", "blank", "no request", "other host"})
