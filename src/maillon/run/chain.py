"""The chains of a state: what its ledger holds of leaks and look-alikes, joined with its lake and its decisions."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256
from itertools import chain as chain_of
from pathlib import Path

import msgspec

from maillon.ahead.chain import after, asked, chain, since
from maillon.ahead.frames import Frames
from maillon.ahead.referrers import referrers
from maillon.ahead.sightings import named_in, sighting
from maillon.ahead.visits import WITHIN_US
from maillon.decide.incidents import group
from maillon.edges.ledger import Entry
from maillon.edges.sources.compression import DamagedError, decompressed, is_compressed
from maillon.edges.state import State
from maillon.facts.chain import After, Chain, Sighting, Visit
from maillon.facts.decision import Decision
from maillon.facts.errors import SourceError
from maillon.facts.hand import HandOrder
from maillon.facts.incident import Incident
from maillon.facts.leak import Leak
from maillon.read.dialects import detect
from maillon.read.pseudonym import Keys
from maillon.read.reader import Reader, ReadSettings
from maillon.run.hands import reached
from maillon.run.scan import campaigns_of

_PIECE = 1 << 20
VISIT = "lookalike_visit"
"""The ledger's kind of entries that tell who went to a look-alike."""


@dataclass(frozen=True)
class Hits:
    """What a state knows of hits, and of what came after them."""

    leaks: tuple[Leak, ...]
    visits: tuple[Visit, ...]
    first: Mapping[int, tuple[int, str]]  # account's hash → moment and kind of its first hit
    later: Mapping[int, After]


def hits_of(state: State) -> Hits:
    """Return the hits in the ledger of `state`, with what its lake tells of their accounts."""
    leaks = tuple(msgspec.convert(one, Leak) for one in state.entries("leak"))
    visits = tuple(msgspec.convert(one, Visit) for one in state.entries(VISIT))
    first = since(leaks, visits)
    later = after(state.lake(), {account: at for account, (at, _) in first.items()}) if first else {}
    return Hits(leaks, visits, first, later)


def chains(state: State, incidents: Sequence[Incident], decisions: Sequence[Decision]) -> list[Chain]:
    """Return the chain of each of `incidents` that a hit belongs to, then of each other account that was hit.

    `decisions` are all of the state.
    """
    hits, known = hits_of(state), state.names().get("account", {})
    if not hits.first:
        return []
    told: set[int] = set()
    found = []
    for one in incidents:
        names = dict(zip(one.account_hashes, one.accounts, strict=True))
        told |= names.keys()
        found.append(chain(one, names, hits.leaks, hits.visits, hits.later, decisions))
    alone = sorted((hits.first.keys() - told) & known.keys(), key=lambda key: hits.first[key])
    found += [chain(None, {one: known[one]}, hits.leaks, hits.visits, hits.later, decisions) for one in alone]
    return [one for one in found if one.steps]


def all_chains(state: State) -> list[Chain]:
    """Return every chain of a state."""
    decisions = [msgspec.convert(body, Decision) for body in state.entries("decision")]
    return chains(state, group(decisions, campaigns_of(state).links()), decisions)


def seen_in(
    paths: Sequence[Path], brands: Mapping[str, str], keys: Keys, zone: int
) -> tuple[list[Sighting], dict[str, int]]:
    """Return where logs name a look-alike (`brands`: name → brand), and how many lines lack what. Raises SourceError.

    An access log that Maillon reads tells by its referrers, any other log by its lines. Each look-alike is told once a
    client and quarter of an hour. `zone` is that of logs that write none, in seconds.
    """
    names, lacking = named_in(brands), dict.fromkeys(("moment", "client"), 0)
    found: dict[tuple[str, int, int, int, int], Sighting] = {}
    for path in paths:
        reader: Reader | None = None
        for number, block in enumerate(_blocks(path)):
            if not number:
                reader = _of_accesses(block)
            for one in _told(block, reader, names, brands, keys, zone):
                if isinstance(one, Sighting):
                    key = (one.name, one.account_hash, one.address, one.network, one.at // WITHIN_US)
                    found.setdefault(key, one)
                elif one:
                    lacking[one] += 1
    return list(found.values()), lacking


def _of_accesses(block: bytes) -> Reader | None:
    """Return who reads a log that begins with `block`, where it is one of accesses with referrers."""
    reader = detect(block, ReadSettings())
    return reader if reader and bool((reader.parse(block, 0).rows["referrer_len"] > 0).any()) else None


def _told(
    block: bytes, reader: Reader | None, names: re.Pattern[str], brands: Mapping[str, str], keys: Keys, zone: int
) -> Iterator[Sighting | str]:
    """Yield what the lines of a block tell of look-alikes."""
    if reader is None:
        lines = block.decode("utf-8", "replace").split("\n")
    else:
        parsed = reader.parse(block, 0)
        if reader.zoneless:
            parsed.rows["at"] -= zone * 1_000_000
        yield from referrers(parsed, names, brands, keys)
        unread = (block[one.position :].partition(b"\n")[0] for one in parsed.rejected)
        lines = [one.decode("utf-8", "replace") for one in unread]
    yield from (sighting(line, names, brands, keys, zone) for line in lines)


def _blocks(path: Path) -> Iterator[bytes]:
    """Yield a log, plain or compressed, as blocks of whole lines."""
    frames = Frames()
    try:
        with path.open("rb") as file:
            head = file.read(_PIECE)
            if is_compressed(head):
                pieces: Iterable[bytes] = decompressed(file, head)
            else:
                pieces = chain_of([head], iter(lambda: file.read(_PIECE), b""))
            for piece in pieces:
                yield from frames.feed(piece)
    except DamagedError:
        pass  # what could be read counts; a log that is still being compressed ends early
    except OSError as error:
        raise SourceError(f"{path} cannot be read: {error.strerror}") from None
    if rest := frames.end():
        yield rest


def visit_entry(visit: Visit) -> Entry:
    """Return the ledger's entry of a visit; the same visit told twice is one entry."""
    name = sha256(f"visit:{visit.account_hash}:{visit.name}:{visit.at}".encode()).hexdigest()
    return name, VISIT, visit.at, asdict(visit)


def to_ask(state: State, zone: int = 0) -> list[Decision]:
    """Return a step-up for each account that was used after a hit and that no decision followed yet."""
    hits, known = hits_of(state), state.names().get("account", {})
    now = reached(state)
    decided = [msgspec.convert(body, Decision) for body in state.entries("decision")]
    zone = decided[-1].zone if decided else zone
    last = {one.account_hash: one.at for one in decided}
    found = []
    for account, (at, kind) in sorted(hits.first.items(), key=lambda one: one[1]):
        if account in known and last.get(account, -1) < at:
            decision = asked((at, kind), hits.later[account], known[account], now, zone)
            found += [decision] if decision else []
    return found


def decision_entries(decisions: Sequence[Decision]) -> list[Entry]:
    """Return decisions as entries of the ledger: an incident and its exposure begin with them."""
    return [(one.id, "decision", one.at, asdict(one)) for one in decisions]


def words(decisions: Sequence[Decision], who: str, why: str, said: int) -> list[HandOrder]:
    """Return the words by which a person puts the accounts of decisions under a step-up."""
    return [
        HandOrder(f"{one.id[:12]}-ask", said, one.account, one.account_hash, "step_up", who, why, said=said)
        for one in decisions
    ]
