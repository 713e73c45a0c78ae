"""Services whose browser talks JSON: a REST API, GraphQL, OData, FHIR."""

from __future__ import annotations

import random
from urllib.parse import quote

from shapes.site import (
    LAST_NAMES,
    Request,
    Site,
    alphanumerics,
    by_user,
    digits,
    facility_numbers,
    hexes,
    rest,
    uuids,
)
from shapes.world import SUB_VIEWS, Step, World


def spa_json(rng: random.Random, made: World) -> Site:
    """A single-page application over `/api/v1/<things>/<number>`."""
    thing = rng.choice(("patients", "dossiers", "usagers", "records", "beneficiaries"))
    base = rng.choice(("/api/v1", "/api/v2", "/rest", "/backend/api"))
    ids = digits(rng, made.patients, rng.choice((5, 6, 8)))
    bundle = f"{rng.getrandbits(32):08x}"

    def requests(step: Step) -> list[Request]:
        p = ids[step.patient] if step.patient >= 0 else ""
        one = f"{base}/{thing}/{p}"
        match step.act:
            case "login":
                return [Request("GET", "/"), Request("POST", f"{base}/auth/login", "login")]
            case "login_failed":
                return [Request("POST", f"{base}/auth/login", "login", status=401)]
            case "logout":
                return [Request("POST", f"{base}/auth/logout", "logout", status=204)]
            case "home":
                return [Request("GET", f"{base}/me"), Request("GET", f"{base}/notifications?unread=true")]
            case "list":
                return [Request("GET", f"{base}/{thing}?page={step.number}&size=20&sort=name,asc", "list")]
            case "search":
                name = LAST_NAMES[step.number % len(LAST_NAMES)]
                return [Request("GET", f"{base}/{thing}?q={name}&page=0&size=20", "search")]
            case "read":
                return [Request("GET", one, "read", p), Request("GET", f"{one}/alerts", "read", p)]
            case "view":
                return [Request("GET", f"{one}/{SUB_VIEWS[step.number]}", "read", p)]
            case "document":
                return [Request("GET", f"{one}/documents/{step.number}", "read", p)]
            case "update":
                return [Request("PUT", one, "update", p, 204)]
            case "care":
                return [Request("POST", f"{one}/referrals", "care", p, 201)]
            case "print":
                return [Request("GET", f"{one}/summary.pdf", "export", p)]
            case "message":
                return [Request("GET", f"{base}/messages/{step.number}")]
            case "export":
                return [Request("GET", f"{base}/{thing}/export?format=csv", "export")]
            case "account":
                return [Request("PATCH", f"{base}/me/password", status=204)]
        return rest(step, f"{base}/{step.act}")

    statics = (f"/main.{bundle}.js", f"/styles.{bundle}.css", "/assets/logo.svg", "/assets/i18n/fr.json")
    return Site(requests, statics=statics, health=f"{base}/health")


def graphql(rng: random.Random, made: World) -> Site:
    """One endpoint for everything: no patient is in the log."""
    endpoint = rng.choice(("/graphql", "/api/graphql", "/query"))

    def requests(step: Step) -> list[Request]:
        match step.act:
            case "login":
                return [Request("GET", "/"), Request("POST", "/oauth/token", "login")]
            case "login_failed":
                return [Request("POST", "/oauth/token", "login", status=401)]
            case "logout":
                return [Request("POST", "/oauth/revoke", "logout")]
        kind = step.act if step.act in {"read", "list", "search", "update", "care"} else "page"
        return [Request("POST", endpoint, kind)] * rng.randrange(1, 3)

    chunk = hexes(rng, 4, 20)
    return Site(requests, statics=tuple(f"/_next/static/chunks/{c}.js" for c in chunk), health="/healthz")


