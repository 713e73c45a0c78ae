"""The sample of a log from which a profile is learnt: distinct targets taken apart, and who asked for them when."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple
from urllib.parse import unquote, unquote_plus

from maillon.facts.record import METHODS, UNROUTED, Parsed
from maillon.read.normalise import STATIC

Pairs = tuple[tuple[str, str], ...]

_MOST_SEGMENTS = 24
_HOST = re.compile(r"https?://([\w.-]+)(?::\d+)?(?=[/?#]|\Z)", re.IGNORECASE)
_STATIC = frozenset(STATIC)
_GET, _HEAD, _OPTIONS = (METHODS.index(name) for name in ("GET", "HEAD", "OPTIONS"))
_ACCOUNT_MADE_UP = 0.9


class Target(NamedTuple):
    """A distinct target, percent-decoded. `host` is "" where the log names none."""

    host: str
    segments: tuple[str, ...]
    matrix: Pairs
    query: Pairs
    static: bool


class Line(NamedTuple):
    """One record: indices into the sample's targets and actors."""

    method: str
    target: int
    actor: int
    at: int
    status: int
    named: bool  # the log names its account

    @property
    def well(self) -> bool:
        """Whether the service answered with what was asked for."""
        return self.status < 400


@dataclass
class Names:
    """How the user field, or the session, looks over a log."""

    lines: int = 0
    counts: Counter[str] = field(default_factory=Counter)

    @property
    def steady(self) -> bool:
        """Whether it is a name that comes back, not one made up for each request."""
        return bool(self.counts) and (self.lines < 20 or len(self.counts) < _ACCOUNT_MADE_UP * self.lines)

    @property
    def shared(self) -> bool:
        """Whether one name stands on nearly every line: a technical user."""
        return self.lines >= 20 and len(self.counts) <= 3 and self.counts.most_common(1)[0][1] > 0.95 * self.lines


@dataclass
class Sample:
    """The records of a log that have a target."""

    targets: list[Target]
    lines: list[Line]  # in order of time
    users: Names
    sessions: Names
    account: tuple[str, ...]  # of "user", "session": those that tell people apart
    names: list[str]  # of each actor: its account in lower case, "" where only its address is known

    @cached_property
    def actors(self) -> int:
        """How many people, or what stands for them, were answered well."""
        return len({line.actor for line in self.lines if line.well})


def read_sample(blocks: Sequence[Parsed]) -> Sample:
    """Return the sample of some blocks, whatever their boundaries."""
    rows = [row for block in blocks for row in _rows(block)]
    users, sessions = _names(row[2][0] for row in rows), _names(row[2][1] for row in rows)
    account = _account(users, sessions)
    targets: dict[bytes, int] = {}
    parsed: list[Target] = []
    actors: dict[tuple[str, ...], int] = {}
    names_of: list[str] = []
    asking: dict[_Asking, tuple[int, bool]] = {}
    lines = []
    for method, raw, asks, at, status in rows:
        number = targets.get(raw)
        if number is None:
            target = read_target(raw)
            number = targets[raw] = len(parsed) if target else -1
            if target:
                parsed.append(target)
        if number < 0:
            continue
        if asks not in asking:
            user, session, address = asks
            name = user if "user" in account else ""
            who = ("user", name.lower()) if name else ("session", session) if "session" in account and session else ()
            actor = actors.setdefault(who or ("address", address), len(actors))
            if actor == len(names_of):
                names_of.append(who[1] if who else "")
            asking[asks] = actor, bool(who)
        actor, named = asking[asks]
        lines.append(Line(method, number, actor, at, status, named))
    lines.sort(key=lambda line: line.at)
    return Sample(parsed, lines, users, sessions, account, names_of)


def _names(values: Iterable[str]) -> Names:
    counts = Counter(values)
    del counts[""]
    return Names(counts.total(), counts)


def _account(users: Names, sessions: Names) -> tuple[str, ...]:
    people = users.steady and not (users.shared and sessions.steady and len(sessions.counts) >= 5)
    found = (("user", people), ("session", sessions.steady and len(sessions.counts) > 1))
    return tuple(name for name, there in found if there)


_Asking = tuple[str, str, str]
_Row = tuple[str, bytes, _Asking, int, int]


def _rows(block: Parsed) -> list[_Row]:
    """Return (method, target, (user, session, address), at, status) of the records that a profile is for."""
    rows = block.rows[(block.rows["action"] == UNROUTED) & (block.rows["target_len"] > 0)]
    rows = rows[rows["method"] != _OPTIONS]
    text = block.buffer.tobytes()
    cut = {
        name: [text[a : a + n] for a, n in zip(rows[name].tolist(), rows[f"{name}_len"].tolist(), strict=True)]
        for name in ("target", "account", "session", "address")
    }
    methods = [METHODS[_GET if m == _HEAD else m] if m < len(METHODS) else "" for m in rows["method"].tolist()]
    said = list(zip(cut["account"], cut["session"], cut["address"], strict=True))
    asks = {one: (_name(one[0]), _name(one[1]), one[2].decode("latin-1")) for one in set(said)}
    who = map(asks.__getitem__, said)
    return list(zip(methods, cut["target"], who, rows["at"].tolist(), rows["status"].tolist(), strict=True))


def _name(raw: bytes) -> str:
    text = raw.decode("utf-8", "replace").strip()
    return "" if text == "-" else text


def read_target(raw: bytes) -> Target | None:
    """Return a target taken apart, or None for what no template can name (`*`, `host:443`, `..` in the path)."""
    text = raw.decode("utf-8", "replace")
    host = ""
    if not text.startswith("/"):
        absolute = _HOST.match(text)
        if not absolute:
            return None
        host, text = absolute[1].lower(), text[absolute.end() :] or "/"
        if not text.startswith("/"):
            return None
    path, _, query = text.partition("#")[0].partition("?")
    matrix: list[tuple[str, str]] = []
    written = path.split("/")
    if ";" in path:
        apart = [one.split(";") for one in written]
        written = [first for first, *_ in apart]
        matrix = [_pair(one, unquote) for _, *parameters in apart for one in parameters if "=" in one]
    segments = [one for one in written if one and one != "."]
    if "%" in path:
        segments = [unquote(one) for one in segments]
    if len(segments) > _MOST_SEGMENTS or ".." in segments:
        return None
    pairs = tuple(_pair(one, unquote_plus) for one in query.split("&") if "=" in one) if query else ()
    ending = segments[-1].rpartition(".")[2].lower() if segments and "." in segments[-1] else ""
    return Target(host, tuple(segments), tuple(matrix), pairs, ending in _STATIC)


def _pair(written: str, decode: Callable[[str], str]) -> tuple[str, str]:
    key, _, value = written.partition("=")
    return (decode(key) if "%" in key else key), (decode(value) if "%" in value or "+" in value else value)
