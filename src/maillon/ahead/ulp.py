"""One line of a leak cut into host, login and password: `url:login:password`, its variants, and `login:password`.

Such lines were joined without quoting, so that a colon may belong to a scheme, a port, a path or a password. The
likeliest cut comes first and the other legal ones follow; who looks for an account tries them in turn.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

LONGEST = 4096
"""Bytes of a line; a longer one is set aside."""

_MOST = 6  # cuts of one line
_NOISE = re.compile(r"^[\ufeff\0\s]*(?:[\[({]\s*\d{1,9}\s*[\])}]\s*)?")
_SCHEME = re.compile(r"(?i)([a-z][a-z0-9+.\-]{1,20}):/{1,3}|(https?|ftp)[;/]{1,3}(?=[a-z0-9])")
_HOST = re.compile(r"(?i)\[[0-9a-f:.]{2,45}\]|[^\s/:;|,?#\\\"'<>@]{1,253}")
_BARE_HOST = re.compile(
    r"(?i)(?:[a-z0-9_](?:[a-z0-9_\-]{0,61}[a-z0-9_])?\.){1,8}(?:[a-z]{2,24}|xn--[a-z0-9\-]{2,59})(?![\w.@])"
)
_IPV4 = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}(?![\w.@])")
_PORT = re.compile(r":(\d{1,5})(?=[/:;|\t ,?#])")
_EMAIL = re.compile(r"(?<=[:;|\t ,])([^\s:;|,/@\"']{1,64}@[^\s:;|,/@\"']{1,253}\.[^\s:;|,/@\"'.]{2,24})(?=[:;|\t ,])")
_SEPARATORS = ":;|\t ,"
_TAIL = re.compile(r"(?i)[:;|\t ,](?=(?:[a-z][a-z0-9+.\-]{1,20}://|www\.)[^\s]+$)")


@dataclass(frozen=True)
class Cut:
    """One way to read a line. `host` is empty where the line names none; the password shows in no message."""

    host: str
    login: str
    password: str = field(repr=False)


def cuts(text: str) -> list[Cut]:
    """Return the ways to cut a line, the likeliest first; none where it is no credential at all."""
    line = _NOISE.sub("", text, count=1).rstrip("\r\n\0")
    found = _url_first(line) or _url_last(line) or ([] if _SCHEME.match(line) else _no_url(line))
    return list(dict.fromkeys(found))[:_MOST]


def decoded(raw: bytes) -> str:
    """Return a line's text: UTF-8, else the Windows alphabet, in which every byte means something."""
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("cp1252", "replace")


def host_of(url: str) -> str:
    """Return the host of a URL as a browser's store writes it, in lower case; "" where there is none."""
    found = _host_at(url.strip(), bare=True)
    return found[0] if found else ""


def _host_at(line: str, *, bare: bool) -> tuple[str, int] | None:
    """Return the host that a line begins with, and where what follows it begins."""
    scheme = _SCHEME.match(line)
    if not scheme:
        found = (_BARE_HOST.match(line) or _IPV4.match(line)) if bare else None
        return (found[0].lower(), found.end()) if found else None
    at = scheme.end()
    if (scheme[1] or "").lower() in {"android", "ios"}:  # android://KEY==@package.name/
        at = max(line.find("@", at, at + 300) + 1, at)
    elif (sign := line.find("@", at, at + 200)) >= 0 and "://" not in line[at:sign]:
        before = line[at:sign]
        # https://user:password@host/: everything up to the sign is one authority, with no path and no login of its own
        if "/" not in before and before.count(":") <= 1 and _names_host(line[sign + 1 :]) and not _names_host(before):
            at = sign + 1
    found = _HOST.match(line, at)
    return (found[0].strip("[]").rstrip(".").lower(), found.end()) if found else None


def _names_host(text: str) -> bool:
    return bool(_BARE_HOST.match(text) or _IPV4.match(text))


def _url_first(line: str) -> list[Cut]:
    found = _host_at(line, bare=True)
    if not found:
        return []
    host, at = found
    port = _PORT.match(line, at)
    starts = [at]
    if port and (line[port.end()] == "/" or sum(line.count(one, port.end()) for one in _SEPARATORS) >= 2):
        starts = [port.end(), at]  # a port; or, less likely, a login of digits
    out: list[Cut] = []
    for start in starts:
        out += _after_host(host, line[start:])
    return out


def _after_host(host: str, rest: str) -> list[Cut]:
    """Cut what follows a host: a path perhaps, a separator, a login, a separator, the password to the line's end."""
    out = []
    # An address right after a separator is the login: what stands left of it is path, what is right is password.
    if email := _EMAIL.search(rest):
        out.append(Cut(host, email[1], rest[email.end() + 1 :]))
    best = _by_best_separator(host, rest)
    return out + best


def _by_best_separator(host: str, rest: str) -> list[Cut]:
    out: list[Cut] = []
    for separator in sorted("|\t;: ,", key=lambda one: _rank(one, rest)):
        parts = rest.split(separator)
        if len(parts) < 3 or (separator in " ," and out):
            continue
        for i in range(1, min(len(parts) - 1, 6)):
            login = parts[i]
            if "/" in login and i < len(parts) - 2:
                continue  # still the path
            out.append(Cut(host, login.strip(), separator.join(parts[i + 1 :])))
    return out


def _rank(separator: str, rest: str) -> tuple[bool, bool, int]:
    """Order separators: the one that stands right after the host or its path first, then the rarer characters."""
    return rest.count(separator) < 2, not rest.startswith(separator), "|\t;: ,".index(separator)


def _url_last(line: str) -> list[Cut]:
    """Cut `login:password:url`."""
    tail = None
    for found in _TAIL.finditer(line):
        tail = tail or found
    if not tail:
        return []
    host = _host_at(line[tail.end() :], bare=True)
    left = line[: tail.start()]
    return [Cut(host[0], one.login, one.password) for one in _no_url(left)] if host else []


def _no_url(line: str) -> list[Cut]:
    """Cut `login:password`."""
    at = min((place for one in _SEPARATORS if (place := line.find(one)) >= 0), default=-1)
    if at < 0:
        return []
    out = [Cut("", line[:at].strip(), line[at + 1 :])]
    for one in ":;|\t":
        login, found, password = line.partition(one)
        if found:
            out.append(Cut("", login.strip(), password))
    return out
