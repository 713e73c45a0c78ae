"""Whether a name imitates a brand: brand word and lure word, permutations, digits for letters, foreign letters, places.

A name's letters are cut into known words (brand, imitation, lure, filler) so that as many as possible are explained:
`securiteameli` is all explained, `camelia` is not. The score adds what speaks for an imitation (docs/lookalikes.md).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import accumulate

from maillon.ahead.name_filter import NameFilter, name_filter
from maillon.ahead.permutations import permutations
from maillon.ahead.skeleton import readable, skeleton
from maillon.explain.lookalike import reason
from maillon.facts.lookalike import Brands, Lookalike, Why

THRESHOLD = 0.5
_HOST = re.compile(r"(?:[^\W_](?:[\w\-]{0,61}[^\W_])?\.){1,10}(?:xn--[a-z0-9\-]{2,59}|[^\W\d_]{2,24})", re.IGNORECASE)
_SECOND = frozenset(("co", "com", "org", "net", "asso", "gouv", "ac", "gov", "edu", "nom", "prd"))
_CHEAP = frozenset((
    "xyz", "top", "icu", "online", "site", "click", "link", "live", "shop", "store", "club", "info", "cfd", "sbs",
    "cyou", "buzz", "work", "rest", "fit", "vip", "cc", "tk", "ml", "ga", "cf", "gq", "support", "help", "app", "life",
))  # fmt: skip
_SEPARATORS = dict.fromkeys(map(ord, "-._"))
_BRAND, _LIKE, _WEAK, _LURE, _FILL = range(5)
_WORTH = {_BRAND: 1.0, _LIKE: 0.93, _WEAK: 0.95, _LURE: 0.9, _FILL: 0.5}
_SHORT = 6  # letters of a word that is found inside honest ones
_INNOCENT = 0.5
_STRENGTH = {_BRAND: 1.0, _LIKE: 0.8, _WEAK: 0.45}


@dataclass(frozen=True, eq=False)
class Word:
    """One word of the vocabulary. `of` is the brand or the token, `rule` how it was changed."""

    kind: int
    text: str
    brand: str = ""
    of: str = ""
    rule: str = ""
    innocent: bool = False


@dataclass(frozen=True)
class Watch:
    """All that names are compared with, made ready."""

    brands: Brands
    words: dict[str, Word | None] = field(repr=False)  # None = only the beginning of words
    own: frozenset[str] = frozenset()
    inside: tuple[tuple[str, str, str], ...] = ()  # own names, and how they stand inside another's
    free: frozenset[str] = frozenset()
    filter: NameFilter = field(repr=False, default_factory=lambda: name_filter(()))


@lru_cache(maxsize=4)
def watch_for(brands: Brands) -> Watch:
    """Return what compares names with these brands. Raises UsageError where dnstwist is missing."""
    words: dict[str, Word] = {}
    for text in brands.fillers:
        words[_bare(text)] = Word(_FILL, text)
    for text in brands.lures:
        words[_bare(text)] = Word(_LURE, text)
    looked: set[str] = set()
    for brand in brands.brands:
        for token in brand.weak:
            words[_bare(token)] = Word(_WEAK, token, brand.name, token)
        for like, (token, rule) in permutations(brand.tokens).items():
            words.setdefault(like, Word(_LIKE, like, brand.name, token, rule))
            looked.add(like)
        for text in brand.innocent:
            words[_bare(text)] = Word(_LIKE, text, brand.name, brand.tokens[0], "addition", innocent=True)
        looked |= {_bare(one) for one in (*brand.weak, *brand.innocent)}
    for brand in brands.brands:
        for token in brand.tokens:
            words[_bare(token)] = Word(_BRAND, token, brand.name, token)
            looked.add(_bare(token))
    own = frozenset(one for brand in brands.brands for one in brand.domains) | frozenset(brands.allowed)
    return Watch(
        brands,
        {word[:size]: None for word in words for size in range(1, len(word))} | words,
        own,
        tuple((one, f".{one}.", f"-{one.replace('.', '-')}") for one in sorted(own)),
        frozenset(brands.free_hosts),
        name_filter(sorted(looked)),
    )


def hosts_in(line: str) -> list[str]:
    """Return the names that a line of any kind holds, in lower case, without `*.` and `www.`."""
    return [one.lower().removeprefix("www.") for one in _HOST.findall(line)]


def judged(name: str, watch: Watch) -> Lookalike | None:
    """Return what a name imitates and how surely, or None for one that imitates nothing, or is the brand's own."""
    ascii_name = _ascii(name.lower().strip(".").removeprefix("*.").removeprefix("www."))
    if not ascii_name or _under(ascii_name, watch.own):
        return None
    shown = readable(ascii_name)
    host, free = _without_suffix(shown, ascii_name, watch.free)
    found: list[tuple[float, Word]] = []
    covered = 0
    letters = 0
    for label in host:
        parts = [_bare(one) for one in label.split("-")]
        cut = _cut("".join(parts), watch)
        found += _weighed(parts, cut)
        covered += sum(end - start for start, end, _ in cut)
        letters += sum(map(len, parts))
    strength, brand = max(found, key=lambda one: one[0], default=(0.0, None))
    if brand is None or not strength:
        return None
    words = dict.fromkeys(word for _, word in found)
    lures = [one for one in words if one.kind == _LURE or (one.kind == _WEAK and one is not brand)]
    score = 0.42 * strength + 0.15 * min(len(lures), 2) + 0.2 * min(covered / max(letters, 1), 1.0)
    others = {word.brand for weight, word in found if word.kind == _BRAND and weight == 1.0} - {brand.brand}
    reasons = [_about(brand)]
    if lures:
        reasons.append(reason("lure", ", ".join(one.text for one in lures[:4])))
    if others:
        score += 0.1
        reasons.append(reason("brands", ", ".join(sorted(others))))
    score += _circumstances(shown, ascii_name, free, watch, reasons)
    return Lookalike(ascii_name, shown, brand.brand, round(max(0.0, min(score, 1.0)), 3), tuple(reasons))