def odata(rng: random.Random, made: World) -> Site:
    """OData: keys in parentheses, names in filters."""
    ids = digits(rng, made.patients, 6)
    places = facility_numbers(rng, made.facilities)
    base = rng.choice(("/odata", "/odata/v4", "/api/odata/v4/Portal.svc"))
    name = rng.choice(("Patients", "Beneficiaires", "Personnes"))

    def requests(step: Step) -> list[Request]:
        p = ids[step.patient] if step.patient >= 0 else ""
        one = f"{base}/{name}({p})"
        match step.act:
            case "login":
                return [Request("POST", "/signin-oidc", "login", status=302)]
            case "login_failed":
                return [Request("POST", "/signin-oidc", "login", status=401)]
            case "logout":
                return [Request("GET", "/signout", "logout", status=302)]
            case "list":
                return [Request("GET", f"{base}/{name}?$top=20&$skip={20 * step.number}&$orderby=Nom", "list")]
            case "search":
                text = quote(f"startswith(Nom,'{LAST_NAMES[step.number % 10].upper()}')")
                return [Request("GET", f"{base}/{name}?$filter={text}&$top=20", "search")]
            case "read":
                return [Request("GET", f"{one}?$expand=Contacts", "read", p)]
            case "view":
                return [Request("GET", f"{one}/{SUB_VIEWS[step.number].title()}", "read", p)]
            case "document":
                return [Request("GET", f"{base}/Documents({step.number})/$value")]
            case "update":
                return [Request("PATCH", one, "update", p, 204)]
            case "care":
                return [Request("POST", f"{one}/Orienter", "care", p, 201)]
            case "print":
                return [Request("GET", f"{one}/Pdf()", "export", p)]
            case "facility":
                return [Request("GET", f"{base}/Facilities('{places[step.facility]}')")]
            case "export":
                return [Request("GET", f"{base}/{name}?$format=csv", "export")]
        return rest(step, f"{base}/{step.act.title()}")

    return Site(requests, health="/health/ready")


def fhir(rng: random.Random, made: World) -> Site:
    """FHIR REST: the patient in the path of one resource, in the query of the others."""
    make = rng.choice((digits, uuids, alphanumerics))
    ids = make(rng, made.patients)
    base = rng.choice(("/fhir", "/fhir/R4", "/hapi/fhir"))
    prefix = rng.choice(("patient", "subject"))
    kinds = ("Observation", "Condition", "MedicationRequest", "Encounter")

    def requests(step: Step) -> list[Request]:
        p = ids[step.patient] if step.patient >= 0 else ""
        match step.act:
            case "login":
                return [Request("POST", "/auth/token", "login")]
            case "login_failed":
                return [Request("POST", "/auth/token", "login", status=401)]
            case "list":
                return [Request("GET", f"{base}/Patient?_count=20&_getpagesoffset={20 * step.number}", "list")]
            case "search":
                name = LAST_NAMES[step.number % 10]
                born = f"19{step.number % 90 + 10}-0{step.number % 9 + 1}-1{step.number % 9}"
                return [Request("GET", f"{base}/Patient?family={name}&birthdate={born}", "search")]
            case "read":
                return [Request("GET", f"{base}/Patient/{p}", "read", p)]
            case "view":
                return [Request("GET", f"{base}/{kinds[step.number]}?{prefix}={p}&_count=50", "read", p)]
            case "document":
                return [Request("GET", f"{base}/Binary/{step.number}")]
            case "update":
                return [Request("PUT", f"{base}/Patient/{p}", "update", p)]
            case "care":
                return [Request("POST", f"{base}/ServiceRequest", "care", status=201)]
            case "print":
                return [Request("GET", f"{base}/Patient/{p}/$everything", "export", p)]
            case "export":
                return [Request("GET", f"{base}/Patient/$export", "export", status=202)]
            case "facility":
                return [Request("GET", f"{base}/Organization/{step.facility + 1}")]
            case "home":
                return [Request("GET", f"{base}/metadata"), Request("GET", f"{base}/PractitionerRole?_count=1")]
        return []

    return Site(requests, by_user, statics=(), health="/actuator/health")
