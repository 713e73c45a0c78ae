"""A second shelf, written after the learner was finished and run against it once before anything was changed.

Structures that the first shelf does not have: what is measured here is how well learning carries over.
"""

from __future__ import annotations

import random
from collections.abc import Callable

from shapes.site import (
    LAST_NAMES,
    Request,
    Site,
    alphanumerics,
    by_session,
    by_user,
    digits,
    hexes,
    nobody,
    rest,
    user_name,
)
from shapes.world import SUB_VIEWS, Step, World


def _login(step: Step, target: str) -> list[Request]:
    return [Request("POST", target, "login", status=302 if step.act == "login" else 401)]


def small_numbers(rng: random.Random, made: World) -> Site:
    """Records numbered from 1, beside pages and establishments numbered from 1 too."""

    def requests(step: Step) -> list[Request]:
        p = str(step.patient + 1) if step.patient >= 0 else ""
        match step.act:
            case "login" | "login_failed":
                return _login(step, "/entrer")
            case "list":
                return [Request("GET", f"/maison/{step.facility + 1}/page/{step.number + 1}", "list")]
            case "read":
                return [Request("GET", f"/dossier/{p}", "read", p)]
            case "view":
                return [Request("GET", f"/dossier/{p}/{SUB_VIEWS[step.number]}", "read", p)]
            case "update":
                return [Request("POST", f"/dossier/{p}/maj", "update", p)]
            case "facility":
                return [Request("GET", f"/maison/{step.facility + 1}")]
        return rest(step, f"/{step.act}")

    return Site(requests, by_user)


def dates_in_paths(rng: random.Random, made: World) -> Site:
    """A language first, a year and a month last, the record between."""
    ids = digits(rng, made.patients, 6)

    def requests(step: Step) -> list[Request]:
        p = ids[step.patient] if step.patient >= 0 else ""
        lang = ("fr", "fr", "en", "de")[step.account % 4]
        match step.act:
            case "login" | "login_failed":
                return _login(step, f"/{lang}/ouvrir")
            case "list":
                return [Request("GET", f"/{lang}/planning/2024/{step.number + 1:02d}", "list")]
            case "read":
                return [Request("GET", f"/{lang}/suivi/{p}/2024/{rng.randrange(1, 4):02d}", "read", p)]
            case "view":
                return [Request("GET", f"/{lang}/suivi/{p}/2024/{rng.randrange(1, 4):02d}/courbe", "read", p)]
            case "care":
                return [Request("POST", f"/{lang}/suivi/{p}/message", "care", p)]
        return rest(step, f"/{lang}/{step.act}")

    return Site(requests, by_session)


def three_in_the_query(rng: random.Random, made: World) -> Site:
    """Establishment, person and stay always together in the query."""
    ids, places = digits(rng, made.patients, 7), digits(rng, made.facilities, 4)
    stays = digits(rng, made.patients * 2, 9)

    def requests(step: Step) -> list[Request]:
        p = ids[step.patient] if step.patient >= 0 else ""
        stay = stays[step.patient * 2 + step.account % 2]
        tail = f"etab={places[step.facility]}&ipp={p}&iep={stay}"
        match step.act:
            case "login" | "login_failed":
                return _login(step, "/svc/logon")
            case "read":
                return [Request("GET", f"/svc/ouvrir?{tail}", "read", p)]
            case "view":
                return [Request("GET", f"/svc/{SUB_VIEWS[step.number]}?{tail}", "read", p)]
            case "update":
                return [Request("POST", f"/svc/enregistrer?{tail}", "update", p)]
            case "list":
                return [Request("GET", f"/svc/liste?etab={places[step.facility]}&page={step.number}", "list")]
        return rest(step, f"/svc/{step.act}")

    return Site(requests, by_user)


