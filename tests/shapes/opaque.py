"""Services whose identifiers say nothing of themselves: UUIDs, digests, codes; and national numbers in the path."""

from __future__ import annotations

import random

from shapes.site import (
    FIRST_NAMES,
    Request,
    Site,
    alphanumerics,
    by_session,
    by_user,
    digits,
    hexes,
    rest,
    session_of,
    uuids,
)
from shapes.world import SUB_VIEWS, Step, World

SYLLABLES = ("dur", "mar", "lo", "bel", "for", "gi", "ra", "que", "vil", "ton", "mer", "sau", "pon", "ley")


def opaque_uuids(rng: random.Random, made: World) -> Site:
    """Person, establishment, document and request are UUIDs all alike."""
    ids, places = uuids(rng, made.patients), uuids(rng, made.facilities)
    documents = uuids(rng, 400)
    word, place = rng.choice((("usager", "structure"), ("person", "organisation"), ("x", "y")))

    def requests(step: Step) -> list[Request]:
        p = ids[step.patient] if step.patient >= 0 else ""
        once = f"rid={uuids(rng, 1)[0]}"
        match step.act:
            case "login" | "login_failed":
                return [Request("POST", "/app/auth", "login", status=302 if step.act == "login" else 401)]
            case "list":
                return [Request("GET", f"/app/{place}/{places[step.facility]}/{word}s?{once}", "list")]
            case "search":
                return [Request("POST", f"/app/search?{once}", "search")]
            case "read":
                return [Request("GET", f"/app/{word}/{p}?{once}", "read", p)]
            case "view":
                return [Request("GET", f"/app/{word}/{p}/{SUB_VIEWS[step.number]}?{once}", "read", p)]
            case "document":
                return [Request("GET", f"/app/{word}/{p}/document/{documents[step.number % 400]}", "read", p)]
            case "update":
                return [Request("PATCH", f"/app/{word}/{p}", "update", p)]
            case "care":
                return [Request("POST", f"/app/{word}/{p}/send", "care", p, 201)]
            case "print":
                return [Request("GET", f"/app/{word}/{p}/pdf", "export", p)]
            case "facility":
                return [Request("GET", f"/app/{place}/{places[step.facility]}?{once}")]
        return rest(step, f"/app/{step.act}?{once}")

    return Site(requests, by_user, health="/app/live")


def hashes(rng: random.Random, made: World) -> Site:
    """Digests in the path, beside digests of static bundles; only a session tells people apart."""
    ids = hexes(rng, made.patients, rng.choice((32, 40, 64)))
    bundle = hexes(rng, 3, 16)

    def requests(step: Step) -> list[Request]:
        p = ids[step.patient] if step.patient >= 0 else ""
        match step.act:
            case "login" | "login_failed":
                return [Request("POST", "/s/in", "login", status=302 if step.act == "login" else 401)]
            case "logout":
                return [Request("GET", "/s/out", "logout", status=302)]
            case "list":
                return [Request("GET", f"/all?offset={step.number * 25}", "list")]
            case "search":
                return [Request("GET", f"/find?h={hexes(rng, 1, 32)[0]}", "search")]
            case "read":
                return [Request("GET", f"/p/{p}", "read", p)]
            case "view":
                return [Request("GET", f"/p/{p}/{SUB_VIEWS[step.number]}", "read", p)]
            case "update":
                return [Request("POST", f"/p/{p}/edit", "update", p, 302)]
            case "care":
                return [Request("POST", f"/p/{p}/refer", "care", p, 302)]
            case "print":
                return [Request("GET", f"/p/{p}/export.pdf", "export", p)]
        return rest(step, f"/{step.act}")

    statics = (*(f"/assets/main.{b}.js" for b in bundle), f"/assets/{bundle[0]}/logo.png")
    return Site(requests, by_session, statics=statics, health="/livez")


