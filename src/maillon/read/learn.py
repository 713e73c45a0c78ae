"""A service's profile proposed from an unknown log: where account and patient are, what the routes do, how sure it is.

Words are hints; counts decide. No value of the log reaches the profile: a fixed text of a template is proven
vocabulary (`learn_paths.proven`), notes and reasons hold numbers only. `docs/learning.md` tells the method.
"""

from __future__ import annotations

from collections.abc import Sequence

from maillon.facts.errors import ProfileError
from maillon.facts.event import Action
from maillon.facts.profile import Profile, Route
from maillon.facts.record import Parsed
from maillon.read.learn_forms import Forms, find_forms
from maillon.read.learn_notes import notes
from maillon.read.learn_paths import asked, find_paths
from maillon.read.learn_patient import Judged, is_account, is_session, judged, patients
from maillon.read.learn_places import Place, Values, find_places, held_by, joined
from maillon.read.learn_routes import Roles, Tally, above, make_route, static_folders, tally
from maillon.read.learn_sample import Sample, read_sample
from maillon.read.routes import compile_routes
from maillon.read.template import parse_template
from maillon.read.vocabulary import ACCOUNT, says

_MOST_ROUTES = 300


def learn(sample: Sequence[Parsed], name: str) -> Profile:
    """Return the profile that the records of `sample` suggest for the service `name`.

    Each route carries its certainty and why; the notes say what is missing, as `code: sentence`. The same records in
    other blocks give the same profile. A sample that tells nothing gives a profile without routes.
    """
    read = read_sample(sample)
    by = asked(read)
    forms = find_forms(read, by, find_paths(read, by))
    holding = held_by(read, forms)
    groups = joined(find_places(read, forms, holding))
    dynamic = sum(line.well and forms.of_target[line.target] >= 0 for line in read.lines)
    ranked = judged(groups, read.actors, dynamic)
    found, sure = patients(ranked)
    account, session = _owners(read, groups, dynamic)
    roles = _roles(found, sure, account, session)
    tallies = tally(read, forms, holding, roles)
    routes = _routes(read, forms, roles, tallies)
    where = _account(read, bool(account), bool(session))
    return Profile(name=name, account=where, routes=routes, learnt=True, notes=notes(read, where, ranked, found, sure))


def _owners(sample: Sample, groups: list[Values], dynamic: int) -> tuple[frozenset[Place], frozenset[Place]]:
    """Return the places of the account and of the session in the targets."""
    account = {place for group in groups if is_account(group) for place in group.places}
    if sample.account:
        return frozenset(account), frozenset()
    owners = [group for group in groups if _names_owner(group, dynamic)]
    owners.sort(key=lambda group: (-group.lines, group.places[0].key))
    account |= {place for group in owners[:1] for place in group.places}
    sessions = {p for group in groups if is_session(group, dynamic) for p in group.places if p.kind != "path"}
    return frozenset(account), frozenset() if account else frozenset(sessions)


def _names_owner(group: Values, dynamic: int) -> bool:
    """Tell whether values name who asks: few addresses each, on most requests, many requests each."""
    if len(group.uses) < 3:
        return False
    called = any(says(place.hint, ACCOUNT) for place in group.places)
    worded = sum(not any(c.isdigit() for c in value[:3]) for value in group.uses) > 0.8 * len(group.uses)
    pairs = sum(len(actors) for actors in group.actors.values())
    each = pairs / len(set().union(*group.actors.values()))
    often = group.lines / len(group.uses)
    return (called or worded) and group.lines > 0.5 * dynamic and often >= 5 and (each < 1.5 or called)


def _roles(found: list[Judged], sure: float, account: frozenset[Place], session: frozenset[Place]) -> Roles:
    patient: dict[Place, float] = {}
    why: dict[Place, str] = {}
    for rank, group in enumerate(found):
        for place in group.values.places:
            if place not in account:
                patient[place] = round(sure if rank == 0 else 0.8 * sure, 2)
                why[place] = group.sentence
    return Roles(patient, account, session, why)


def _account(sample: Sample, in_path: bool, in_target: bool) -> tuple[str, ...]:
    """Return where the account is, the strongest first; all of them where the log tells nothing yet."""
    found = [source for source in ("user", "path", "session") if source in sample.account]
    if in_path:
        found.insert(found.index("user") + 1 if "user" in found else 0, "path")
    if in_target and "session" not in found:
        found.append("session")
    return tuple(found) or ("user", "path", "session")


def _routes(sample: Sample, forms: Forms, roles: Roles, tallies: list[Tally]) -> tuple[Route, ...]:
    tallies = sorted(tallies, key=lambda one: (one.patient is None, -one.lines))
    lists = above(forms, tallies)
    statics = static_folders(sample)
    made = [route for one in tallies if (route := make_route(sample, forms, roles, one, lists, statics))]
    kept: dict[object, Route] = {}
    for route in made[:_MOST_ROUTES]:
        template, mistakes = parse_template(route.template)
        if not mistakes:
            kept.setdefault((route.method, template.shape()), route)
    routes = [
        Route("*", f"/{folder}/{{*}}", Action.OTHER, 0, 0, "static", certainty=0.9, why=why)
        for folder, why in statics.items()
    ]
    routes += kept.values()
    while routes and not _compiles(routes):
        routes = routes[: len(routes) // 2]
    return tuple(sorted(routes, key=lambda route: (bool(route.ignore), route.action == Action.OTHER)))


def _compiles(routes: list[Route]) -> bool:
    try:
        compile_routes(Profile("learnt", routes=tuple(routes)))
    except ProfileError:
        return False
    return True
