"""The chain of the ledger's entries: how each is sealed to the one before, and how a chain is checked.

An entry's link is a hash over the link before it and over a *commitment*: a hash of the entry's name, its body and a
salt of its own. Once salt, name and body are erased, nobody can find them again by guessing, and the chain still
holds. Entries of the first form (before there were commitments) have the body itself in their link; an erased one is
believed at the link that the record of its erasure repeats.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256
from itertools import pairwise
from secrets import token_hex
from typing import NamedTuple

import msgspec

ERASURE = "erasure"
"""Kind of the entries that tell which others were erased. They name nobody and are never erased themselves."""


class Link(NamedTuple):
    """One entry in its chain. `id`, `body` and `salt` are empty where they were erased or are withheld."""

    seq: int
    id: str
    kind: str
    at: int
    body: str
    salt: str  # empty in the first form
    commitment: str  # empty in the first form
    hash: str


def genesis(state: str) -> str:
    """Return the link before the first entry of the state of that name."""
    return _hash("maillon ledger", state)


def sealed(last: str, seq: int, name: str, kind: str, at: int, body: str) -> Link:
    """Return an entry linked to `last`, with a new salt."""
    salt = token_hex(16)
    commitment = _hash(salt, name, body)
    return Link(seq, name, kind, at, body, salt, commitment, _hash(last, kind, at, commitment))


def walk(links: Iterable[Link], last: str, first: int = 1, *, withheld: bool = False) -> tuple[int, str]:
    """Follow a chain from the link `last` before entry `first`; return how many entries are whole and what is wrong.

    "" = nothing. A body that is missing is wrong unless a record of its erasure stands in the chain, or bodies are
    `withheld` from who checks. The number of whole entries counts from the beginning of the ledger.
    """
    whole, missing, told = first - 1, {}, []
    for link in links:
        if link.seq != whole + 1:
            return whole, f"entry {whole + 1} is missing"
        last = _link(last, link)
        if last != link.hash or (link.commitment != _commitment(link) if link.body else link.salt):
            return whole, f"entry {link.seq} ({link.kind}) was changed, or one before it"
        if not link.body:
            missing[link.seq] = link
        elif link.kind == ERASURE:
            told.append(msgspec.json.decode(link.body))
        whole += 1
    if withheld:
        return whole, ""
    for body in told:
        mine = [missing.pop(seq) for seq in _numbers(body["entries"]) if seq in missing]
        if old_form(mine) != body["old"]:
            return mine[0].seq - 1 if mine else whole, "an entry that was erased was changed since"
    if missing:
        return min(missing) - 1, f"what entry {min(missing)} said was removed without a record of it"
    return whole, ""


def erasure(links: Sequence[Link]) -> dict[str, object]:
    """Return what the record of an erasure says: which entries (first and last of each run), the old ones' digest."""
    numbers = [link.seq for link in links]
    starts = [0, *(at for at, (one, two) in enumerate(pairwise(numbers), 1) if two != one + 1), len(numbers)]
    runs = [[numbers[one], numbers[two - 1]] for one, two in pairwise(starts) if two > one]
    return {"entries": runs, "old": old_form(links)}


def old_form(links: Iterable[Link]) -> str:
    """Return a digest of the entries of the first form: once erased, nothing else holds their kind and moment."""
    lines = [f"{link.seq} {link.kind} {link.at} {link.hash}" for link in links if not link.commitment]
    return _hash(*lines) if lines else ""


def _numbers(runs: Iterable[Sequence[int]]) -> Iterator[int]:
    for first, last in runs:
        yield from range(first, last + 1)


def _link(last: str, link: Link) -> str:
    if link.commitment:
        return _hash(last, link.kind, link.at, link.commitment)
    return _hash(last, link.id, link.kind, link.at, link.body) if link.body else link.hash


def _commitment(link: Link) -> str:
    return _hash(link.salt, link.id, link.body) if link.commitment else ""


def _hash(*parts: object) -> str:
    return sha256("\x1f".join(map(str, parts)).encode("utf-8", "surrogatepass")).hexdigest()