def national_number(rng: random.Random, made: World) -> Site:
    """National numbers (invented: impossible months) in the path, a session in the query."""
    numbers = [
        f"{rng.choice('12')}{rng.randrange(20, 99)}{rng.choice((13, 14, 15, 16, 17, 18, 19))}{rng.randrange(10, 95)}"
        f"{rng.randrange(1, 600):03d}{rng.randrange(1, 900):03d}{rng.randrange(1, 98):02d}"
        for _ in range(made.patients)
    ]
    word = rng.choice(("ins", "nir", "assure"))

    def requests(step: Step) -> list[Request]:
        p = numbers[step.patient] if step.patient >= 0 else ""
        sid = f"sid={session_of(step)}"
        match step.act:
            case "login" | "login_failed":
                return [Request("POST", "/tls/auth", "login", status=200 if step.act == "login" else 401)]
            case "list":
                return [Request("GET", f"/tls/liste/{step.number}?{sid}", "list")]
            case "search":
                return [Request("POST", f"/tls/recherche?{sid}", "search")]
            case "read":
                return [Request("GET", f"/tls/{word}/{p}/droits?{sid}", "read", p)]
            case "view":
                return [Request("GET", f"/tls/{word}/{p}/{SUB_VIEWS[step.number]}?{sid}", "read", p)]
            case "update":
                return [Request("POST", f"/tls/{word}/{p}/maj?{sid}", "update", p)]
            case "care":
                return [Request("POST", f"/tls/{word}/{p}/transmission?{sid}", "care", p)]
        return rest(step, f"/tls/{step.act}?{sid}")

    return Site(requests, by_user, health="/tls/ping")


def codes_through_proxy(rng: random.Random, made: World) -> Site:
    """Absolute URLs, as a proxy writes them; codes of letters and digits; several back ends."""
    ids = alphanumerics(rng, made.patients, 8)
    volumes = digits(rng, 30, 3)
    host = "http://records.example:80"

    def requests(step: Step) -> list[Request]:
        p = ids[step.patient] if step.patient >= 0 else ""
        group = volumes[step.patient % 30]
        match step.act:
            case "login" | "login_failed":
                return [
                    Request("GET", "http://gate.example:50162/login?url=http://records.example/", "login", status=302)
                ]
            case "list":
                return [Request("GET", f"{host}/series/v{volumes[step.number % 30]}/index.html", "list")]
            case "search":
                return [Request("GET", f"{host}/search/run?sp-q=word{step.number % 50}&sp-c=25", "search")]
            case "read":
                return [Request("GET", f"{host}/series/v{group}/full/{p}.html", "read", p)]
            case "view":
                return [Request("GET", f"{host}/series/v{group}/abs/{p}.html", "read", p)]
            case "print":
                return [Request("GET", f"{host}/series/v{group}/pdf/{p}.pdf", "export", p, 206)] * rng.randrange(1, 30)
            case "help" | "account":
                return [Request("GET", f"http://help.example:80/{step.act}.html")]
        return []

    statics = (f"{host}/common/scripts/main.js", f"{host}/common/site.css", f"{host}/images/x.gif")
    return Site(requests, by_user, statics=statics, health="")


def named_people(rng: random.Random, made: World) -> Site:
    """A small clinic that puts names into its paths: `/clinique/patients/leroy-camille/identity`."""
    family = ["".join(rng.choice(SYLLABLES) for _ in range(rng.randrange(2, 4))) for _ in range(made.patients)]
    people = [f"{name}-{rng.choice(FIRST_NAMES)}" for name in family]
    word = rng.choice(("patients", "gens", "suivis"))

    def requests(step: Step) -> list[Request]:
        p = people[step.patient] if step.patient >= 0 else ""
        one = f"/clinique/{word}/{p}"
        match step.act:
            case "login" | "login_failed":
                return [Request("POST", "/clinique/login", "login", status=302 if step.act == "login" else 401)]
            case "list":
                return [Request("GET", f"/clinique/{word}?page={step.number}", "list")]
            case "search":
                return [Request("POST", "/clinique/recherche", "search")]
            case "read":
                return [Request("GET", one, "read", p)]
            case "view":
                return [Request("GET", f"{one}/{SUB_VIEWS[step.number]}", "read", p)]
            case "update":
                return [Request("POST", f"{one}/modifier", "update", p, 302)]
            case "care":
                return [Request("POST", f"{one}/envoyer", "care", p, 302)]
            case "print":
                return [Request("GET", f"{one}.pdf", "export", p)]
        return rest(step, f"/clinique/{step.act}")

    return Site(requests, by_user, health="/clinique/ping")
