"""From lines and blocks of a leak to what it tells of our own accounts: of a secret, only a keyed digest goes on.

A line is cut only where the quick look (`token_filter.py`) proposes it. What concerns nobody of ours is not kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha1

import numpy as np

from maillon.ahead.leak_accounts import LeakIndex
from maillon.ahead.stealer import Credential, cookies, credentials, family_of
from maillon.ahead.token_filter import TokenFilter, proposed, token_filter
from maillon.ahead.ulp import Cut, cuts, decoded, host_of
from maillon.facts.leak import Leak, LeakAccount
from maillon.read.normalise import account_hash
from maillon.read.pseudonym import Keys

_TOKEN = re.compile(r"[\w.\-@+%]{5,254}")


@dataclass(frozen=True)
class Found:
    """A leak, and the SHA-1 of its password for a range service: in memory only, in no message, never written."""

    leak: Leak
    sha1: str = field(default="", repr=False)


@dataclass
class Piece:
    """What one block gave."""

    found: list[Found] = field(default_factory=list)
    lines: int = 0
    long: int = 0
    candidates: int = 0
    unknown: int = 0
    cookies: set[str] = field(default_factory=set)  # keyed digests of cookies of the service
    people: dict[str, LeakAccount] = field(default_factory=dict)  # whom filled-in forms name
    family: str = ""


@dataclass
class Device:
    """One infected device, while its files come by in any order."""

    name: str
    at: int = 0  # of the infection, µs; 0 = not told yet
    file_at: int = 0
    family: str = ""
    names: set[str] = field(default_factory=set)
    cookies: set[str] = field(default_factory=set)
    people: dict[str, LeakAccount] = field(default_factory=dict)
    found: list[Found] = field(default_factory=list)


@dataclass(frozen=True)
class Search:
    """All that a search needs: names, the quick look over bytes, the keys of digests."""

    index: LeakIndex
    filter: TokenFilter
    keys: Keys


def search_for(index: LeakIndex, keys: Keys) -> Search:
    """Return what searches for the accounts of an index."""
    numbers = [*index.rpps, *(f"8{one}" for one in index.rpps)]
    return Search(index, token_filter([*index.emails, *numbers], index.domains), keys)


def in_lines(search: Search, block: bytes, source: str, at: int) -> Piece:
    """Search a block of lines `url:login:password` or `login:password`; `at` is the moment of the file."""
    piece, lines = _proposed(search, block)
    for line in lines:
        _line(search, line, source, at, piece)
    return piece


def in_blocks(search: Search, block: bytes, source: str, at: int) -> Piece:
    """Search a block of a stealer's passwords: labelled lines, several a record."""
    piece, lines = _proposed(search, block)
    piece.family = family_of(block[:2048].decode("latin-1"))
    if lines:
        for one in credentials(decoded(block).split("\n")):
            _credential(search, one, source, at, piece)
    return piece


def in_cookies(search: Search, block: bytes) -> Piece:
    """Search a block of cookies for those of the service."""
    piece, lines = _proposed(search, block)
    for one in cookies(map(decoded, lines)):
        if host := search.index.own_host(one.domain):
            piece.cookies.add(_digest(search.keys, "cookie", host, one.name, one.value))
    return piece


def in_forms(search: Search, block: bytes) -> Piece:
    """Search a block of filled-in forms for the people whom it names."""
    piece, lines = _proposed(search, block)
    for line in lines:
        for token in _TOKEN.findall(decoded(line)):
            if named := search.index.named(token, own=False):
                piece.people[named[0].account] = named[0]
    return piece


