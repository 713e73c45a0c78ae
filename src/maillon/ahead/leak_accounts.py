"""The accounts that leaks are searched for: a file of the operator, as values, and the index of their names."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from maillon.facts.leak import LeakAccount
from maillon.read.identifiers import is_rpps

_HEADINGS = {
    "account": "account", "compte": "account", "username": "account",
    "email": "email", "mail": "email", "e-mail": "email", "courriel": "email", "emails": "email",
    "rpps": "rpps", "idnps": "rpps",
    "login": "login", "logins": "login", "identifiant": "login",
}  # fmt: skip
_EMAIL = re.compile(r"[^\s@:;|,]+@[^\s@:;|,]+\.[^\s@:;|,.]+")
_MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))


@dataclass
class LeakIndex:
    """Names as leaks write them (lower case) → accounts; and the hosts and domains of the service."""

    emails: dict[str, LeakAccount] = field(default_factory=dict)
    rpps: dict[str, LeakAccount] = field(default_factory=dict)
    logins: dict[str, LeakAccount] = field(default_factory=dict)
    domains: tuple[str, ...] = ()
    accounts: int = 0

    def named(self, login: str, *, own: bool) -> tuple[LeakAccount, str] | None:
        r"""Return the account that a login names, and by what. A plain login counts at the service itself only.

        `DOMAIN\user` names what `user` names; an RPPS may have the type `8` in front.
        """
        name = login.strip().strip("\"'").lower()
        for one in (name, name.rpartition("\\")[2]):
            if found := self.emails.get(one):
                return found, "email"
            digits = one[1:] if len(one) == 12 and one.startswith("8") else one
            if found := self.rpps.get(digits):
                return found, "rpps"
            if own and (found := self.logins.get(one)):
                return found, "login"
        return None

    def own_host(self, host: str) -> str:
        """Return `host` where it is one of the service's, or lies under one, else ""."""
        name = host.lower().strip(".")
        return name if any(name == one or name.endswith("." + one) for one in self.domains) else ""


def read_accounts(data: bytes) -> tuple[list[LeakAccount], list[str]]:
    """Return the accounts of a CSV and a sentence for each mistake, with its line.

    Columns: `account` (as the logs write it), and where there are any `email`, `rpps`, `login`, several values parted
    by blanks. An account that is itself an address or an RPPS is found by it too.
    """
    text = _text(data)
    delimiter = max(",;\t", key=text.split("\n", 1)[0].count)
    table = csv.reader(io.StringIO(text.replace("\0", ""), newline=""), delimiter=delimiter)
    mistakes: list[str] = []
    found: list[LeakAccount] = []
    try:
        headings = [_HEADINGS.get(one.strip().casefold(), "") for one in next(table, [])]
        if "account" not in headings:
            return [], ["line 1: no column `account` among the headings (others: email, rpps, login)"]
        for row in table:
            cells: dict[str, list[str]] = {}
            for name, value in zip(headings, row, strict=False):
                cells.setdefault(name, []).extend(value.split() if name != "account" else [value.strip()])
            account = next(iter(cells.get("account", [])), "")
            if account:
                found.append(_account(account, cells, f"line {table.line_num}", mistakes))
            elif any(value.strip() for value in row):
                mistakes.append(f"line {table.line_num}: names no account, and is left out")
    except csv.Error as error:
        mistakes.append(f"line {table.line_num}: {error}: what follows is left out")
    return found, mistakes


def index_of(accounts: Sequence[LeakAccount], domains: Iterable[str]) -> tuple[LeakIndex, list[str]]:
    """Return the index, and a sentence for each name that several accounts share: it counts for none of them."""
    index = LeakIndex(domains=tuple(one.lower().strip(" .") for one in domains), accounts=len(accounts))
    shared: list[str] = []
    for table, names in ((index.emails, "emails"), (index.rpps, "rpps"), (index.logins, "logins")):
        twice: set[str] = set()
        for account in accounts:
            for name in getattr(account, names):
                if table.setdefault(name, account).account.lower() != account.account.lower():
                    twice.add(name)
        for name in sorted(twice):
            shared.append(f"{name}: several accounts are called so; it counts for none of them")
            del table[name]
    return index, shared


def _account(name: str, cells: dict[str, list[str]], where: str, mistakes: list[str]) -> LeakAccount:
    emails = {one.lower() for one in cells.get("email", ())}
    rpps = set(cells.get("rpps", ()))
    if wrong := sorted(one for one in emails if not _EMAIL.fullmatch(one)):
        mistakes.append(f"{where}, column `email`: {wrong[0]} is no address")
    if wrong := sorted(one for one in rpps if not is_rpps(one.encode())):
        mistakes.append(f"{where}, column `rpps`: {wrong[0]} is no RPPS (11 digits, the last a key); it is left out")
        rpps -= set(wrong)
    logins = {name.lower(), *(one.lower() for one in cells.get("login", ()))}
    emails |= {one for one in logins if _EMAIL.fullmatch(one)}
    rpps |= {one for one in logins if is_rpps(one.encode())}
    bare = {one[1:] if len(one) == 12 else one for one in rpps}
    return LeakAccount(name, tuple(sorted(emails)), tuple(sorted(bare)), tuple(sorted(logins)))


def _text(data: bytes) -> str:
    encoding = next((name for mark, name in _MARKS if data.startswith(mark)), "utf-8")
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        text = data.decode("cp1252", "replace")
    return text.replace("\r\n", "\n").replace("\r", "\n")
