"""What the columns of an access log hold that no standard names, told from their content in a sample."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from ipaddress import ip_address
from typing import NamedTuple

from maillon.read.forwarded import of_the_house, without_port

_QUOTED = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"')
_TOKEN = re.compile(rb'"([^"\\]*(?:\\.[^"\\]*)*)"|(\S+(?:(?<=,) \S+)*)')
_NUMBER = re.compile(rb"(?:(?:\d*\.?\d+(?:ms|s)?|-)(?:, ?|$))+")  # several where a request was tried on several servers
_UNIQUE = re.compile(rb"[0-9a-fA-F]{16,64}|[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_SESSION = re.compile(rb"[A-Za-z0-9+/=_.:%-]{8,}")
_RANDOM = re.compile(rb"[A-Za-z]\d|\d[A-Za-z]|[a-z][A-Z]")
# What repeats as a session does and is none: machines (of the upstream), protocols and ciphers of TLS, media types.
_NO_SESSION = re.compile(rb"[\w-]+(\.[\w-]+)+(:\d+)?|[\w.-]+:\d+|TLSv[\d.]+|[A-Z]+(_|-)[A-Z0-9_-]+|[a-z]+/[a-z.+-]+")
_OWN = 0.9  # share of sessions that belong to one account: log-ins and addresses change within a few
_DRAWN = 12  # characters of a session id where nobody tells whose it is


class Seen(NamedTuple):
    """One value of a column, with whose line it is on."""

    value: bytes
    address: bytes
    account: bytes


def holds_sessions(front: str, head: bytes) -> bool:
    """Tell whether the column after the address holds a session, as EZproxy can be told to write it."""
    fronts = [found for line in head.splitlines() if (found := _front(front, line))]
    named = [Seen(session, address, account) for address, session, account in fronts if session != b"-"]
    return 2 * len(named) >= len(fronts) and _are_sessions(named)


def is_combined(head: bytes) -> bool:
    """Tell whether most lines have a quoted referrer and user agent after the request."""
    quoted = [len(_QUOTED.findall(line)) for line in head.splitlines()]
    return 2 * sum(count >= 3 for count in quoted) >= sum(count >= 1 for count in quoted)


def trailing(front: str, *, combined: bool, head: bytes) -> list[tuple[str, str]]:
    """Tell what stands after the last known column: (label, piece of log_format) of each trailing field."""
    tails = [
        (tail, _front(front, line) or [b"", b"", b""])
        for line in head.splitlines()
        if (tail := _tail(line, combined=combined)) is not None
    ]
    if not tails:
        return []
    width = Counter(len(tail) for tail, _ in tails).most_common(1)[0][0]
    whole = [(tail, owner) for tail, owner in tails if len(tail) == width]
    taken: set[str] = set()
    pieces = []
    for column in range(width):
        seen = [Seen(tail[column][1], owner[0], owner[2]) for tail, owner in whole]
        variable, label = _told(seen)
        if variable in taken:
            variable, label = "other", "other"
        taken |= {variable} - {"other"}
        quoted = all(tail[column][0] for tail, _ in whole)
        pieces.append((label, f' "${variable}"' if quoted else f" ${variable}"))
    return pieces


def is_address(text: str) -> bool:
    """Tell whether `text` is an IPv4 or IPv6 address, in brackets or not."""
    try:
        ip_address(text.strip("[]"))
    except ValueError:
        return False
    return True


def _front(front: str, line: bytes) -> list[bytes] | None:
    """Return address, second column and account of a line; None where it has not got them."""
    before = line.partition(b" [")[0]
    before = before.partition(b": ")[2] if front == "syslog + " else before
    words = before.split(b" ", 3)[1:] if front == "virtual host + " else before.split(b" ", 2)
    return words if len(words) == 3 else None


def _tail(line: bytes, *, combined: bool) -> list[tuple[bool, bytes]] | None:
    """Return the fields after the last known one, each with whether it is quoted; None where the line has no shape."""
    quoted = list(_QUOTED.finditer(line))
    needed = 3 if combined else 1
    if len(quoted) < needed:
        return None
    tail = line[quoted[needed - 1].end() :]
    if not combined:
        tail = tail.split(None, 2)[2] if len(tail.split(None, 2)) > 2 else b""
    return [(found[2] is None, found[2] if found[1] is None else found[1]) for found in _TOKEN.finditer(tail)]


def _told(seen: list[Seen]) -> tuple[str, str]:
    """Tell a trailing column by its content: (variable of log_format, label)."""
    named = [one for one in seen if one.value not in {b"-", b""}]
    values = [one.value for one in named]
    if not named or all(map(_NUMBER.fullmatch, values)):
        return "other", "number"
    if _are_forwarded(values):
        return "http_x_forwarded_for", "forwarded for"
    repeated = len({*values}) <= 0.95 * len(values)
    if all(_UNIQUE.fullmatch(value) for value in values) and not repeated:
        return "request_id", "request id"
    return ("session", "session") if repeated and _are_sessions(named) else ("other", "other")


def _are_forwarded(values: list[bytes]) -> bool:
    """Tell whether a column is X-Forwarded-For. Addresses of the house with ports are the upstream's."""
    hops = {hop.strip() for value in values for hop in value.decode("latin-1").split(",")} - {"unknown", "-", ""}
    bare = {hop: without_port(hop) for hop in hops}
    return all(map(is_address, bare.values())) and any(
        address == hop or not of_the_house(address) for hop, address in bare.items()
    )


def _are_sessions(named: list[Seen]) -> bool:
    """Tell whether a column holds sessions: several, each drawn at random, each of one account or address."""
    distinct = {one.value for one in named}
    if len(distinct) < 2 or not all(_SESSION.fullmatch(value) for value in distinct):
        return False
    random = sum(bool(_RANDOM.search(value)) for value in distinct)
    if 2 * random <= len(distinct) or any(_NO_SESSION.fullmatch(value) for value in distinct):
        return False
    accounts, addresses = defaultdict(set), defaultdict(set)
    for one in named:
        addresses[one.value].add(one.address)
        if one.account != b"-":
            accounts[one.value].add(one.account)
    owners = [accounts[value] or addresses[value] for value in distinct]
    if len(set[bytes]().union(*owners)) < 2:
        return all(len(value) >= _DRAWN for value in distinct)
    return sum(len(of_one) == 1 for of_one in owners) >= _OWN * len(distinct)
