"""Forms: a path template with the query pairs that tell what it does (`?action=view`), and the places of its values."""

from __future__ import annotations

from dataclasses import dataclass, field

from maillon.read.learn_paths import FEW_ACTORS, Asked, Path, Paths, proven
from maillon.read.learn_sample import Sample
from maillon.read.looks import may_be_key
from maillon.read.vocabulary import (
    ACTION_KEYS,
    ALONE,
    CARE,
    EXPORT,
    FORMAT_KEYS,
    LIST,
    LOGIN,
    LOGOUT,
    SEARCH,
    SEARCH_KEYS,
    UPDATE,
    is_known,
    pieces,
    says,
)

_VERBS = CARE | EXPORT | LIST | LOGIN | LOGOUT | SEARCH | UPDATE | frozenset(("view", "show", "voir"))
_MOST_VERBS = 20


@dataclass(frozen=True)
class Form:
    """A path with fixed query pairs. `searches` is the key of what is searched for, where there is one."""

    path: int
    fixed: tuple[tuple[str, str], ...] = ()
    searches: str = ""


@dataclass
class Forms:
    """The forms of a sample, the one of each target (-1 = none), the places of its values."""

    paths: list[Path]
    forms: list[Form] = field(default_factory=list)
    of_target: list[int] = field(default_factory=list)
    keys: list[dict[str, tuple[int, int]]] = field(default_factory=list)  # of each form: query key → (actors, lines)


def find_forms(sample: Sample, by: Asked, found: Paths) -> Forms:
    """Part each path by the keys and fixed values of its query."""
    forms = Forms(found.paths, [], [-1] * len(sample.targets))
    numbers: dict[Form, int] = {}
    members: list[list[int]] = [[] for _ in found.paths]
    for target, path in enumerate(found.of_target):
        if path >= 0:
            members[path].append(target)
    for path, targets in enumerate(members):
        keys = _keys(sample, by, targets)
        verbs = _verbs(sample, by, targets, keys)
        searched = [key for key in keys if _searches(key) and key not in verbs]
        for target in targets:
            query = dict(sample.targets[target].query)
            fixed = tuple((key, query[key]) for key, values in verbs.items() if query.get(key) in values)
            searches = next((key for key in searched if query.get(key)), "")
            form = Form(path, fixed, searches)
            number = numbers.setdefault(form, len(numbers))
            if number == len(forms.forms):
                forms.forms.append(form)
            forms.of_target[target] = number
    of_form: list[list[int]] = [[] for _ in forms.forms]
    for target, form_of in enumerate(forms.of_target):
        if form_of >= 0:
            of_form[form_of].append(target)
    forms.keys = [_keys(sample, by, targets) for targets in of_form]
    return forms


def _searches(key: str) -> bool:
    """Tell whether a key holds what is searched for."""
    return says(key, SEARCH_KEYS) or (len(pieces(key)) == 1 and says(key, ALONE))


def _keys(sample: Sample, by: Asked, targets: list[int]) -> dict[str, tuple[int, int]]:
    """Return the proven keys of the query over some targets, with who used them: the most used first."""
    actors: dict[str, set[int]] = {}
    lines: dict[str, int] = {}
    for target in targets:
        for key, _value in sample.targets[target].query:
            if may_be_key(key):
                actors.setdefault(key, set()).update(by.actors[target])
                lines[key] = lines.get(key, 0) + by.lines[target]
    few = sample.actors < FEW_ACTORS
    counts = {key: (len(who), lines[key]) for key, who in actors.items()}
    kept = {key: c for key, c in counts.items() if is_known(key) or c[0] >= 3 or (few and c[1] >= 3)}
    return dict(sorted(kept.items(), key=lambda item: (-item[1][1], item[0])))


def _verbs(sample: Sample, by: Asked, targets: list[int], keys: dict[str, tuple[int, int]]) -> dict[str, set[str]]:
    """Return the keys whose few, proven values tell what the form does: at most one of verbs and one of formats."""
    found: dict[str, set[str]] = {}
    for key in keys:
        is_format = says(key, FORMAT_KEYS) and not says(key, ACTION_KEYS)
        if (is_format and any(says(k, FORMAT_KEYS) for k in found)) or (
            not is_format and any(not says(k, FORMAT_KEYS) for k in found)
        ):
            continue
        seen = _values(sample, by, targets, key)
        if not seen or len(seen) > _MOST_VERBS:
            continue
        words = proven(seen, sample.actors)
        doing = {word for word in words if says(word, EXPORT if is_format else _VERBS)}
        if is_format and doing:
            found[key] = doing
        elif len(words) >= 2 and not is_format and (says(key, ACTION_KEYS) or 2 * len(doing) >= len(words)):
            found[key] = words
    return found


def _values(sample: Sample, by: Asked, targets: list[int], key: str) -> dict[str, tuple[int, int]]:
    actors: dict[str, set[int]] = {}
    lines: dict[str, int] = {}
    for target in targets:
        for name, value in sample.targets[target].query:
            if name == key:
                actors.setdefault(value, set()).update(by.actors[target])
                lines[value] = lines.get(value, 0) + by.lines[target]
        if len(actors) > 4 * _MOST_VERBS:
            break
    return {value: (len(who), lines[value]) for value, who in actors.items()}
