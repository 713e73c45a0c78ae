"""JSON access logs, one object a line: nginx (escape=json), Caddy, Traefik, Envoy, and whoever uses their words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import compress
from typing import Any

import numpy as np

from maillon.facts.record import METHODS, Parsed, Rejected
from maillon.read.forwarded import client_address
from maillon.read.instant import EPOCH, LOCAL, instant, instant_of_text
from maillon.read.json_keys import Path, keys_of
from maillon.read.json_objects import RUN, objects
from maillon.read.lines import line_starts, whole_lines
from maillon.read.local_time import settle, zone_named
from maillon.read.reader import Dialect, Reader, ReadSettings
from maillon.read.shape import shape
from maillon.read.slices import Texts, build

Item = dict[str, Any]

_TEXTS = ("address", "account", "session", "request", "target", "host", "referrer", "agent")
_ABSENT = frozenset(("", "-", "--"))
_METHOD = {name: number for number, name in enumerate(METHODS)}
_STATUS: dict[object, int] = {key: code for code in range(100, 600) for key in (code, str(code))}
_SPEAKS = ("level", "msg", "message", "logger", "severity")  # a message of the server beside its access log
_SERVERS = (
    ("traefik", (b'"DownstreamStatus"',)),
    ("envoy", (b'"downstream_remote_address"', b'"x-envoy-', b'"x_envoy_', b'":authority"')),
    ("caddy", (b'"resp_headers"', b'"http.log.access')),
    ("nginx", (b'"remote_addr"', b'"time_iso8601"', b'"time_local"', b'"request_uri"', b'"http_user_agent"')),
)
EXAMPLE = (
    b'{"time_iso8601":"2026-03-01T08:12:03+01:00","remote_addr":"192.0.2.17","remote_user":"dr.martin",'
    b'"request":"GET /dossiers/4711/identite HTTP/2.0","status":"200","host":"portail.example",'
    b'"http_referer":"-","http_user_agent":"Mozilla/5.0","request_id":"6f1c02"}\n'
)


@dataclass
class JsonLines:
    """Reads one JSON access log. Its memory is that of local_time.settle."""

    name: str
    zoneless: bool
    zone: str
    state: dict[str, Any] = field(default_factory=dict)

    def parse(self, block: bytes, position: int) -> Parsed:
        """Read a block of whole lines. Rejects: not JSON, no time, time, no request."""
        starts = line_starts(block)
        count = len(starts) - 1
        accesses = _Accesses()
        parsed = Parsed(np.zeros(0, np.uint8), np.zeros(0), count)
        for first in range(0, count, RUN):
            rows, refused = _columns(objects(block, starts, first, min(first + RUN, count)))
            accesses.add(rows, first)
            for line, kind, reason in refused:
                start, end = starts[first + line], starts[first + line + 1]
                _count(parsed, position + int(start), block[start:end], kind, reason)
        lines, at, zone = (np.array(accesses.numbers[name], np.int64) for name in ("line", "at", "zone"))
        settle(at, zone, self.zone, self.state)
        status, method = accesses.numbers["status"], accesses.numbers["method"]
        where = position + starts[lines]
        parsed.buffer, parsed.rows = build(accesses.texts, where, at, zone, status=status, method=method)
        return parsed


class _Accesses:
    """The columns of a block, gathered run by run."""

    def __init__(self) -> None:
        self.numbers: dict[str, list[int]] = {name: [] for name in ("line", "at", "zone", "method", "status")}
        self.texts = {name: Texts() for name in _TEXTS}

    def add(self, rows: dict[str, list[Any]], first: int) -> None:
        """Add the accesses of a run that starts at line `first`."""
        self.numbers["line"] += [first + line for line in rows["line"]]
        self.numbers["at"] += [at for at, _ in rows["instant"]]
        self.numbers["zone"] += [zone for _, zone in rows["instant"]]
        self.numbers["method"] += rows["method"]
        self.numbers["status"] += rows["status"]
        for name, column in self.texts.items():
            column.extend(rows[name])


def _count(parsed: Parsed, position: int, line: bytes, kind: str, reason: str) -> None:
    """Count a line that is no access: ignored under `kind`, or rejected for `reason`."""
    kind = kind or ("" if line.strip() else "blank")
    if kind:
        parsed.ignored[kind] = parsed.ignored.get(kind, 0) + 1
    else:
        parsed.rejected.append(Rejected(position, reason, shape(line)))


def _columns(found: list[Item | None]) -> tuple[dict[str, list[Any]], list[tuple[int, str, str]]]:
    """Return the columns of the lines that are accesses, and (line, kind ignored, reason rejected) of the others."""
    items = [item or {} for item in found]
    keys = keys_of(items)
    rows = _requests(items, keys)
    rows["line"] = list(range(len(items)))
    rows["instant"] = _first(items, keys["time"], _instants, None)
    rows["status"] = _first(items, keys["status"], _statuses, 0)
    rows["address"] = _addresses(_texts(items, keys["address"]), _texts(items, keys["forwarded"]))
    for name in ("account", "session", "request", "host", "referrer", "agent"):
        rows[name] = _texts(items, keys[name])
    if None not in rows["instant"] and "" not in rows["target"] and 0 not in rows["status"]:
        return rows, []
    good = [
        when is not None and target != "" and (status > 0 or not _is_message(item, keys))
        for when, target, status, item in zip(rows["instant"], rows["target"], rows["status"], items, strict=True)
    ]
    refused = [
        (line, *_why(found[line], rows["status"][line], keys))
        for line in compress(rows["line"], (not fine for fine in good))
    ]
    return {name: list(compress(values, good)) for name, values in rows.items()}, refused


def _is_message(item: Item, keys: dict[str, tuple[Path, ...]]) -> bool:
    """Tell a message of the server, which may speak of a request but not of how it ended."""
    if not any(word in item for word in _SPEAKS):
        return False
    return all(value is None for path in keys["status"] for value in _dig([item], path))


def _why(item: Item | None, status: int, keys: dict[str, tuple[Path, ...]]) -> tuple[str, str]:
    """Return (kind to ignore it under, reason to reject it for): one of them is empty."""
    if item is None:
        return "", "not JSON"
    if _is_message(item, keys):
        return "server log", ""
    times = [value for path in keys["time"] for value in _dig([item], path) if value not in (None, "", "-")]
    if not any(instant(value) for value in times):
        return "", "time" if times else "no time"
    if status >= 400:  # what was sent was no HTTP request: the server answered without one
        return "empty request", ""
    return "", "no request"


def _requests(items: list[Item], keys: dict[str, tuple[Path, ...]]) -> dict[str, list[Any]]:
    """Return method and target, from keys of their own or from the request line."""
    method, target = _texts(items, keys["method"]), _texts(items, keys["target"])
    if "" in method or "" in target:
        lines = [
            parts if len(parts := line.split(" ")) == 3 and parts[2][:5] == "HTTP/" else _odd_request(line)
            for line in _texts(items, keys["request_line"])
        ]
        method, target = (_filled(own, [line[part] for line in lines]) for part, own in enumerate((method, target)))
    if "" in target:
        paths, queries = _texts(items, keys["path"]), _texts(items, keys["query"])
        rewritten = [
            f"{path}?{query.removeprefix('?')}" if query and path and "?" not in path else path
            for path, query in zip(paths, queries, strict=True)
        ]
        target = _filled(target, rewritten)
    return {"method": [_METHOD.get(name, 0) for name in method], "target": target}


def _filled(column: list[Any], other: list[Any]) -> list[Any]:
    """Return `column` with what it lacks from `other`."""
    return [own or more for own, more in zip(column, other, strict=True)] if any(column) else other


def _odd_request(line: str) -> list[str]:
    """Split a request line whose target holds spaces, or that has no version, or no method."""
    method, _, rest = line.partition(" ")
    target, _, version = rest.rpartition(" ")
    if version.startswith("HTTP/") and target:
        return [method, target]
    return [method, rest] if rest else ["", line if line.startswith("/") else ""]


def _addresses(peers: list[str], forwarded: list[str]) -> list[str]:
    if any(forwarded):
        return [client_address(*pair) for pair in zip(peers, forwarded, strict=True)]
    text = "".join(peers)
    return [client_address(peer, "") for peer in peers] if ":" in text or "," in text else peers


def _texts(items: list[Item], paths: Sequence[Path]) -> list[str]:
    return _first(items, paths, _as_texts, "")


def _first(items: list[Item], paths: Sequence[Path], read: Callable[[list[Any]], list[Any]], none: object) -> list[Any]:
    """Return for each item what `read` makes of the first path that holds something; `none` where none does."""
    if not paths:
        return [none] * len(items)
    column = read(_dig(items, paths[0]))
    for path in paths[1:]:
        if none not in column:
            break
        column = _filled(column, read(_dig(items, path)))
    return column


def _dig(items: Iterable[Item], path: Path) -> list[Any]:
    word, *words = path
    values = [item.get(word) for item in items]
    for word in words:
        values = [value.get(word) if type(value) is dict else None for value in values]
    return values


def _as_texts(values: list[Any]) -> list[str]:
    return [
        ("" if value == "-" or value == "--" else value)  # noqa: PLR1714 (a set would hash each text)
        if type(value) is str
        else _as_text(value)
        for value in values
    ]


def _as_text(value: object) -> str:
    if isinstance(value, list):
        value = value[0] if value else ""
    if isinstance(value, bool):
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = str(value) if isinstance(value, str | int | float) else ""
    return "" if text in _ABSENT else text


def _instants(values: list[Any]) -> list[tuple[int, int] | None]:
    return [instant_of_text(value) if type(value) is str else instant(value) for value in values]


def _statuses(values: list[Any]) -> list[int]:
    try:
        return [_STATUS.get(value, 0) for value in values]
    except TypeError:  # a list or an object in its place
        return [_STATUS.get(value, 0) if isinstance(value, str | int | float) else 0 for value in values]


def _sample_columns(sample: bytes) -> tuple[dict[str, list[Any]], int]:
    """Return the accesses of a sample's whole lines, and how many lines claim to be one."""
    sample = whole_lines(sample)
    starts = line_starts(sample)
    last = min(len(starts) - 1, RUN)
    if not last:
        return {"instant": []}, 0
    rows, refused = _columns(objects(sample, starts, 0, last))
    aside = sum(
        kind == "server log" or not sample[starts[line] : starts[line + 1]].strip() for line, kind, _ in refused
    )
    return rows, last - aside


def sniff(sample: bytes, _settings: ReadSettings) -> float:
    """Return the share of lines with a time and a request; messages of the server among them do not count."""
    rows, claims = _sample_columns(sample)
    return len(rows["instant"]) / claims if claims else 0.0


def open_reader(sample: bytes, settings: ReadSettings) -> Reader:
    """Return a reader. Raises UsageError where settings.tz names no zone."""
    rows, _ = _sample_columns(sample)
    zoneless = any(zone in {LOCAL, EPOCH} for _, zone in rows["instant"])
    server = next((name for name, marks in _SERVERS if any(mark in sample for mark in marks)), "")
    name = f"json ({server})" if server else "json"
    return JsonLines(name, zoneless, zone_named(settings.tz))


DIALECT = Dialect("json", "JSON access log: nginx, Caddy, Traefik, Envoy", EXAMPLE, sniff, open_reader)
