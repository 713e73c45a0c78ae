"""A profile's templates compiled into one automaton over path segments, which `route_match` walks.

A node is the set of templates that the segments so far may belong to, so a fixed segment that leads nowhere still
counts as a variable one. A request takes the most specific template: the one bound to its host first; then, from left
to right, fixed segments before ones with fixed text around a brace before variable ones before `{*}`; then the one of
whose query and matrix keys most are there; then the one that names the method.
"""

from __future__ import annotations

from dataclasses import dataclass
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
    """The automaton as arrays. Tables of keys are open-addressed, a power of two long; key 0 = empty."""

    host_key: NDArray[np.uint64]
    host_root: NDArray[np.int32]
    edge_key: NDArray[np.uint64]
    edge_to: NDArray[np.int32]
    other_to: NDArray[np.int32]  # per node: where any other segment leads; -1 = nowhere
    affix_start: NDArray[np.int32]  # per node and one more: its first row in `affixes`
    affixes: NDArray[np.int32]  # prefix offset and length, suffix offset and length, in `text`
    text: NDArray[np.uint8]
    accept_start: NDArray[np.int32]  # per node and one more: its first entry in `accepts`
    accepts: NDArray[np.int32]  # routes, the most specific first
    node_pairs: NDArray[np.uint8]  # per node: 1 = an accepted route has query or matrix keys
    slot_key: NDArray[np.uint64]  # query and matrix keys, alone or with their fixed value
    slot_of: NDArray[np.int32]
    has: NDArray[np.uint8]  # any host-bound template; any matrix key; any pair with a fixed value
    method: NDArray[np.uint8]  # per route: index in METHODS; 0 = any
    group: NDArray[np.int32]  # per route: rank of its host and path
    pair_start: NDArray[np.int32]
    pairs: NDArray[np.int32]  # slot; OPTIONAL, THERE or A_VALUE: what the route needs of it
    places: NDArray[np.int32]  # per route, for patient, account, session: ABSENT, SEGMENT or PAIR; index; affix lengths


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
    group = np.array([order[rank] for rank in ranks], np.int32)
    automaton = _Automaton(templates, profile.name or "profile")
    slots = _slots(templates)
    arrays = RouteArrays(
        *_table({mix(HOST, text_hash(host.encode())): root for host, root in automaton.hosts.items()}),
        *_table(automaton.edges),
        np.array(automaton.other, np.int32),
        *_affix_arrays(automaton.affixes),
        *_accept_arrays(automaton.nodes, templates, group),
        *_table({key: number for number, key in enumerate(slots)}),
        _has(templates),
        np.array([0 if r.method == "*" else METHODS.index(r.method) for r in routes], np.uint8),
        group,
        *_pair_arrays(templates, slots),
        np.array(
            [[_place(t, place, slots) for place in ("patient", "account", "session")] for t in templates], np.int32
        ),
    )
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


def _starts(lists: list[list[Any]]) -> NDArray[np.int32]:
    return np.cumsum([0, *map(len, lists)]).astype(np.int32)


def _affix_arrays(affixes: list[list[tuple[bytes, bytes]]]) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    text = bytearray()
    rows = []
    for prefix, suffix in (affix for node in affixes for affix in node):
        rows.append((len(text), len(prefix), len(text) + len(prefix), len(suffix)))
        text += prefix + suffix
    return _starts(affixes), np.array(rows, np.int32).reshape(-1, 4), np.frombuffer(bytes(text) + b"\0", np.uint8)


def _accept_arrays(
    nodes: list[Node], templates: list[Template], group: NDArray[np.int32]
) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    accepted = []
    for node in nodes:
        ends = [i for i, j in node if [part.place for part in templates[i].segments[j:]] in ([], ["*"])]
        accepted.append(sorted(ends, key=lambda i: (group[i], i)))
    pairs = np.array([any(templates[i].pairs for i in ends) for ends in accepted], np.uint8)
    return _starts(accepted), np.array([i for ends in accepted for i in ends], np.int32), pairs


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


def _pair_arrays(templates: list[Template], slots: dict[int, int]) -> tuple[NDArray[Any], NDArray[Any]]:
    rows = [[(slots[key], needed) for key, needed in _slot_keys(template)] for template in templates]
    return _starts(rows), np.array([row for route in rows for row in route], np.int32).reshape(-1, 2)


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
