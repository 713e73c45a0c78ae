"""The profile that an operator of the invented portal would write."""

from __future__ import annotations

from maillon.facts.event import Action
from maillon.facts.profile import Profile, Route
from maillon.sim.routes import PAGES
from maillon.sim.simulated import SERVICE


def portal_profile() -> Profile:
    """Return the portal's routes: accesses, pages that say nothing of a patient, and what is to be ignored."""
    accesses = tuple(
        Route(page.method, _template(page.template), page.action, page.fields, page.listed)
        for page in PAGES
        if page.template
    )
    others = (
        Route("GET", "/accueil", Action.OTHER),
        Route("GET", "/connexion/retour", Action.OTHER),
        Route("GET", "/static/{*}", Action.OTHER, ignore="static"),
        Route("GET", "/sante", Action.OTHER, ignore="health"),
        *(
            Route("GET", path, Action.OTHER, ignore="robot")
            for path in ("/robots.txt", "/aide", "/mentions-legales", "/sitemap.xml", "/wp-login.php")
        ),
    )
    return Profile(name=SERVICE, domain=SERVICE, routes=accesses + others)


def _template(template: str) -> str:
    """A query that names no patient is left free."""
    return template if "{patient}" in template else template.partition("?")[0]
