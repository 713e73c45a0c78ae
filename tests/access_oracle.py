"""Web access logs read by regular expressions: slow, plain, and written apart from the scanner it judges."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from maillon.facts.record import METHODS, SLICES

# A quoted field ends at the first quote that is not escaped and that what follows in the layout follows.
_REQUEST = rb'(?P<line>(?:[^"\\]|\\.|"(?! ))*+)" '
_REFERRER = rb'(?P<referrer>(?:[^"\\]|\\.|"(?! "))*+)" "'
_AGENT = rb'(?P<agent>(?:[^"\\]|\\.)*+)"'
# A user name may hold anything but what looks like the rest of the line.
_USER = rb'(?>(?P<account>.*?) \[(?P<time>(?=../.../)(?:(?!\] ").){26})\] ")'
_COMMON = rb"(?P<address>[^ ]*+) [^ ]*+ " + _USER + _REQUEST + rb"(?P<status>[^ ]*+) "
_COMBINED = _COMMON + rb'(?>.*? ")' + _REFERRER + _AGENT
PATTERNS = {
    "common": _COMMON,
    "combined": _COMBINED,
    "virtual host + common": rb"(?P<host>[^ ]*+) " + _COMMON,
    "virtual host + combined": rb"(?P<host>[^ ]*+) " + _COMBINED,
}
_TIME = re.compile(rb"(\d\d)/([A-Z][a-z][a-z])/(\d{4}):(\d\d):(\d\d):(\d\d) ([+-])(\d\d)(\d\d)", re.ASCII)
_MONTHS = (b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def read(name, line):
    """Return the columns of a line without its LF, None where it is to be rejected."""
    line = line[:-1] if line.endswith(b"\r") else line
    found = re.compile(PATTERNS[name], re.DOTALL).match(line)
    if not found:
        return None
    moment, status = _moment(found["time"]), found["status"]
    if moment is None or not re.fullmatch(rb"\d{3}|-|0", status):
        return None
    method, target = _request(found["line"])
    texts = {"target": target} | {k: v for k, v in found.groupdict().items() if k in SLICES and v != b"-"}
    return {
        "at": moment[0],
        "zone": moment[1],
        "status": int(status) if len(status) == 3 else 0,
        "method": method,
        **{k: texts.get(k, b"").decode("utf-8", "replace") for k in SLICES},
    }


def _moment(text):
    found = _TIME.fullmatch(text)
    if not found or found[2] not in _MONTHS:
        return None
    day, year, hour, minute, second, hours, minutes = (int(found[n]) for n in (1, 3, 4, 5, 6, 8, 9))
    if second > 60 or hours > 23 or minutes > 59 or not 1970 <= year <= 2200:
        return None
    try:
        civil = datetime(year, _MONTHS.index(found[2]) + 1, day, hour, minute, tzinfo=UTC)
    except ValueError:
        return None
    zone = (hours * 3600 + minutes * 60) * (-1 if found[7] == b"-" else 1)
    moment = civil + timedelta(seconds=second - zone)
    return None if moment < _EPOCH else ((moment - _EPOCH) // timedelta(microseconds=1), zone)


def _request(text):
    found = re.fullmatch(rb"([A-Z]{1,10}) (.*)", text, re.DOTALL)
    if not found:
        return 0, b""
    method = found[1].decode()
    target, _, protocol = found[2].rpartition(b" ")
    if not (b" " in found[2] and re.match(rb"HTTP.", protocol, re.DOTALL)):
        target = found[2]
    return METHODS.index(method) if method in METHODS else 0, target
