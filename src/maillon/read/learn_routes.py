"""The routes of a learnt profile: templates with their braces named, what each does, and why."""

from __future__ import annotations

import math
from collections.abc import Container, Iterable
from dataclasses import dataclass, field
from urllib.parse import quote

from maillon.facts.event import Action
from maillon.facts.profile import Route
from maillon.read.learn_actions import Facts, action_of, fields_of
from maillon.read.learn_forms import Form, Forms
from maillon.read.learn_paths import Path
from maillon.read.learn_places import Held, Place
from maillon.read.learn_sample import Line, Sample
from maillon.read.vocabulary import HEALTH, ROBOT, SIZE_KEYS, STATIC_FOLDERS, pieces, says

_SOON = 120_000_000  # µs within which a read follows a list, as the account's next request
_AT_ONCE = 5_000_000  # µs within which a request belongs to the page before it
_VISIT = 1_800_000_000  # µs of silence after which a visit begins
_FILES = (".json", ".txt", ".xml", ".html", ".pdf")  # static in a folder of static files
_PAGE = 20  # patients a list shows where nothing tells


@dataclass(frozen=True)
class Roles:
    """What the places of a log hold."""

    patient: dict[Place, float] = field(default_factory=dict)  # → how sure
    account: frozenset[Place] = frozenset()
    session: frozenset[Place] = frozenset()
    why: dict[Place, str] = field(default_factory=dict)


@dataclass
class Tally:
    """One route in the making."""

    method: str
    form: int
    patient: Place | None
    lines: int = 0
    well: int = 0
    refused: int = 0
    redirected: int = 0
    named: int = 0
    opening: int = 0
    then_read: int = 0
    after_read: int = 0
    at_once: int = 0
    actors: set[int] = field(default_factory=set)
    ends: dict[tuple[Place, ...], None] = field(default_factory=dict)  # the account's and session's places seen
    sizes: dict[int, int] = field(default_factory=dict)  # pages of how many rows were asked for


def tally(sample: Sample, forms: Forms, holding: list[Held], roles: Roles) -> list[Tally]:
    """Count over a sample what each route is asked for, in time order."""
    routes: dict[tuple[str, int, Place | None], Tally] = {}
    cache: dict[int, tuple[Place | None, str, tuple[Place, ...]]] = {}
    seen: list[tuple[Line, Tally]] = []
    last: dict[int, int] = {}
    read: dict[tuple[int, str], int] = {}
    for line in sample.lines:
        form = forms.of_target[line.target]
        if form < 0:
            continue
        if line.target not in cache:
            cache[line.target] = _roles_in(holding[line.target], roles)
        place, value, others = cache[line.target]
        route = routes.get((line.method, form, place))
        if route is None:
            route = routes[line.method, form, place] = Tally(line.method, form, place)
            _sizes(sample, line.target, route)
        route.lines += 1
        route.well += line.well
        route.refused += line.status in {401, 403}
        route.redirected += 300 <= line.status < 400
        route.named += line.named
        route.opening += line.at - last.get(line.actor, -_VISIT) >= _VISIT
        before = read.get((line.actor, value))
        route.after_read += before is not None
        route.at_once += before is not None and line.at - before <= _AT_ONCE
        route.actors.add(line.actor)
        route.ends[others] = None
        last[line.actor] = line.at
        if place and line.method == "GET" and line.well:
            read[line.actor, value] = line.at
        seen.append((line, route))
    following: dict[int, int] = {}
    for line, route in reversed(seen):
        route.then_read += following.get(line.actor, line.at + 2 * _SOON) - line.at <= _SOON
        following[line.actor] = line.at if route.patient else line.at + 2 * _SOON
    return list(routes.values())


def _roles_in(held: Held, roles: Roles) -> tuple[Place | None, str, tuple[Place, ...]]:
    """Return the patient's place and value in a target, and the places of its account and session."""
    found = [(place, value) for place, value in held if place in roles.patient]
    # The surest group first; within it, the deepest of the path, then the query.
    place, value = max(found, key=lambda one: roles.patient[one[0]]) if found else (None, "")
    others = tuple(p for p, _ in held if p in roles.account or p in roles.session)
    return place, value, others


