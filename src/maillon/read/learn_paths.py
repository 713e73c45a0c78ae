"""From distinct paths to templates: which segments are vocabulary, which are identifiers. Closed by default."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from urllib.parse import quote

from maillon.read.learn_sample import Sample, Target
from maillon.read.looks import affixes, may_be_word
from maillon.read.vocabulary import PATIENT, is_known, says

FEW_ACTORS = 8  # below, a word is proven by how often it comes, not by how many say it
_OFTEN = 10
_VERY_OFTEN = 50  # for a word of a log with one actor alone
_FEW_SIBLINGS = 25
_FEW_IF_FEW = 5
_ALIKE = 5  # siblings that lead to the same word, from which they are values of one thing, not words
_PAIRED = 3  # the same, where they share two words
_SAFE = "!$'()*,:@~"


@dataclass(frozen=True)
class Token:
    """One segment of a template: fixed text in `prefix`, or an identifier between fixed texts."""

    prefix: str
    variable: bool = False
    suffix: str = ""

    def text(self, place: str) -> str:
        """Return the segment as a template writes it."""
        if not self.variable:
            return quote(self.prefix, safe=_SAFE)
        return f"{quote(self.prefix, safe=_SAFE)}{{{place}}}{quote(self.suffix, safe=_SAFE)}"

    def value(self, segment: str) -> str:
        """Return what the identifier is in a segment."""
        return segment[len(self.prefix) : len(segment) - len(self.suffix)]


@dataclass(frozen=True)
class Path:
    """A path template. `host` is "" where the log has one host or none."""

    host: str
    tokens: tuple[Token, ...]

    def upto(self, depth: int) -> str:
        """Return the template up to a segment, its identifiers unnamed."""
        return self.host + "".join("/" + token.text("id") for token in self.tokens[: depth + 1])

    @property
    def words(self) -> tuple[str, ...]:
        """The fixed texts, in order."""
        return tuple(text for token in self.tokens for text in (token.prefix, token.suffix) if text)


@dataclass
class Paths:
    """Every path template, and the one of each target (-1 for static files)."""

    paths: list[Path] = field(default_factory=list)
    of_target: list[int] = field(default_factory=list)


@dataclass
class _Seen:
    """By whom a segment was asked for with success."""

    actors: set[int] = field(default_factory=set)
    lines: int = 0


@dataclass(frozen=True)
class Asked:
    """Who asked for each target with success, and how many lines."""

    actors: list[set[int]]
    lines: list[int]


def asked(sample: Sample) -> Asked:
    """Count over a sample."""
    actors: list[set[int]] = [set() for _ in sample.targets]
    lines = [0] * len(sample.targets)
    for line in sample.lines:
        if line.well:
            actors[line.target].add(line.actor)
            lines[line.target] += 1
    return Asked(actors, lines)


def proven(seen: dict[str, tuple[int, int]], everybody: int) -> set[str]:
    """Return the texts that are vocabulary, given (actors, lines) of each and how many actors the log has.

    A word is proven by many accounts (in a log with few, by many lines) and few siblings, or by being a word that
    everybody's services have. What looks like an identifier never is.
    """
    words = {text: counts for text, counts in seen.items() if counts[1] and may_be_word(text)}
    known = {text for text in words if is_known(text)}
    unknown = {text: counts for text, counts in words.items() if text not in known}
    if not unknown:
        return known
    most, total = max(actors for actors, _ in seen.values()), sum(actors for actors, _ in unknown.values())
    if everybody < FEW_ACTORS:
        if len(unknown) > _FEW_IF_FEW:
            return known
        often, need = (_OFTEN, max(2.0, most / 2)) if everybody > 1 else (_VERY_OFTEN, 1.0)
        return known | {text for text, (a, lines) in unknown.items() if a >= need and lines >= often and text.isalpha()}
    # One word each: the children of this place part the people among them, as accounts in a path do.
    if len(unknown) >= _ALIKE and total <= 1.3 * everybody and all(c[0] < 0.4 * total for c in unknown.values()):
        return known
    few = len(unknown) <= _FEW_SIBLINGS
    need = max(3.0 if few else 15.0, (0.02 if few else 0.25) * min(total, everybody))
    return known | {text for text, (actors, _) in unknown.items() if actors >= need}


def find_paths(sample: Sample, by: Asked) -> Paths:
    """Return the path templates of a sample."""
    found = Paths([], [-1] * len(sample.targets))
    hosts: dict[str, list[int]] = {}
    for number, target in enumerate(sample.targets):
        if not target.static and by.lines[number]:
            hosts.setdefault(target.host, []).append(number)
    fixed = _hosts(hosts, by, sample.actors) if len(hosts) > 1 else set()
    for host, members in _merged(hosts, fixed).items():
        for tokens, targets in _split(sample, by, members, 0):
            for number in targets:
                found.of_target[number] = len(found.paths)
            found.paths.append(Path(host, tokens))
    return found


def _hosts(hosts: dict[str, list[int]], by: Asked, everybody: int) -> set[str]:
    """Return the hosts that many ask for: their names are the service's own."""
    need = 3 if everybody >= FEW_ACTORS else 1
    asked_by = {host: set().union(*(by.actors[n] for n in members)) for host, members in hosts.items() if host}
    return {host for host, actors in asked_by.items() if len(actors) >= need}


