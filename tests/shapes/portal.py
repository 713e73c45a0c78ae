"""French portals with pages: search by POST, two identifiers on a route, the account in the path or only a session."""

from __future__ import annotations

import random
from urllib.parse import quote

from shapes.site import (
    LAST_NAMES,
    Request,
    Site,
    alphanumerics,
    by_session,
    by_user,
    digits,
    facility_numbers,
    nobody,
    rest,
    user_name,
)
from shapes.world import Step, World

TABS = ("identite", "coordonnees", "historique", "synthese")


def post_search(rng: random.Random, made: World) -> Site:
    """Search by POST, then the record by its number in the path; the log has only the session."""
    ids = digits(rng, made.patients, 7)
    word = rng.choice(("dossiers", "usagers", "demandes", "fiche"))

    def requests(step: Step) -> list[Request]:
        p = ids[step.patient] if step.patient >= 0 else ""
        match step.act:
            case "login":
                return [Request("GET", "/connexion"), Request("POST", "/connexion", "login", status=302)]
            case "login_failed":
                return [Request("POST", "/connexion", "login")]
            case "logout":
                return [Request("GET", "/deconnexion", "logout", status=302)]
            case "home":
                return [Request("GET", "/accueil")]
            case "list":
                return [Request("GET", f"/{word}?page={step.number}", "list")]
            case "search":
                return [Request("POST", "/recherche", "search")]
            case "read":
                return [Request("GET", f"/{word}/{p}", "read", p)]
            case "view":
                return [Request("GET", f"/{word}/{p}/{TABS[step.number]}", "read", p)]
            case "update":
                return [Request("POST", f"/{word}/{p}/modifier", "update", p, 302)]
            case "care":
                return [Request("POST", f"/{word}/{p}/envoyer", "care", p, 302)]
            case "print":
                return [Request("GET", f"/{word}/{p}.pdf", "export", p)]
            case "export":
                return [Request("GET", f"/export/{word}.csv", "export")]
            case "document":
                return [Request("GET", f"/pieces/{step.number}/telecharger")]
        return rest(step, f"/{step.act}")

    return Site(requests, by_session, health="/ping")


def two_ids(rng: random.Random, made: World) -> Site:
    """An establishment and a person on the same route, both of digits."""
    ids = digits(rng, made.patients, rng.choice((6, 9)))
    places = facility_numbers(rng, made.facilities)
    place, thing = rng.choice((("etablissements", "residents"), ("structures", "usagers"), ("sites", "fiches")))

    def requests(step: Step) -> list[Request]:
        p = ids[step.patient] if step.patient >= 0 else ""
        house = f"/{place}/{places[step.facility]}" if step.facility >= 0 else ""
        one = f"{house}/{thing}/{p}"
        match step.act:
            case "login":
                return [Request("POST", "/login", "login", status=302)]
            case "login_failed":
                return [Request("POST", "/login", "login", status=403)]
            case "logout":
                return [Request("POST", "/logout", "logout", status=302)]
            case "home":
                return [Request("GET", "/tableau-de-bord")]
            case "list":
                return [Request("GET", f"{house}/{thing}?p={step.number + 1}", "list")]
            case "search":
                return [Request("GET", f"{house}/{thing}/recherche?nom={LAST_NAMES[step.number % 10]}", "search")]
            case "read":
                return [Request("GET", one, "read", p)]
            case "view":
                return [Request("GET", f"{one}/{TABS[step.number]}", "read", p)]
            case "document":
                return [Request("GET", f"{one}/documents/{step.number}", "read", p)]
            case "update":
                return [Request("PUT", f"{one}/identite", "update", p)]
            case "care":
                return [Request("POST", f"{one}/orientations", "care", p, 201)]
            case "print":
                return [Request("GET", f"{one}/impression?format=pdf", "export", p)]
            case "facility":
                return [Request("GET", house)]
            case "export":
                return [Request("GET", f"{house}/{thing}/export.xlsx", "export")]
        return rest(step, f"/{step.act}")

    return Site(requests, by_user, health="/sante")


