"""The values of each place of a log's templates, places that hold the same identifiers put together."""

from __future__ import annotations

from dataclasses import dataclass, field

from maillon.read.learn_forms import Forms, Place
from maillon.read.learn_sample import Sample
from maillon.read.looks import is_clock, is_version, may_be_key
from maillon.read.vocabulary import SURELY_PATIENT, says

_MOST_LINES = 6000  # of one place that are looked at


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


def places_of(sample: Sample, forms: Forms, target: int) -> list[tuple[Place, str]]:
    """Return the places of a target with what stands there, those of the path first, in order."""
    form = forms.of_target[target]
    path = forms.paths[forms.forms[form].path]
    parsed = sample.targets[target]
    found = []
    before = hint = ""
    for token, segment in zip(path.tokens, parsed.segments, strict=True):
        before += "/" + token.text("id")
        if token.variable:
            place = Place("path", -1, f"{path.host}{before}", token.prefix or hint)
            found.append((place, token.value(segment)))
        else:
            hint = token.prefix
    for key, value in parsed.matrix:
        if value and may_be_key(key):
            found.append((Place("matrix", forms.forms[form].path, key, _hint(key, path.tokens[-1].prefix)), value))
    fixed = dict(forms.forms[form].fixed)
    for key, value in dict(reversed(parsed.query)).items():
        if value and key in forms.keys[form] and key not in fixed and key != forms.forms[form].searches:
            found.append((Place("query", form, key, _hint(key, hint)), value))
    return found


def _hint(key: str, path: str) -> str:
    return key if key.lower() not in {"id", "num", "ref", "n", "k", "no", "oid", "key", "uid"} else f"{key} {path}"


def find_places(sample: Sample, forms: Forms) -> dict[Place, Values]:
    """Return what stands in each place, over the records that the service answered."""
    found: dict[Place, Values] = {}
    cache: dict[int, list[tuple[Place, str]]] = {}
    turned: dict[tuple[Place, int], str] = {}
    for line in sample.lines:
        form = forms.of_target[line.target]
        if form < 0 or not line.well:
            continue
        if line.target not in cache:
            cache[line.target] = places_of(sample, forms, line.target)
        held = cache[line.target]
        deepest = max((k for k, (place, _) in enumerate(held) if place.kind == "path"), default=-1)
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
        if len(numbers) == 1 or is_version(value):
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
    by_name: dict[str, Place] = {}
    for place in order:
        if place.kind != "path" and says(place.key, SURELY_PATIENT) and len(places[place].uses) > 1:
            pairs.append((by_name.setdefault(place.key, place), place))
    return pairs
