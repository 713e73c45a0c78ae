"""What a thief's program leaves of one device: blocks of passwords, cookies, filled-in forms, the system's own words.

Layouts: RedLine, Raccoon, Vidar and Stealc, Lumma, META; the grammar is that of their text files (docs/leaks.md).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

_FIELD = re.compile(
    r"(?i)^[\s\-*•]*(?:"
    r"(?P<software>soft(?:ware)?|browser|application|storage)"
    r"|(?P<url>host(?:name)?|ur[l1]|link|site)"
    r"|(?P<login>user login|user(?:name)?|login|u53rn4m3|usr)"
    r"|(?P<password>user password|pass(?:word)?|p455w0rd|pwd)"
    r"|(?P<noise>profile|seller|log tools|free logs)"
    r")\s*:[ \t]?(?P<value>.*)$"
)
_RULE = re.compile(r"^\s*(?:[=\-_*~#+]{3,}.*)?$")
_HEADER = re.compile(r'^\s*\["Browser"\s*=\s*')
_FAMILY = re.compile(r"(?i)\b(redline|stealc|raccoon|lumma(?:c2)?|vidar|meta ?stealer|dcrat|risepro|rhadamanthys)\b")
_ALIASES = {"lummac2": "lumma", "meta stealer": "meta", "metastealer": "meta"}
_SYSTEM = re.compile(r"(?i)^[\s\-*•]*(log date|last seen|local time|date)\s*[:=]\s*(.+?)\s*$")
_DATES = (
    "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%d.%m.%Y %H:%M:%S", "%d/%m/%Y %H:%M:%S", "%m/%d/%Y %I:%M:%S %p",
    "%d/%m/%Y %H:%M", "%Y/%m/%d %H:%M:%S", "%d.%m.%Y %H:%M", "%d.%m.%Y", "%Y-%m-%d", "%a %b %d %H:%M:%S %Y",
    "%d %B %Y %H:%M:%S",
)  # fmt: skip
_OTHER = re.compile(
    r"process(?:es)?(?:[ _]?list)?|installed(?:[ _]?(?:software|programs|browsers|apps))?|software|domaindetects?|"
    r"history|clipboard|credit ?cards?|wallets|tokens|screenshot|downloads?"
)
_OTHER_FOLDERS = frozenset(("history", "downloads", "wallets", "discord", "creditcards", "cc", "cards"))
_FOLDERS = _OTHER_FOLDERS | {
    "cookies", "cookie", "autofill", "autofills", "browsers", "browser", "files", "filegrabber", "passwords", "steam",
    "telegram", "default", "system", "information", "misc",
}  # fmt: skip
_PRODUCTS = re.compile(
    r"(?i)^(?:(?:google|microsoft|mozilla)[ _\[(]*)?(?:chrome|edge|firefox|opera|brave|chromium|vivaldi|yandex)\b.*"
    r"|^profile[ _]?\d+$"
)


@dataclass(frozen=True)
class Credential:
    """One block. The password shows in no message."""

    url: str
    login: str
    password: str = field(repr=False)


@dataclass(frozen=True)
class Cookie:
    """One cookie: whose, until when (seconds since 1970; 0 = its session's end). The value shows in no message."""

    domain: str
    name: str
    expires: int
    value: str = field(repr=False)


def kind_of(path: str) -> str:
    """Return what a member of a stealer's archive holds: "passwords", "cookies", "autofill", "system", "other", ""."""
    parts = [one for one in re.split(r"[/\\]", path.lower()) if one]
    name = parts[-1] if parts else ""
    if not name.endswith((".txt", ".log", ".tsv", ".csv")) or "passwordcracker" in name:
        return ""
    if _OTHER.fullmatch(name.rpartition(".")[0]) or _OTHER_FOLDERS & set(parts[-2:-1]):
        return "other"
    around = [*parts[-3:-1], name]
    if any("cookie" in one for one in around):
        return "cookies"
    if any("autofill" in one for one in around):
        return "autofill"
    if "password" in name or name in {"brute.txt", "logins.txt"}:
        return "passwords"
    if re.search(r"system|information|userinfo|\bip\b", name):
        return "system"
    return ""


def device_of(path: str) -> str:
    """Return the folder of the device that a member belongs to: its path without the folders inside a stealer's log."""
    parts = [one for one in re.split(r"[/\\]", path) if one][:-1]
    while parts and (parts[-1].lower() in _FOLDERS or _PRODUCTS.match(parts[-1])):
        parts.pop()
    return "/".join(parts)


def looks_like_blocks(sample: str) -> bool:
    """Tell whether a text is made of blocks of labelled lines: at least one login and one password under a label."""
    seen: set[str] = set()
    for line in sample.split("\n")[:400]:
        if found := _FIELD.match(line.rstrip("\r")):
            seen |= {name for name in ("url", "login", "password") if found[name]}
    return {"login", "password"} <= seen


def looks_like_cookies(sample: str) -> bool:
    """Tell whether a text is a file of cookies in Netscape's format."""
    lines = [one for one in sample.split("\n")[:50] if one.strip() and not one.startswith("# ")]
    sound = sum(1 for one in lines if one.count("\t") >= 6 and one.split("\t")[1].upper() in {"TRUE", "FALSE"})
    return bool(lines) and sound >= max(1, len(lines) - 1)


def family_of(text: str) -> str:
    """Return the family of programs that a banner names, or ""."""
    found = _FAMILY.search(text)
    return _ALIASES.get(found[1].lower(), found[1].lower()) if found else ""


def family_by_layout(names: Iterable[str]) -> str:
    """Return the family whose layout the names of a device's files show, or ""."""
    held = {re.split(r"[/\\]", one)[-1].lower() for one in names}
    for family, marks in (
        ("redline", {"userinformation.txt"}),
        ("lumma", {"all passwords.txt"}),
        ("lumma", {"brute.txt"}),
        ("raccoon", {"system info.txt"}),
        ("vidar", {"information.txt"}),
        ("stealc", {"system_info.txt"}),
    ):
        if marks & held:
            return family
    return ""


def credentials(lines: Iterable[str]) -> Iterator[Credential]:
    """Yield the blocks of a file of passwords. A password may run over several lines; values may be empty."""
    now: dict[str, str] = {}
    last = ""
    for raw in lines:
        line = raw.rstrip("\r\n").replace("\0", "")
        found = _FIELD.match(line)
        if found is None:
            if _RULE.match(line) or _HEADER.match(line):
                yield from _block(now)
                now, last = {}, ""
            elif last == "password":
                now["password"] += "\n" + line
            continue
        name = next(one for one in ("software", "url", "login", "password", "noise") if found[one])
        if name == "noise":
            last = ""
            continue
        # A block without an empty line after it ends where a label comes again, or where the order begins anew.
        if name in now or ("password" in now and name in {"software", "url"} and "login" in now and "url" in now):
            yield from _block(now)
            now = {}
        now[name] = found["value"].strip(" \t")
        last = name
    yield from _block(now)


def _block(now: dict[str, str]) -> Iterator[Credential]:
    if now.get("login") or (now.get("password") and now.get("url")):
        yield Credential(now.get("url", ""), now.get("login", ""), now.get("password", ""))


def cookies(lines: Iterable[str]) -> Iterator[Cookie]:
    """Yield the cookies of a file in Netscape's format: seven fields parted by tabs."""
    for raw in lines:
        parts = raw.rstrip("\r\n").split("\t")
        domain = parts[0].removeprefix("#HttpOnly_").strip().lstrip(".").lower()
        if len(parts) >= 7 and domain and not domain.startswith("#"):
            expires = int(parts[4]) if parts[4].isascii() and parts[4].isdigit() and len(parts[4]) < 18 else 0
            yield Cookie(domain, parts[5], expires, parts[6])


def infected_at(lines: Iterable[str]) -> int:
    """Return the moment that a system file gives for the theft (µs since 1970, taken as UTC), 0 where it gives none."""
    found: dict[str, int] = {}
    for line in lines:
        match = _SYSTEM.match(line[:300])
        if match and (at := _moment(match[2])):
            found.setdefault(match[1].lower(), at)
    return next((found[one] for one in ("log date", "last seen", "local time", "date") if one in found), 0)


def _moment(text: str) -> int:
    """Return a moment in any of the ways stealers write it. A day that is as good a month is read as European."""
    bare = re.sub(r"\s*(?:\(?UTC.*|\(?GMT.*|Z)$", "", text.strip(), flags=re.IGNORECASE)
    for form in _DATES:
        try:
            when = datetime.strptime(bare[:40], form).replace(tzinfo=UTC)
        except ValueError:
            continue
        if 2000 <= when.year <= 2100:
            return int(when.timestamp()) * 1_000_000
    return 0