def _sizes(sample: Sample, target: int, route: Tally) -> None:
    for key, value in sample.targets[target].query:
        if says(key, SIZE_KEYS) and value.isdecimal() and 0 < int(value[:6]) <= 1000:
            route.sizes[int(value[:6])] = route.sizes.get(int(value[:6]), 0) + 1


def make_route(
    sample: Sample, forms: Forms, roles: Roles, one: Tally, lists: frozenset[Path], statics: Container[str]
) -> Route | None:
    """Return the route of a tally, or None where it is not worth one. `statics` are folders of static files."""
    form = forms.forms[one.form]
    path = forms.paths[form.path]
    template = _template(path, form, one, roles)
    if path.tokens and path.tokens[0].prefix in statics:
        return None
    if _is_health(one, path):
        return Route(one.method, template, Action.OTHER, ignore="health", certainty=0.9, why=_asked(one) + ".")
    if says(path.words[0] if path.words else "", ROBOT) and len(path.tokens) == 1:
        return Route(one.method, template, Action.OTHER, ignore="robot", certainty=0.9, why=_asked(one) + ".")
    facts = _facts(forms, roles, one, path, form, lists)
    action, sure, because = action_of(facts)
    beside = any(Path(path.host, path.tokens[:depth]) in lists for depth in range(len(path.tokens)))
    if not one.patient and not _worth_it(path, action, one, len(sample.lines), beside=beside):
        return None
    support = 1 - math.exp(-one.lines / 4)
    certainty = min(sure, roles.patient[one.patient]) if one.patient else sure
    why = f"{_asked(one)}; {because}"
    if one.patient:
        why += f"; the identifier: {roles.why[one.patient]}"
    fields = fields_of(action, (*facts.words, one.patient.hint if one.patient else ""))
    if fields:
        why += "; fields are assumed from words, not seen"
    listed = (_rows(one) or _PAGE) if action in {Action.LIST, Action.SEARCH} else 0
    return Route(
        one.method or "*", template, action, fields, listed, certainty=round(certainty * support, 2), why=why + "."
    )


def _asked(one: Tally) -> str:
    answered = f", {one.lines - one.well} of them in vain" if one.well < one.lines else ""
    return f"{one.lines} requests by {len(one.actors)} accounts or addresses{answered}"


def _rows(one: Tally) -> int:
    """Return how many rows a page has where the query says, else 0."""
    return max(one.sizes.items(), key=lambda item: (item[1], item[0]))[0] if one.sizes else 0


def _names_several(path: Path, roles: Roles) -> bool:
    """Tell whether a path ends with the word that stands before the patient: `/structures/{id}/usagers`."""
    last = path.tokens[-1] if path.tokens else None
    if last is None or last.variable:
        return False
    words = set(pieces(last.prefix))
    return any(place.kind == "path" and words == set(pieces(place.hint)) for place in roles.patient)