def stay_and_person(rng: random.Random, made: World) -> Site:
    """A stay and a person on the same route: each person has a few stays."""
    ids = alphanumerics(rng, made.patients, 9)
    stays = digits(rng, made.patients * 3, 8)

    def requests(step: Step) -> list[Request]:
        p = ids[step.patient] if step.patient >= 0 else ""
        stay = stays[step.patient * 3 + (step.account + step.patient) % 3]
        one = f"/dpi/patient/{p}/sejour/{stay}"
        match step.act:
            case "login":
                return [Request("POST", "/dpi/j_security_check", "login", status=302)]
            case "login_failed":
                return [Request("POST", "/dpi/j_security_check", "login", status=401)]
            case "list":
                return [Request("GET", f"/dpi/service/{step.facility + 1}/patients", "list")]
            case "search":
                return [Request("GET", f"/dpi/recherche?nom={quote(LAST_NAMES[step.number % 10])}&prenom=", "search")]
            case "read":
                return [Request("GET", f"/dpi/patient/{p}", "read", p), Request("GET", one, "read", p)]
            case "view":
                return [Request("GET", f"{one}/{TABS[step.number]}", "read", p)]
            case "document":
                return [Request("GET", f"{one}/document/{step.number}", "read", p)]
            case "update":
                return [Request("POST", f"{one}/observation", "update", p)]
            case "care":
                return [Request("POST", f"{one}/prescription", "care", p, 201)]
            case "print":
                return [Request("GET", f"{one}/lettre.pdf", "export", p)]
        return rest(step, f"/dpi/{step.act}")

    return Site(requests, by_user, health="/dpi/status")


def account_in_path(rng: random.Random, made: World) -> Site:
    """No user field: the account stands in every path."""
    ids = digits(rng, made.patients, 6)
    root, word = rng.choice((("u", "dossiers"), ("espace", "patients"), ("users", "cases")))

    def requests(step: Step) -> list[Request]:
        p = ids[step.patient] if step.patient >= 0 else ""
        mine = f"/{root}/{user_name(step.account)}"
        match step.act:
            case "login" | "login_failed":
                return [Request("POST", "/login", "login", status=302 if step.act == "login" else 401)]
            case "logout":
                return [Request("GET", f"{mine}/logout", "logout", status=302)]
            case "list":
                return [Request("GET", f"{mine}/{word}?page={step.number}", "list")]
            case "search":
                return [Request("POST", f"{mine}/{word}/search", "search")]
            case "read":
                return [Request("GET", f"{mine}/{word}/{p}", "read", p)]
            case "view":
                return [Request("GET", f"{mine}/{word}/{p}/{TABS[step.number]}", "read", p)]
            case "update":
                return [Request("PUT", f"{mine}/{word}/{p}", "update", p)]
            case "care":
                return [Request("POST", f"{mine}/{word}/{p}/messages", "care", p, 201)]
            case "message":
                return [Request("GET", f"{mine}/inbox/{step.number}")]
        return rest(step, f"{mine}/{step.act}")

    def account(step: Step) -> tuple[str, str, str]:
        return "", "", "" if step.act in {"login", "login_failed"} else user_name(step.account)

    return Site(requests, account, health="/up")


def no_account(rng: random.Random, made: World) -> Site:
    """The log tells nobody: neither user nor session. The record is in the path."""
    site = post_search(rng, made)
    return Site(site.requests, nobody, health="/ping")


def shared_user(rng: random.Random, made: World) -> Site:
    """The user field names the gateway's own technical user on every line; the session tells people apart."""
    site = two_ids(rng, made)
    technical = rng.choice(("portal", "svc-proxy", "www"))

    def account(step: Step) -> tuple[str, str, str]:
        _user, session, truth = by_session(step)
        return technical, session, truth

    return Site(site.requests, account, health="/sante")