def told_of_device(search: Search, device: Device, source: str, family: str) -> list[Found]:
    """Return what one infected device tells, once all its files were read: dated, with the cookies stolen with it."""
    seen, dated = (device.at, "infection") if device.at else (device.file_at, "file")
    whole = [
        Found(
            replace(one.leak, seen=seen, dated=dated, family=device.family or family, cookies=len(device.cookies)),
            one.sha1,
        )
        for one in device.found
    ]
    held = {one.leak.account for one in whole}
    # Whom forms name is not known to be the one who worked there: said so where several are named.
    certain = len(device.people) == 1
    others = [one for one in device.people.values() if one.account not in held]
    whole += [_on_device(search, device, source, family, one, certain=certain) for one in others]
    if not whole and device.cookies:
        whole.append(_on_device(search, device, source, family, None, certain=False))
    return whole


def _on_device(
    search: Search, device: Device, source: str, family: str, person: LeakAccount | None, *, certain: bool
) -> Found:
    account, number = (person.account, account_hash(search.keys, person.account)) if person else ("", 0)
    digest = _digest(search.keys, "device", str(number), *sorted(device.cookies))
    return Found(
        Leak(
            digest, account, number, f"{source}!{device.name}" if device.name else source, "stealer", "device",
            device.at or device.file_at, "infection" if device.at else "file", bool(device.cookies), "",
            device.family or family, len(device.cookies), certain,
        )
    )  # fmt: skip


def _proposed(search: Search, block: bytes) -> tuple[Piece, list[bytes]]:
    padded = np.frombuffer(block + b"\0", np.uint8)
    places, lines, long = proposed(padded, len(block), search.filter)
    found = [block[first:end] for first, end in places.tolist()]
    return Piece(lines=lines, long=long, candidates=len(found)), found


def _line(search: Search, line: bytes, source: str, at: int, piece: Piece) -> None:
    ways = cuts(decoded(line))
    for number, way in enumerate(ways):
        own = search.index.own_host(way.host) if way.host else ""
        if named := search.index.named(way.login, own=bool(own)):
            nature = "ulp" if way.host else "combolist"
            piece.found.append(_found(search, *named, way, own, nature, source, at, certain=number == 0))
            return
    if ways and search.index.own_host(ways[0].host):
        piece.unknown += 1


def _credential(search: Search, one: Credential, source: str, at: int, piece: Piece) -> None:
    host = host_of(one.url)
    own = search.index.own_host(host)
    if named := search.index.named(one.login, own=bool(own)):
        way = Cut(host, one.login, one.password)
        piece.found.append(_found(search, *named, way, own, "stealer", source, at, certain=True))
    elif own:
        piece.unknown += 1


def _found(
    search: Search,
    account: LeakAccount,
    matched: str,
    way: Cut,
    own: str,
    nature: str,
    source: str,
    at: int,
    *,
    certain: bool,
) -> Found:
    # The same password at two other services is one reuse: the host counts only where it is the service's own.
    number = account_hash(search.keys, account.account)
    digest = _digest(search.keys, nature, str(number), own, way.password)
    leak = Leak(
        digest,
        account.account,
        number,
        source,
        nature,
        matched,
        at,
        "file",
        bool(own),
        own,
        certain=certain,
    )
    return Found(leak, sha1(way.password.encode("utf-8", "replace"), usedforsecurity=False).hexdigest().upper())


def _digest(keys: Keys, *parts: str) -> str:
    return keys.pseudonym("leak", "\x1f".join(parts).encode("utf-8", "replace"))


def fresh(found: Iterable[Found], told: set[str]) -> tuple[list[Found], int]:
    """Return what was not told before, one of each digest (added to `told`), and how many were."""
    new: list[Found] = []
    repeated = 0
    for one in found:
        if one.leak.digest in told:
            repeated += 1
        else:
            told.add(one.leak.digest)
            new.append(one)
    return new, repeated


def gravest_first(leaks: Sequence[Leak]) -> list[Leak]:
    """Return leaks in the order in which somebody should act on them."""
    return sorted(
        leaks,
        key=lambda one: (
            not one.own_service,
            one.nature != "stealer",
            not one.account_hash,
            not one.cookies,
            -one.seen,
            one.account,
        ),
    )