def _worth_it(path: Path, action: Action, one: Tally, lines: int, *, beside: bool) -> bool:
    """Tell whether a route without a patient is kept.

    A word `beside` a patient's place is: `/dossiers/export` would else be taken for `/dossiers/{patient}`. So is a
    route that names its account. A wildcard at the root is not: it would hide what no one has seen yet.
    """
    if not one.well or (path.tokens and path.tokens[0].variable and not path.tokens[0].prefix):
        return False
    owned = any(one.ends)
    if ((action != Action.OTHER or owned) and one.lines >= 2) or (beside and not path.tokens[-1].variable):
        return True
    return one.lines >= (max(3, lines // 200) if any(token.variable for token in path.tokens) else 3)


def _is_health(one: Tally, path: Path) -> bool:
    """Tell whether a route is a health check: named like one, by few addresses, never by an account."""
    named = says(path.tokens[-1].prefix, HEALTH) if path.tokens and not path.tokens[-1].variable else False
    named = named or bool(path.tokens and says(path.tokens[0].prefix, HEALTH) and len(path.tokens) <= 2)
    nobody = not one.named and not one.patient and one.method == "GET"
    return named and nobody and len(one.actors) <= 3 and one.lines >= 3 * len(one.actors)


def _facts(forms: Forms, roles: Roles, one: Tally, path: Path, form: Form, lists: frozenset[Path]) -> Facts:
    lines = max(one.lines, 1)
    values = tuple(value for _, value in form.fixed)
    deepest = path.tokens[-1].suffix or path.tokens[-1].prefix if path.tokens else ""
    return Facts(
        method=one.method,
        words=(*(word for word in path.words if word != path.host), *values),
        keys=tuple(forms.keys[one.form]),
        searches=bool(form.searches),
        has_patient=one.patient is not None,
        has_id=(bool(path.tokens) and path.tokens[-1].variable) or any(t.variable for t in path.tokens[-2:-1]),
        deepest=deepest,
        lines=one.lines,
        refused=one.refused / lines,
        redirected=one.redirected / lines,
        opening=one.opening / lines,
        then_read=one.then_read / lines,
        after_read=one.after_read / lines,
        at_once=one.at_once / lines,
        rows=_rows(one),
        several=path in lists or _names_several(path, roles),
    )


def above(forms: Forms, tallies: Iterable[Tally]) -> frozenset[Path]:
    """Return the paths that lie right above one with a patient: `/dossiers` above `/dossiers/{patient}`."""
    found = set()
    for one in tallies:
        if one.patient and one.patient.kind == "path":
            path = forms.paths[forms.forms[one.form].path]
            for depth, token in enumerate(path.tokens):
                if token.variable and path.upto(depth) == one.patient.key:
                    found.add(Path(path.host, path.tokens[:depth]))
                    if "(" in token.prefix:  # OData: `Patients` above `Patients(123)`
                        named = type(token)(token.prefix.partition("(")[0])
                        found.add(Path(path.host, (*path.tokens[:depth], named)))
    return frozenset(found)


def _template(path: Path, form: Form, one: Tally, roles: Roles) -> str:
    """Return the template of a route with its braces named."""
    named = {place: "patient" for place in (one.patient,) if place}
    for place in (place for places in sorted(one.ends, key=len) for place in places):
        named.setdefault(place, "account" if place in roles.account else "session")
    by_key = {place.key: name for place, name in named.items() if place.kind == "path"}
    taken: set[str] = set()
    segments = []
    for depth, token in enumerate(path.tokens):
        name = by_key.get(path.upto(depth), "id")
        name = "id" if name in taken else name
        taken.add(name) if name != "id" else None
        segments.append(token.text(name))
    matrix = [f";{_key(p.key)}={{{name}}}" for p, name in named.items() if p.kind == "matrix" and _new(taken, name)]
    pairs = [f"{_key(p.key)}={{{name}}}" for p, name in named.items() if p.kind == "query" and _new(taken, name)]
    pairs += [f"{_key(key)}={quote(value, safe='')}" for key, value in form.fixed]
    if form.searches and not one.patient:
        pairs.append(f"{_key(form.searches)}={{id}}")
    host = f"http://{path.host}" if path.host else ""
    query = "?" + "&".join(pairs) if pairs else ""
    return f"{host}/{'/'.join(segments)}{''.join(matrix)}{query}"


def _new(taken: set[str], name: str) -> bool:
    fresh = name not in taken
    taken.add(name)
    return fresh


def _key(key: str) -> str:
    return quote(key, safe="$:")


def static_folders(sample: Sample) -> dict[str, str]:
    """Return the top folders that hold nothing but static files, and why."""
    folders: dict[str, list[int]] = {}
    for line in sample.lines:
        target = sample.targets[line.target]
        if len(target.segments) > 1 and says(target.segments[0], STATIC_FOLDERS):
            counts = folders.setdefault(target.segments[0], [0, 0])
            counts[0] += 1
            counts[1] += target.static or (line.method == "GET" and target.segments[-1].endswith(_FILES))
    return {
        folder: f"{static} of {lines} requests below this folder are for static files."
        for folder, (lines, static) in folders.items()
        if lines >= 3 and static > 0.98 * lines and folder.isalnum()
    }