def _circumstances(shown: str, name: str, free: str, watch: Watch, reasons: list[Why]) -> float:
    """Return what the place and the writing of a name add, and tell why in `reasons`."""
    more = 0.0
    if shown != name:
        more += 0.2
        reasons.append(reason("idn", shown))
    if free:
        more += 0.15
        reasons.append(reason("free_host", free))
    elif (tld := name.rpartition(".")[2]) in _CHEAP:
        more += 0.05
        reasons.append(reason("tld", tld))
    dotted, dashed = f".{name}", f"-{name}"
    if inside := next((one for one, below, within in watch.inside if below in dotted or within in dashed), ""):
        more += 0.25
        reasons.append(reason("own_name_inside", inside))
    if re.search(r"[a-z][0134578][a-z]", shown):
        more += 0.08
        reasons.append(reason("digits", shown))
    return more


def _about(word: Word) -> Why:
    if word.kind == _LIKE:
        return reason("innocent" if word.innocent else "imitation", word.text, word.of, word.rule)
    return reason("brand" if word.kind == _BRAND else "weak", word.text)


def _weighed(parts: list[str], cut: list[tuple[int, int, Word]]) -> list[tuple[float, Word]]:
    """Return the words that a label, whose parts hyphens part, is cut into: how strongly each speaks for its brand.

    A short word inside honest letters (camelize, timeline) speaks for little: on its sides a known word, a hyphen or an
    end must stand; on both for an imitation, on one for the brand itself.
    """
    if not cut:
        return []
    edges = {0, *accumulate(map(len, parts))}
    sides = {at for start, end, _ in cut for at in (start, end) if end - start > 1}
    out = []
    for start, end, word in cut:
        strength = _INNOCENT if word.innocent else _STRENGTH.get(word.kind, 0.0)
        # A side counts as known where another word than this one ends or begins there.
        others = {at for s, e, _ in cut if s != start for at in (s, e)} & sides
        known = (start in edges or start in others) + (end in edges or end in others)
        if strength and end - start <= _SHORT and known < (1 if word.kind == _BRAND else 2):
            strength *= 0.4
        out.append((strength, word))
    return out


def _cut(text: str, watch: Watch) -> list[tuple[int, int, Word]]:
    """Cut letters into known words (start, end, word), so that what they explain weighs most."""
    size, words = len(text), watch.words
    best: list[tuple[float, int, Word | None]] = [(0.0, 0, None)] * (size + 1)
    explained = 0.0
    for start in range(size):
        if best[start][0] <= explained:
            best[start] = (explained, start - 1, None)
        explained = best[start][0]
        for end in range(start + 1, size + 1):
            piece = text[start:end]
            if piece not in words:
                break
            word = words[piece]
            if word:
                # One long word explains more than two short ones of as many letters.
                weight = explained + (end - start) * _WORTH[word.kind] - 0.3
                if weight > best[end][0]:
                    best[end] = (weight, start, word)
    if best[size][0] <= explained:
        best[size] = (explained, size - 1, None)
    found: list[tuple[int, int, Word]] = []
    at = size
    while at > 0:
        _, start, word = best[at]
        if word:
            found.append((start, at, word))
        at = start
    return found[::-1]


def _bare(text: str) -> str:
    return skeleton(text).translate(_SEPARATORS)


def _ascii(name: str) -> str:
    """Return a name in A-labels, as registries keep it; "" for one that cannot be written so."""
    if name.isascii():
        return name
    out = []
    for label in name.split("."):
        try:
            out.append(label if label.isascii() else "xn--" + label.encode("punycode").decode("ascii"))
        except UnicodeError:
            return ""
    return ".".join(out)


def _under(name: str, suffixes: Iterable[str]) -> bool:
    parts = name.split(".")
    return any(".".join(parts[at:]) in suffixes for at in range(len(parts)))


def _without_suffix(shown: str, name: str, free_hosts: frozenset[str]) -> tuple[list[str], str]:
    """Return the labels that somebody chose, and the free host where the name lies under one."""
    labels, below = shown.split("."), name
    while "." in below:
        below = below.partition(".")[2]
        if below in free_hosts:
            return labels[: -below.count(".") - 1], below
    public = 2 if len(labels) > 2 and labels[-2] in _SECOND and len(labels[-1]) == 2 else 1
    return labels[:-public], ""


def ranked(found: Iterable[Lookalike]) -> list[Lookalike]:
    """Return look-alikes in the order in which to look at them."""
    return sorted(found, key=lambda one: (-one.score, one.name))
