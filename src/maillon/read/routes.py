"""A profile's templates compiled into one automaton over path segments, which `route_match` walks.

A node is the set of templates that the segments so far may belong to, so a fixed segment that leads nowhere still
counts as a variable one. A request takes the most specific template: the one bound to its host first; then, from left
to right, fixed segments before ones with fixed text around a brace before variable ones before `{*}`; then the one of
whose query and matrix keys most are there; then the one that names the method.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from maillon.facts.errors import ProfileError
from maillon.facts.event import Action
from maillon.facts.profile import Profile, Route
from maillon.facts.record import METHODS
from maillon.read.route_hash import AFFIX, FIXED_PAIR, HOST, MATRIX_KEY, QUERY_KEY, mix, text_hash
from maillon.read.template import Part, Template, parse_template

MOST_NODES = 20_000
MOST_EDGES = 200_000
_MOST_AFFIXES = 62  # one bit each in a word

_HEALTH = """/health /healthz /health/live /health/ready /healthcheck /health-check /livez /readyz /ping /status
/metrics /actuator/health /actuator/health/liveness /actuator/health/readiness /server-status /nginx_status
/stub_status"""
USUAL = (
    *(Route("*", template, Action.OTHER, ignore="health") for template in _HEALTH.split()),
    *(Route("*", template, Action.OTHER, ignore="robot") for template in ("/robots.txt", "/favicon.ico")),
)
"""Health checks and robots of any service. They yield to every template of the profile. Whole paths only: a service
of health has pages of its own under /health."""


class RouteArrays(NamedTuple):
    """The automaton as arrays, few and wide: each one more makes compiling slower.

    `keys` → `values` is one open-addressed table, a power of two long, 0 = empty: roots of hosts, edges of nodes, slots
    of query and matrix keys (alone or with a fixed value), each under a salt of its own. Columns are named below.
    """

    keys: NDArray[np.uint64]
    values: NDArray[np.int32]
    nodes: NDArray[np.int32]  # OTHER_TO, AFFIXES, ACCEPTS, HAS_PAIRS; one row more ends the last node's ranges
    affixes: NDArray[np.int32]  # prefix offset and length, suffix offset and length, in `text`
    text: NDArray[np.uint8]
    accepts: NDArray[np.int32]  # routes that a node accepts, the most specific first
    routes: NDArray[np.int32]  # METHOD, GROUP, PAIRS, then PLACE_WIDTH columns a place; one row more ends the ranges
    pairs: NDArray[np.int32]  # slot; OPTIONAL, THERE or A_VALUE: what the route needs of it
    has: NDArray[np.uint8]  # any host-bound template; any matrix key; any pair with a fixed value


OTHER_TO, AFFIXES, ACCEPTS, HAS_PAIRS = range(4)
"""Of a node: where another segment leads (-1 = nowhere), its first affix, its first accepted route, any with pairs."""

METHOD, GROUP, PAIRS, PLACES_AT = range(4)
"""Of a route: index in METHODS (0 = any), rank of its host and path, its first pair, its places."""

PLACE_WIDTH = 4  # ABSENT, IN_SEGMENT or IN_PAIR; index; lengths of prefix and suffix
PLACED = ("patient", "account", "session")

ABSENT, IN_SEGMENT, IN_PAIR = 0, 1, 2
OPTIONAL, THERE, A_VALUE = 0, 1, 2


@dataclass(frozen=True)
class RouteTable:
    """A compiled profile. `routes` are the profile's, then USUAL; the automaton's results index them."""

    routes: tuple[Route, ...]
    arrays: RouteArrays
    slots: int


Member = tuple[int, int]  # a template, and how many of its segments are behind
Node = frozenset[Member]


def compile_routes(profile: Profile) -> RouteTable:
    """Return the automaton of the profile's templates.

    Raises ProfileError if a template cannot be read, or if they overlap so much that the automaton explodes.
    """
    routes = profile.routes + USUAL
    parsed = [parse_template(route.template) for route in routes]
    mistakes = [f"route {number}: {mistake}" for number, (_, found) in enumerate(parsed, 1) for mistake in found]
    if mistakes:
        raise ProfileError(profile.name or "profile", mistakes)
    templates = [template for template, _ in parsed]
    ranks = [_rank(template, usual=index >= len(profile.routes)) for index, template in enumerate(templates)]
    order = {rank: number for number, rank in enumerate(sorted(set(ranks)))}
    group = [order[rank] for rank in ranks]
    automaton = _Automaton(templates, profile.name or "profile")
    slots = _slots(templates)
    nodes, affixes, text, accepts = _node_arrays(automaton, templates, group)
    keys, values = _table(_entries(automaton, slots))
    by_route, pairs = _route_arrays(routes, templates, group, slots)
    has = _has(templates)
    arrays = RouteArrays(keys, values, nodes, affixes, text, accepts, by_route, pairs, has)
    return RouteTable(routes, arrays, len(slots))


def _rank(template: Template, *, usual: bool) -> tuple[Any, ...]:
    """Return what orders templates that match one path: smaller is more specific."""
    kind = 2 if usual else 1 if not template.host else 0
    return (kind, *(_part_rank(part) for part in template.segments))


def _part_rank(part: Part) -> tuple[int, int]:
    if not part.place:
        return (0, 0)
    if part.place == "*":
        return (3, 0)
    fixed = len(part.prefix) + len(part.suffix)
    return (1, -fixed) if fixed else (2, 0)


class _Automaton:
    """Nodes and edges, found breadth first from one root per host that templates name, and one for any host."""

    def __init__(self, templates: list[Template], name: str) -> None:
        self.templates = templates
        self.name = name
        self.nodes: list[Node] = []
        self.edges: dict[int, int] = {}
        self.other: list[int] = []
        self.affixes: list[list[tuple[bytes, bytes]]] = []
        self._number: dict[Node, int] = {}
        self._root("")
        self.hosts = {host: self._root(host) for host in sorted({t.host for t in templates if t.host})}
        done = 0
        while done < len(self.nodes):
            self._expand(done)
            done += 1

    def _root(self, host: str) -> int:
        return self._add(frozenset((i, 0) for i, t in enumerate(self.templates) if t.host in ("", host)))

    def _add(self, node: Node) -> int:
        if not node:
            return -1
        number = self._number.get(node)
        if number is None:
            number = self._number[node] = len(self.nodes)
            self.nodes.append(node)
            if number >= MOST_NODES or len(self.edges) >= MOST_EDGES:
                mistake = (
                    f"the templates overlap too much ({number} states, {len(self.edges)} edges): write variable "
                    "segments in fewer combinations with fixed ones"
                )
                raise ProfileError(self.name, [mistake])
        return number

    def _expand(self, number: int) -> None:
        """Find where each kind of segment leads from a node."""
        ahead = [
            (i, j, self.templates[i].segments[j]) for i, j in self.nodes[number] if j < len(self.templates[i].segments)
        ]
        always = {(i, j) if part.place == "*" else (i, j + 1) for i, j, part in ahead if _is_open(part)}
        affixes = sorted({(part.prefix, part.suffix) for _, _, part in ahead if _is_affix(part)})
        if len(affixes) > _MOST_AFFIXES:
            raise ProfileError(
                self.name, [f"more than {_MOST_AFFIXES} fixed texts around braces in one place of a path"]
            )
        fixed: dict[bytes, set[Member]] = {}
        for i, j, part in ahead:
            if not part.place:
                fixed.setdefault(part.prefix, set()).add((i, j + 1))
        self.affixes.append(affixes)
        self.other.append(self._add(frozenset(always)))
        for text, targets in sorted(fixed.items()):
            matching = {affix for affix in affixes if _fits(affix, text)}
            self._edge(mix(number, text_hash(text)), always | targets | _through(ahead, matching))
        for chosen in _together(affixes):
            mask = sum(1 << affixes.index(affix) for affix in chosen)
            self._edge(mix(number, int(AFFIX) ^ mask), always | _through(ahead, chosen))

    def _edge(self, key: int, target: set[Member]) -> None:
        assert key not in self.edges, "two segments of one node share a 64-bit hash"
        self.edges[key] = self._add(frozenset(target))


def _is_open(part: Part) -> bool:
    return bool(part.place) and not part.prefix and not part.suffix


def _is_affix(part: Part) -> bool:
    return bool(part.place) and not _is_open(part)


def _through(ahead: list[tuple[int, int, Part]], affixes: set[tuple[bytes, bytes]]) -> set[Member]:
    if not affixes:
        return set()
    return {(i, j + 1) for i, j, part in ahead if _is_affix(part) and (part.prefix, part.suffix) in affixes}


def _fits(affix: tuple[bytes, bytes], text: bytes) -> bool:
    prefix, suffix = affix
    return len(text) > len(prefix) + len(suffix) and text.startswith(prefix) and text.endswith(suffix)


def _together(affixes: list[tuple[bytes, bytes]]) -> list[set[tuple[bytes, bytes]]]:
    """Return the non-empty sets of affixes that one segment can match at once."""
    sets: list[set[tuple[bytes, bytes]]] = [set()]
    for affix in affixes:
        sets += [chosen | {affix} for chosen in sets if all(_compatible(affix, other) for other in chosen)]
        if len(sets) > MOST_EDGES:
            break  # too many: adding their nodes says so
    return sets[1:]


def _compatible(one: tuple[bytes, bytes], other: tuple[bytes, bytes]) -> bool:
    starts = one[0].startswith(other[0]) or other[0].startswith(one[0])
    ends = one[1].endswith(other[1]) or other[1].endswith(one[1])
    return starts and ends


def _table(entries: dict[int, int]) -> tuple[NDArray[np.uint64], NDArray[np.int32]]:
    """Return an open-addressed table at most half full."""
    size = 2
    while size < 2 * len(entries) + 1:
        size *= 2
    keys, values = np.zeros(size, np.uint64), np.full(size, -1, np.int32)
    for key, value in entries.items():
        at = int(key) & (size - 1)
        while keys[at]:
            at = (at + 1) & (size - 1)
        keys[at], values[at] = key, value
    return keys, values


def _entries(automaton: _Automaton, slots: dict[int, int]) -> dict[int, int]:
    hosts = {mix(HOST, text_hash(host.encode())): root for host, root in automaton.hosts.items()}
    entries = hosts | automaton.edges | slots
    assert len(entries) == len(hosts) + len(automaton.edges) + len(slots), "two keys share a 64-bit hash"
    return entries


def _starts(lists: list[list[Any]]) -> list[int]:
    return [0, *accumulate(map(len, lists))]


def _rows(rows: list[Any], width: int) -> NDArray[np.int32]:
    return np.array(rows, np.int32).reshape(-1, width)


def _node_arrays(automaton: _Automaton, templates: list[Template], group: list[int]) -> tuple[NDArray[Any], ...]:
    """Return `nodes`, `affixes`, `text` and `accepts`."""
    text = bytearray()
    affixes = []
    for prefix, suffix in (affix for node in automaton.affixes for affix in node):
        affixes.append((len(text), len(prefix), len(text) + len(prefix), len(suffix)))
        text += prefix + suffix
    accepted = []
    for node in automaton.nodes:
        ends = [i for i, j in node if [part.place for part in templates[i].segments[j:]] in ([], ["*"])]
        accepted.append(sorted(ends, key=lambda i: (group[i], i)))
    has_pairs = [any(templates[i].pairs for i in ends) for ends in accepted]
    columns = ([*automaton.other, -1], _starts(automaton.affixes), _starts(accepted), [*has_pairs, False])
    nodes = np.ascontiguousarray(np.array(columns, np.int32).T)
    accepts = np.array([i for ends in accepted for i in ends], np.int32)
    return nodes, _rows(affixes, 4), np.frombuffer(bytes(text) + b"\0", np.uint8), accepts


def _slot_keys(template: Template) -> list[tuple[int, int]]:
    """Return, for each pair of a template, the key of its slot and what the route needs of it."""
    found = []
    for pair in template.pairs:
        key = mix(MATRIX_KEY if pair.matrix else QUERY_KEY, text_hash(pair.key))
        if pair.value.place:
            found.append((key, A_VALUE if pair.value.place == "patient" else OPTIONAL))
        else:
            found.append((mix(int(FIXED_PAIR) ^ key, text_hash(pair.value.prefix)), THERE))
    return found


def _slots(templates: list[Template]) -> dict[int, int]:
    keys = dict.fromkeys(key for template in templates for key, _ in _slot_keys(template))
    return {key: number for number, key in enumerate(keys)}


def _route_arrays(
    routes: tuple[Route, ...], templates: list[Template], group: list[int], slots: dict[int, int]
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return `routes` and `pairs`."""
    pairs = [[(slots[key], needed) for key, needed in _slot_keys(template)] for template in templates]
    rows = []
    for route, template, rank, start in zip(routes, templates, group, _starts(pairs)[:-1], strict=True):
        method = 0 if route.method == "*" else METHODS.index(route.method)
        rows.append([method, rank, start, *(n for place in PLACED for n in _place(template, place, slots))])
    width = PLACES_AT + len(PLACED) * PLACE_WIDTH
    rows.append([0, -1, _starts(pairs)[-1], *[0] * (width - PLACES_AT)])
    return _rows(rows, width), _rows([row for route in pairs for row in route], 2)


def _has(templates: list[Template]) -> NDArray[np.uint8]:
    pairs = [pair for template in templates for pair in template.pairs]
    return np.array(
        [any(t.host for t in templates), any(p.matrix for p in pairs), any(not p.value.place for p in pairs)], np.uint8
    )


def _place(template: Template, place: str, slots: dict[int, int]) -> tuple[int, int, int, int]:
    for index, part in enumerate(template.segments):
        if part.place == place:
            return (IN_SEGMENT, index, len(part.prefix), len(part.suffix))
    for pair, (key, _) in zip(template.pairs, _slot_keys(template), strict=True):
        if pair.value.place == place:
            return (IN_PAIR, slots[key], 0, 0)
    return (ABSENT, 0, 0, 0)
