"""Names of the Internet that imitate a brand."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Brand:
    """What is imitated. Tokens are lower-case ASCII; `weak` ones are words of the language too and need a lure."""

    name: str
    tokens: tuple[str, ...]
    weak: tuple[str, ...] = ()
    innocent: tuple[str, ...] = ()  # words that resemble a token and are honest by themselves: first names …
    domains: tuple[str, ...] = ()  # its own, with all below them: never look-alikes


@dataclass(frozen=True)
class Brands:
    """All that names are compared with."""

    brands: tuple[Brand, ...]
    lures: tuple[str, ...] = ()
    fillers: tuple[str, ...] = ()
    allowed: tuple[str, ...] = ()  # suffixes that nobody can register under
    free_hosts: tuple[str, ...] = ()  # suffixes under which anybody gets a name at once


@dataclass(frozen=True)
class Why:
    """One reason, in both languages."""

    code: str
    fr: str
    en: str


@dataclass(frozen=True)
class Lookalike:
    """A name that imitates a brand. `score` is 0 to 1."""

    name: str  # as it is registered: A-labels, lower case
    shown: str  # as people read it
    brand: str
    score: float
    reasons: tuple[Why, ...]
    source: str = ""
    count: int = 1
    first: int = 0  # µs: when it was first told; 0 = now
