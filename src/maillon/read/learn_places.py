"""The values of each place of a log's templates, places that hold the same identifiers put together."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from maillon.read.learn_forms import Forms
from maillon.read.learn_paths import Path, Token
from maillon.read.learn_sample import Sample, Target
from maillon.read.looks import is_clock, is_version, may_be_key
from maillon.read.vocabulary import SURELY_PATIENT, says

_MOST_LINES = 3000  # of one place that are looked at
_MOST_HOLDERS = 40  # places that one value stands in, above which it says nothing of either
_SAME_TAILS = 2  # ways on that two branches must share to be the same thing twice
_NO_NAME = frozenset(("id", "num", "ref", "n", "k", "no", "oid", "key", "uid"))


@dataclass(frozen=True, eq=False)
class Place:
    """Where a value stands: in a segment of every path that begins alike, or under a key of one form.

    There is one object for each: they compare by identity.
    """

    kind: str  # "path", "matrix", "query"
    key: str  # of the pair; the template up to the segment
    hint: str  # the fixed text nearest before it
    ends: str = ""  # of a segment: the template from the second fixed text before it
    alike: str = ""  # of a segment: the template up to it, the fixed texts but the nearest left out
    tails: set[str] = field(default_factory=set)  # of a segment: what follows it in the templates


Held = list[tuple[Place, str]]


@dataclass
class Values:
    """What stands in one place, or in several that hold the same things."""

    places: list[Place] = field(default_factory=list)
    lines: int = 0
    last: int = 0  # lines whose path has no identifier behind this one
    clock: int = 0  # values that are the moment of the request
    named: int = 0  # values that are the name of the one who asks
    runs: int = 0  # times that an account turned from one value to another
    apart: int = 0  # distinct values of each place, added up
    compared: int = 0  # lines of which the log names who asks
    uses: dict[str, int] = field(default_factory=dict)
    actors: dict[str, set[int]] = field(default_factory=dict)
    views: dict[str, set[tuple[str, int]]] = field(default_factory=dict)  # value → the forms it was asked for in

    def add(self, other: Values) -> None:
        """Take over the counts of another place."""
        self.places += other.places
        for name in ("lines", "last", "clock", "runs", "apart", "named", "compared"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        for value, count in other.uses.items():
            self.uses[value] = self.uses.get(value, 0) + count
            self.actors.setdefault(value, set()).update(other.actors[value])
            self.views.setdefault(value, set()).update(other.views[value])


@dataclass
class _Layout:
    """The places of a sample, found once each."""

    forms: Forms
    segments: dict[str, Place] = field(default_factory=dict)
    paths: dict[int, list[tuple[int, Token, Place]]] = field(default_factory=dict)
    pairs: dict[tuple[str, int, str], Place] = field(default_factory=dict)

    def of_path(self, number: int) -> list[tuple[int, Token, Place]]:
        """Return (segment, token, place) of each identifier of a path."""
        if number not in self.paths:
            self.paths[number] = list(self._segments(self.forms.paths[number]))
        return self.paths[number]

    def _segments(self, path: Path) -> Iterator[tuple[int, Token, Place]]:
        hint = ""
        for depth, token in enumerate(path.tokens):
            if not token.variable:
                hint = token.prefix
                continue
            key = path.upto(depth)
            if key not in self.segments:
                self.segments[key] = Place("path", key, token.prefix or hint, _ends(path, depth), _alike(path, depth))
            self.segments[key].tails.add("/".join(token.text("id") for token in path.tokens[depth + 1 :]))
            yield depth, token, self.segments[key]

    def pair(self, kind: str, number: int, key: str, path: Path) -> Place:
        """Return the place of a key."""
        if (kind, number, key) not in self.pairs:
            word = next((token.prefix for token in reversed(path.tokens) if not token.variable), "")
            hint = f"{key} {word}" if key.lower() in _NO_NAME else key
            self.pairs[kind, number, key] = Place(kind, key, hint)
        return self.pairs[kind, number, key]


def _ends(path: Path, depth: int) -> str:
    """Return the template of a path from the second fixed text before a segment; empty where there are not two."""
    fixed = [k for k, token in enumerate(path.tokens[:depth]) if not token.variable][-2:]
    return "/".join(token.text("id") for token in path.tokens[fixed[0] : depth + 1]) if len(fixed) == 2 else ""


def _alike(path: Path, depth: int) -> str:
    """Return `*/suivi/{id}` for both `/fr/suivi/{id}` and `/en/suivi/{id}`; empty without a second fixed text."""
    fixed = [k for k, token in enumerate(path.tokens[:depth]) if not token.variable]
    if len(fixed) < 2:
        return ""
    return "/".join("*" if k in fixed[:-1] else token.text("id") for k, token in enumerate(path.tokens[: depth + 1]))


def held_by(sample: Sample, forms: Forms) -> list[Held]:
    """Return, for each target, its places with what stands there: those of the path first, in order."""
    layout = _Layout(forms)
    return [
        _held(layout, parsed, form) if form >= 0 else []
        for parsed, form in zip(sample.targets, forms.of_target, strict=True)
    ]


def _held(layout: _Layout, parsed: Target, number: int) -> Held:
    form = layout.forms.forms[number]
    path = layout.forms.paths[form.path]
    found = [(place, token.value(parsed.segments[k])) for k, token, place in layout.of_path(form.path)]
    for key, value in parsed.matrix:
        if value and may_be_key(key):
            found.append((layout.pair("matrix", form.path, key, path), value))
    if parsed.query:
        keys, fixed = layout.forms.keys[number], dict(form.fixed)
        for key, value in dict(reversed(parsed.query)).items():
            if value and key in keys and key not in fixed and key != form.searches:
                found.append((layout.pair("query", number, key, path), value))
    return found


def find_places(sample: Sample, forms: Forms, holding: list[Held]) -> dict[Place, Values]:
    """Return what stands in each place, over the records that the service answered."""
    found: dict[Place, Values] = {}
    turned: dict[tuple[Place, int], str] = {}
    deep = [sum(place.kind == "path" for place, _ in held) - 1 for held in holding]
    for line in sample.lines:
        form = forms.of_target[line.target]
        if form < 0 or not line.well:
            continue
        held = holding[line.target]
        deepest = deep[line.target]
        for k, (place, value) in enumerate(held):
            here = found.get(place)
            if here is None:
                here = found[place] = Values([place])
            elif here.lines >= _MOST_LINES:
                continue
            here.lines += 1
            here.last += k >= deepest
            here.clock += is_clock(value, line.at)
            here.runs += turned.get((place, line.actor)) != value
            turned[place, line.actor] = value
            if line.named:
                here.compared += 1
                here.named += value.lower() == sample.names[line.actor]
            here.apart += value not in here.uses
            here.uses[value] = here.uses.get(value, 0) + 1
            here.actors.setdefault(value, set()).add(line.actor)
            here.views.setdefault(value, set()).add((line.method, form))
    return found


def joined(places: dict[Place, Values]) -> list[Values]:
    """Put together the places that hold the same identifiers."""
    order = list(places)
    root = {place: place for place in order}

    def top(place: Place) -> Place:
        while root[place] != place:
            place = root[place]
        return place

    for one, other in _same(places, order):
        first, second = top(one), top(other)
        if first != second:
            root[second] = first
    groups: dict[Place, Values] = {}
    for place in order:
        groups.setdefault(top(place), Values()).add(places[place])
    return list(groups.values())


def _same(places: dict[Place, Values], order: list[Place]) -> list[tuple[Place, Place]]:
    """Return pairs of places that share many of their values, or whose words name the same thing."""
    holders: dict[str, list[int]] = {}
    for number, place in enumerate(order):
        for value in places[place].uses:
            holders.setdefault(value, []).append(number)
    common: dict[tuple[int, int], int] = {}
    for value, numbers in holders.items():
        if not 1 < len(numbers) <= _MOST_HOLDERS or is_version(value):
            continue
        for k, one in enumerate(numbers):
            for other in numbers[k + 1 :]:
                common[one, other] = common.get((one, other), 0) + 1
    pairs = []
    for (one, other), count in sorted(common.items()):
        smaller = min(len(places[order[one]].uses), len(places[order[other]].uses))
        short = max(len(value) for value in places[order[one]].uses) < 4
        if count >= (10 if short else 3) and count >= (0.6 if short else 0.25) * smaller:
            pairs.append((order[one], order[other]))
    return pairs + _same_words(places, order)


def _same_words(places: dict[Place, Values], order: list[Place]) -> list[tuple[Place, Place]]:
    """Return pairs of places whose words name the same thing.

    `patient=` twice, `…/journal/{id}/full/{id}` twice, or `/fr/suivi/{id}` and `/en/suivi/{id}` that lead on alike.
    """
    first: dict[tuple[str, str], Place] = {}
    pairs = []
    for place in order:
        if place.kind != "path" and says(place.key, SURELY_PATIENT) and len(places[place].uses) > 1:
            pairs.append((first.setdefault((place.kind, place.key), place), place))
        elif place.ends:
            pairs.append((first.setdefault((_kind(places[place]), place.ends), place), place))
            other = first.setdefault((f"* {_kind(places[place])}", place.alike), place)
            common = len(place.tails & other.tails)
            if common >= _SAME_TAILS and 2 * common >= len(place.tails | other.tails):
                pairs.append((other, place))
    return [(one, other) for one, other in pairs if one is not other]


def _kind(values: Values) -> str:
    """Return what most values of a place are made of."""
    some = list(values.uses)[:50]
    return "digits" if sum(value.isdecimal() for value in some) > len(some) / 2 else "mixed"
