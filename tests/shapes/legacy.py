"""Old services: one page with an action in the query, PHP, matrix parameters, numbers inside file names."""

from __future__ import annotations

import random
from urllib.parse import quote

from shapes.site import LAST_NAMES, Request, Site, alphanumerics, by_session, by_user, digits, rest, session_of
from shapes.world import SUB_VIEWS, Step, World


def jsp(rng: random.Random, made: World) -> Site:
    """One servlet; `action` says what, `id` says of whom, or says a document."""
    ids = digits(rng, made.patients, 6)
    page = rng.choice(("/dmp/main.jsp", "/app/servlet/Controleur", "/portal/view.do"))
    key, verb = rng.choice((("id", "action"), ("idPatient", "cmd"), ("oid", "op")))

    def requests(step: Step) -> list[Request]:
        p = ids[step.patient] if step.patient >= 0 else ""
        match step.act:
            case "login":
                return [Request("POST", f"{page}?{verb}=login", "login", status=302)]
            case "login_failed":
                return [Request("POST", f"{page}?{verb}=login", "login", status=401)]
            case "logout":
                return [Request("GET", f"{page}?{verb}=logout", "logout")]
            case "list":
                return [Request("GET", f"{page}?{verb}=list&page={step.number}", "list")]
            case "search":
                return [Request("GET", f"{page}?{verb}=search&nom={LAST_NAMES[step.number % 10].upper()}", "search")]
            case "read":
                return [Request("GET", f"{page}?{verb}=view&{key}={p}", "read", p)]
            case "view":
                tab = SUB_VIEWS[step.number]
                return [Request("GET", f"{page}?{verb}=view&tab={tab}&{key}={p}&lang=fr", "read", p)]
            case "update":
                return [Request("POST", f"{page}?{verb}=save&{key}={p}", "update", p, 302)]
            case "care":
                return [Request("POST", f"{page}?{key}={p}&{verb}=send", "care", p, 302)]
            case "print":
                return [Request("GET", f"{page}?{verb}=print&{key}={p}&format=pdf", "export", p)]
            case "export":
                return [Request("GET", f"{page}?{verb}=export&format=csv", "export")]
            case "document":
                return [Request("GET", f"{page.rsplit('/', 1)[0]}/doc?doc={step.number}")]
        return rest(step, f"{page}?{verb}={step.act}")

    return Site(requests, by_user, health="/dmp/ping.txt")


def php(rng: random.Random, made: World) -> Site:
    """PHP scripts: `dossier.php?num=123`."""
    ids = digits(rng, made.patients, rng.choice((4, 6)))
    key = rng.choice(("num", "n", "ref", "dossier"))

    def requests(step: Step) -> list[Request]:
        p = ids[step.patient] if step.patient >= 0 else ""
        match step.act:
            case "login" | "login_failed":
                return [Request("POST", "/login.php", "login", status=302 if step.act == "login" else 200)]
            case "logout":
                return [Request("GET", "/logout.php", "logout", status=302)]
            case "home":
                return [Request("GET", "/index.php")]
            case "list":
                return [Request("GET", f"/liste.php?p={step.number}&tri=nom", "list")]
            case "search":
                query = f"nom={quote(LAST_NAMES[step.number % 10].upper())}&ddn={step.number % 28 + 1:02d}%2F03%2F1951"
                return [Request("GET", f"/recherche.php?{query}", "search")]
            case "read":
                return [Request("GET", f"/dossier.php?{key}={p}", "read", p)]
            case "view":
                return [Request("GET", f"/dossier.php?{key}={p}&onglet={step.number}", "read", p)]
            case "update":
                return [Request("POST", f"/modif.php?{key}={p}", "update", p, 302)]
            case "care":
                return [Request("POST", f"/envoi.php?{key}={p}", "care", p, 302)]
            case "print":
                return [Request("GET", f"/imprime.php?{key}={p}&format=pdf", "export", p)]
            case "export":
                return [Request("GET", "/export.php?type=csv", "export")]
            case "message":
                return [Request("GET", f"/message.php?m={step.number}")]
        return rest(step, f"/{step.act}.php")

    return Site(requests, by_user, health="/ping.php", probes=["/shell.php", "/dossier.php?num=1'"])