def _merged(hosts: dict[str, list[int]], fixed: set[str]) -> dict[str, list[int]]:
    merged: dict[str, list[int]] = {}
    for host, members in hosts.items():
        merged.setdefault(host if host in fixed else "", []).extend(members)
    return merged


Split = Iterable[tuple[tuple[Token, ...], list[int]]]


def _split(sample: Sample, by: Asked, members: list[int], depth: int) -> Split:
    """Part targets of one prefix by their next segment, and go on below each part."""
    here = [number for number in members if len(sample.targets[number].segments) == depth]
    if here:
        yield (), here
    children: dict[str, list[int]] = {}
    for number in members:
        if len(sample.targets[number].segments) > depth:
            children.setdefault(sample.targets[number].segments[depth], []).append(number)
    words = _words(sample, by, children, depth)
    for token, below in _tokens(children, words).items():
        for tokens, targets in _split(sample, by, below, depth + 1):
            yield (token, *tokens), targets


def _words(sample: Sample, by: Asked, children: dict[str, list[int]], depth: int) -> set[str]:
    """Return the children of one place that are vocabulary, closed by default.

    Words that nobody's dictionary has and that lead on to the same words, or that stand right behind `patients`, are
    the names of things, whoever many may read them: `/patients/dupont-marie/identite`.
    """
    seen = {
        text: (len(set().union(*(by.actors[n] for n in numbers))), sum(by.lines[n] for n in numbers))
        for text, numbers in children.items()
    }
    words = proven(seen, sample.actors)
    unknown = [text for text in words if not is_known(text)]
    before = sample.targets[next(iter(children.values()))[0]].segments[depth - 1] if depth and unknown else ""
    if len(unknown) >= _ALIKE and says(before, PATIENT):
        return words.difference(unknown)
    leads = {text: {w for n in children[text] for w in _next(sample.targets[n], depth)} for text in unknown}
    shared = Counter(word for following in leads.values() for word in following)
    alike = {w for w, count in shared.items() if count >= _ALIKE}
    pairs = {w for w, count in shared.items() if count >= _PAIRED}
    return words - {text for text, following in leads.items() if following & alike or len(following & pairs) > 1}


def _next(target: Target, depth: int) -> tuple[str, ...]:
    """Return the word behind a segment, where there is one."""
    return tuple(word for word in target.segments[depth + 1 : depth + 2] if may_be_word(word))


def _tokens(children: dict[str, list[int]], words: set[str]) -> dict[Token, list[int]]:
    """Return the tokens of one place: proven words, then identifiers by the fixed text around them."""
    around: dict[tuple[str, str], list[str]] = {}
    for text in children:
        if text not in words:
            around.setdefault(affixes(text), []).append(text)
    found: dict[Token, list[int]] = {Token(text): children[text] for text in children if text in words}
    named: dict[str, int] = {}
    for (prefix, _), texts in around.items():
        named[prefix] = named.get(prefix, 0) + len(texts)
    for (prefix, suffix), texts in around.items():
        kept = prefix if _is_proven_prefix(prefix, named[prefix], len(children) - len(words)) else ""
        token = Token(kept, variable=True, suffix=suffix if kept or "(" not in prefix else "")
        found.setdefault(token, []).extend(number for text in texts for number in children[text])
    return found


def _is_proven_prefix(prefix: str, those: int, of: int) -> bool:
    """Tell whether fixed text before identifiers is vocabulary: everybody's services have it, or much is called so.

    `martin-1951` and `martin-1980` share a family name, not a word of the service.
    """
    word = prefix.rstrip("-_('")
    much = (those >= 10 and 3 * those > of) or (those >= 30 and 10 * those > of)
    return bool(prefix) and may_be_word(word) and (is_known(word) or much)