def documents_prevail(rng: random.Random, made: World) -> Site:
    """Most requests are for documents, which name no person; each has several pages."""
    ids, documents = digits(rng, made.patients, 6), hexes(rng, made.patients * 3, 24)

    def requests(step: Step) -> list[Request]:
        p = ids[step.patient] if step.patient >= 0 else ""
        found = documents[step.patient * 3 + step.account % 3]
        pages = [Request("GET", f"/ged/{found}/{k}") for k in range(1, 4)] + [Request("GET", f"/ged/{found}/meta")]
        match step.act:
            case "login" | "login_failed":
                return _login(step, "/auth")
            case "read":
                return [Request("GET", f"/personnes/{p}", "read", p), *pages]
            case "view":
                return [Request("GET", f"/personnes/{p}/{SUB_VIEWS[step.number]}", "read", p)]
            case "document":
                return pages
            case "update":
                return [Request("PUT", f"/personnes/{p}", "update", p)]
        return rest(step, f"/{step.act}")

    return Site(requests, by_user)


def rotating_tokens(rng: random.Random, made: World) -> Site:
    """Identifiers are encrypted anew for each page: the log does not hold who was read, though it looks as if."""

    def requests(step: Step) -> list[Request]:
        token = hexes(rng, 1, 48)[0]
        match step.act:
            case "login" | "login_failed":
                return _login(step, "/signin")
            case "read" | "view":
                return [Request("GET", f"/patient/{token}/view", "read")]
            case "update":
                return [Request("POST", f"/patient/{token}/save", "update")]
        return rest(step, f"/{step.act}")

    return Site(requests, by_user)


def account_in_query(rng: random.Random, made: World) -> Site:
    """The account is a parameter of every request."""
    ids = alphanumerics(rng, made.patients, 7)

    def requests(step: Step) -> list[Request]:
        p = ids[step.patient] if step.patient >= 0 else ""
        me = f"u={user_name(step.account)}"
        match step.act:
            case "login" | "login_failed":
                return _login(step, "/x/login")
            case "search":
                return [Request("GET", f"/x/chercher?{me}&nom={LAST_NAMES[step.number % 10]}", "search")]
            case "read":
                return [Request("GET", f"/x/fiche?{me}&ref={p}", "read", p)]
            case "view":
                return [Request("GET", f"/x/fiche?ref={p}&{me}&vue={SUB_VIEWS[step.number]}", "read", p)]
        return rest(step, f"/x/{step.act}?{me}")

    def account(step: Step) -> tuple[str, str, str]:
        return "", "", "" if step.act in {"login", "login_failed"} else user_name(step.account)

    return Site(requests, account)


def deep_tenants(rng: random.Random, made: World) -> Site:
    """A tenant of each account, four identifiers deep, small badges fetched with each page, nobody named."""
    ids, tenants = alphanumerics(rng, made.patients, 10), hexes(rng, made.facilities, 8)

    def requests(step: Step) -> list[Request]:
        p = ids[step.patient] if step.patient >= 0 else ""
        base = f"/t/{tenants[step.facility]}" if step.facility >= 0 else "/t"
        one = f"{base}/persons/{p}"
        match step.act:
            case "login" | "login_failed":
                return _login(step, "/sso/acs")
            case "list":
                return [Request("GET", f"{base}/persons?cursor={hexes(rng, 1, 16)[0]}", "list")]
            case "read":
                return [Request("GET", one, "read", p), Request("GET", f"{one}/badge", "read", p)]
            case "view":
                path = f"{one}/encounters/{step.patient * 3 + step.number}/notes/{rng.randrange(10**6)}"
                return [Request("GET", path, "read", p)]
            case "update":
                return [Request("PATCH", one, "update", p)]
        return rest(step, f"{base}/{step.act}")

    return Site(requests, nobody)


SECOND: dict[str, Callable[[random.Random, World], Site]] = {
    "small numbers": small_numbers,
    "dates in paths": dates_in_paths,
    "three in the query": three_in_the_query,
    "documents prevail": documents_prevail,
    "rotating tokens": rotating_tokens,
    "account in the query": account_in_query,
    "deep tenants": deep_tenants,
}