def query_ids(rng: random.Random, made: World) -> Site:
    """The identifier in the query, among a cache buster, a version, a language and a date."""
    ids = digits(rng, made.patients, 8)
    key = rng.choice(("idDossier", "uid", "personne", "k"))
    path = rng.choice(("/dossier/voir", "/app/fiche", "/consult"))
    day = rng.randrange(10, 28)

    def requests(step: Step) -> list[Request]:
        p = ids[step.patient] if step.patient >= 0 else ""
        buster = f"_={int(step.at * 1000) + step.account}"
        match step.act:
            case "login" | "login_failed":
                return [Request("POST", "/session/new", "login", status=302 if step.act == "login" else 401)]
            case "logout":
                return [Request("GET", f"/session/end?{buster}", "logout")]
            case "list":
                return [Request("GET", f"/listing?date=2024-03-{day:02d}&page={step.number}&{buster}", "list")]
            case "search":
                return [Request("GET", f"/find?q={quote(LAST_NAMES[step.number % 10] + ' jean')}&{buster}", "search")]
            case "read":
                return [Request("GET", f"{path}?{key}={p}&lang=fr&v=3.2.1&{buster}", "read", p)]
            case "view":
                tab = SUB_VIEWS[step.number]
                return [Request("GET", f"{path}?onglet={tab}&{key}={p}&v=3.2.1&{buster}", "read", p)]
            case "update":
                return [Request("POST", f"{path}/save?{key}={p}", "update", p)]
            case "care":
                return [Request("POST", f"{path}/transmettre?{key}={p}", "care", p)]
            case "print":
                return [Request("GET", f"{path}/pdf?{key}={p}&{buster}", "export", p)]
            case "document":
                return [Request("GET", f"/piece?ref={step.number}&{buster}")]
        return rest(step, f"/{step.act}?{buster}")

    return Site(requests, by_user, health="/alive")


def matrix(rng: random.Random, made: World) -> Site:
    """Matrix parameters: `/portail/dossier;id=123;v=2/identite;jsessionid=…`."""
    ids = digits(rng, made.patients, 7)
    key = rng.choice(("id", "num", "patient"))
    word = rng.choice(("dossier", "fiche", "personne"))

    def requests(step: Step) -> list[Request]:
        p = ids[step.patient] if step.patient >= 0 else ""
        tail = f";jsessionid={session_of(step).upper()}"
        one = f"/portail/{word};{key}={p};v=2"
        match step.act:
            case "login" | "login_failed":
                return [Request("POST", "/portail/login", "login", status=302 if step.act == "login" else 401)]
            case "list":
                return [Request("GET", f"/portail/liste;page={step.number}{tail}", "list")]
            case "search":
                return [Request("POST", f"/portail/recherche{tail}", "search")]
            case "read":
                return [Request("GET", f"{one}{tail}", "read", p)]
            case "view":
                return [Request("GET", f"{one}/{SUB_VIEWS[step.number]}{tail}", "read", p)]
            case "update":
                return [Request("POST", f"{one}/modifier{tail}", "update", p, 302)]
            case "care":
                return [Request("POST", f"{one}/envoyer{tail}", "care", p, 302)]
            case "print":
                return [Request("GET", f"{one}/pdf{tail}", "export", p)]
        return rest(step, f"/portail/{step.act}{tail}")

    return Site(requests, by_user, health="/portail/ok")


def slug(rng: random.Random, made: World) -> Site:
    """Numbers inside file names: `/patient-123.html`, `/patient-123/edition.html`, `/liste-2.html`."""
    ids = digits(rng, made.patients, 5)
    word = rng.choice(("patient", "fiche", "dossier", "usager"))

    def requests(step: Step) -> list[Request]:
        p = ids[step.patient] if step.patient >= 0 else ""
        match step.act:
            case "login" | "login_failed":
                return [Request("POST", "/identification.html", "login", status=302 if step.act == "login" else 200)]
            case "logout":
                return [Request("GET", "/quitter.html", "logout", status=302)]
            case "list":
                return [Request("GET", f"/liste-{step.number + 1}.html", "list")]
            case "search":
                return [Request("POST", "/recherche.html", "search")]
            case "read":
                return [Request("GET", f"/{word}-{p}.html", "read", p)]
            case "view":
                return [Request("GET", f"/{word}-{p}/{SUB_VIEWS[step.number]}.html", "read", p)]
            case "update":
                return [Request("POST", f"/{word}-{p}/edition.html", "update", p, 302)]
            case "care":
                return [Request("POST", f"/{word}-{p}/orientation.html", "care", p, 302)]
            case "print":
                return [Request("GET", f"/{word}-{p}.pdf", "export", p)]
            case "document":
                return [Request("GET", f"/doc_{step.number}.pdf")]
        return rest(step, f"/{step.act}.html")

    return Site(requests, by_session, health="/etat.html")


def all_post(rng: random.Random, made: World) -> Site:
    """Every page is a POST and the record's number is in the body: the log does not hold it."""
    ids = alphanumerics(rng, 1, 16)

    def requests(step: Step) -> list[Request]:
        name = {"read": "dossier", "view": "dossier", "care": "envoi", "update": "maj"}.get(step.act, step.act)
        kinds = {"read", "list", "search", "update", "care", "export", "login", "logout"}
        kind = {"print": "export", "view": "read"}.get(step.act, step.act if step.act in kinds else "page")
        return [Request("POST", f"/webapp/{name}.action?app={ids[0]}", kind)]

    return Site(requests, by_user, health="/webapp/ok")
