"""Web access logs read by regular expressions: slow, plain, and written apart from the scanner it judges."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from maillon.facts.record import METHODS, SLICES

# A quoted field ends at the first quote that is not escaped and that what follows in the layout follows.
_REQUEST = rb'(?P<line>(?:[^"\\]|\\.|"(?! ))*+)" '
_REFERRER = rb'(?P<referrer>(?:[^"\\]|\\.|"(?! "))*+)" "'
_QUOTED = rb'(?:[^"\\]|\\.)*+'
# A user name may hold anything but what looks like the rest of the line.
_USER = rb'(?>(?P<account>.*?) \[(?P<time>(?=../.../)(?:(?!\] ").){26})\] ")'
_WORD = rb"(?:, |[^ ])*+"  # what several servers answered is written with commas
_COMMON = rb"(?P<address>" + _WORD + rb") " + _WORD + rb" " + _USER + _REQUEST + rb"(?P<status>" + _WORD + rb") "
# What a line lacks after its status is absent.
_TAIL = rb'(?:(?>(?:, |,(?! )|[^,])*? ")(?:' + _REFERRER + rb"(?:(?P<agent>" + _QUOTED + rb')")?'
_COMBINED = _COMMON + _TAIL + rb"|(?P<last>" + _QUOTED + rb')")?)?'
_FRONTS = {"": b"", "virtual host + ": rb"(?P<host>" + _WORD + rb") ", "syslog + ": rb"(?>.*?: )"}
PATTERNS = {
    front + name: _FRONTS[front] + pattern
    for front in _FRONTS
    for name, pattern in (("common", _COMMON), ("combined", _COMBINED))
}
_TIME = re.compile(rb"(\d\d)/([A-Z][a-z][a-z])/(\d{4}):(\d\d):(\d\d):(\d\d) ([+-])(\d\d)(\d\d)", re.ASCII)
_MONTHS = (b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def read(name, line):
    """Return the columns of a line without its LF, None where it is to be rejected."""
    line = line[:-1] if line.endswith(b"\r") else line
    line = line.lstrip(b"\0")  # a loss of power leaves these before the next line
    found = re.compile(PATTERNS[name], re.DOTALL).match(line)
    if not found:
        return None
    moment, status = _moment(found["time"]), found["status"]
    if moment is None or not re.fullmatch(rb"\d{3}|-|0", status):
        return None
    method, target = _request(found["line"])
    texts = found.groupdict()
    texts["referrer"] = texts.get("referrer") or texts.get("last")
    texts = {k: v for k, v in texts.items() if v not in {None, b"-"} and (k, v) != ("account", b'""')}
    texts["target"] = target
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
    found = re.fullmatch(rb"([A-Za-z_-]{1,24}) (.*)", text, re.DOTALL)
    if not found or (found[1].decode() not in METHODS and not re.match(rb"/|[A-Za-z]*://", found[2])):
        return 0, b""
    method = found[1].decode()
    target, _, protocol = found[2].rpartition(b" ")
    if not (b" " in found[2] and re.match(rb"HTTP.", protocol, re.DOTALL)):
        target = found[2]
    return METHODS.index(method) if method in METHODS else 0, target
