"""The directory file (docs/directory.md): who works where as what, which accounts are machines, shared gateways.

Files of this kind come out of spreadsheets: comma, semicolon or tab, UTF-8 with or without a mark, UTF-16, or the old
Windows alphabet. A line or a value that cannot be meant is left out, counted and told; the rest is used.
"""

from __future__ import annotations

import csv
import difflib
import io
import ipaddress
from collections import Counter
from collections.abc import Iterable

import numpy as np

from maillon.facts.directory import Directory, Group, Person
from maillon.read.identifiers import canonical_bytes
from maillon.read.normalise import account_hash
from maillon.read.pseudonym import Keys
from maillon.read.siphash import siphash13

COLUMNS = ("account", "name", "role", "facility", "service_account", "shared", "networks")
_YES = frozenset(("yes", "y", "oui", "o", "true", "vrai", "1"))
_NO = frozenset(("", "no", "n", "non", "false", "faux", "0"))
_MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_MOST = 65_536
"""Networks of one line: more is a typing mistake, or a whole operator."""

_Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def read_directory(data: bytes, keys: Keys) -> tuple[Directory, list[str]]:
    """Return the directory that a file's bytes hold, and a sentence for each mistake, with its line and column.

    A file without a column `account` gives an empty directory and that mistake.
    """
    text, mistakes = _text(data)
    lines = text.split("\n", 1)
    delimiter = max(",;\t", key=lines[0].count)
    table = csv.reader(io.StringIO(text.replace("\0", ""), newline=""), delimiter=delimiter)
    read = _Reading(keys, mistakes)
    try:
        headings = [_heading(one) for one in next(table, [])]
        if "account" not in headings:
            told = ", ".join(filter(None, headings)) or "nothing"
            return Directory(), [*mistakes, f"line 1: no column `account` among the headings (found: {told})"]
        read.headings(headings)
        for row in table:
            if any(value.strip() for value in row):
                read.line(table.line_num, dict(zip(headings, (value.strip() for value in row), strict=False)))
    except csv.Error as error:
        mistakes.append(f"line {table.line_num}: {error}: what follows is left out")
    return read.directory(), mistakes


def network_hashes(networks: Iterable[str], keys: Keys) -> tuple[frozenset[int], frozenset[int]]:
    """Return the hashes that events carry for these networks (CIDR): of whole networks, and of single addresses.

    Events know /24 and /48: a smaller IPv4 network is given address by address, a smaller IPv6 one as its /48.
    """
    whole: set[int] = set()
    single: set[int] = set()
    for text in networks:
        network = ipaddress.ip_network(text)
        size, bytes_ = (24, 3) if network.version == 4 else (48, 6)
        if network.prefixlen <= size:
            whole |= {
                _hash(keys, "network", one.network_address.packed[:bytes_]) for one in network.subnets(new_prefix=size)
            }
        elif network.version == 4:
            single |= {_hash(keys, "address", one.packed) for one in network}
        else:
            whole.add(_hash(keys, "network", network.network_address.packed[:bytes_]))
    return frozenset(whole), frozenset(single)


class _Reading:
    """A directory while its lines are read."""

    def __init__(self, keys: Keys, mistakes: list[str]) -> None:
        self._keys = keys
        self._mistakes = mistakes
        self._people: dict[int, Person] = {}
        self._lines: dict[int, int] = {}
        self._gateways: dict[str, list[str]] = {}

    def headings(self, found: list[str]) -> None:
        """Tell of columns that say nothing to us, and of those that stand twice."""
        for name in dict.fromkeys(found):
            if name and name not in COLUMNS:
                near = difflib.get_close_matches(name, COLUMNS, 1, 0.6)
                hint = f"; did you mean `{near[0]}`?" if near else f" (known: {', '.join(COLUMNS)})"
                self._mistakes.append(f"line 1: column `{name}` is not known and is left out{hint}")
            if name and found.count(name) > 1:
                self._mistakes.append(f"line 1: column `{name}` stands twice: the last one counts")

    def line(self, number: int, row: dict[str, str]) -> None:
        """Take one line."""
        networks = self._networks(number, row.get("networks", ""))
        name, facility = row["account"], row.get("facility", "")
        if not name:
            if not networks:
                self._mistakes.append(f"line {number}: names neither an account nor a network, and is left out")
            self._gateways.setdefault(facility, []).extend(networks)
            return
        try:
            known = bool(canonical_bytes(name.encode(), account=True))
            key = account_hash(self._keys, name) if known else 0
        except ValueError as error:
            self._mistakes.append(f"line {number}, column `account`: {error}; the line is left out")
            return
        if not known:
            self._mistakes.append(f"line {number}, column `account`: {name!r} is how logs say nobody; it is left out")
            return
        if key in self._lines:
            self._mistakes.append(
                f"line {number}: the account {name} stands on line {self._lines[key]} already; this line is left out"
            )
            return
        self._lines[key] = number
        self._people[key] = Person(
            name,
            row.get("name", ""),
            row.get("role", ""),
            facility,
            self._yes(number, "service_account", row),
            self._yes(number, "shared", row),
            tuple(networks),
        )

    def directory(self) -> Directory:
        """Return what was read."""
        sizes = Counter(
            Group(one.facility, one.role)
            for one in self._people.values()
            if not one.service_account and (one.facility or one.role)
        )
        gateways = {facility: tuple(dict.fromkeys(found)) for facility, found in self._gateways.items() if found}
        whole, single = network_hashes((one for found in gateways.values() for one in found), self._keys)
        return Directory(self._people, gateways, dict(sizes), whole, single)

    def _yes(self, number: int, column: str, row: dict[str, str]) -> bool:
        value = row.get(column, "").casefold()
        if value not in _YES and value not in _NO:
            self._mistakes.append(
                f"line {number}, column `{column}`: {row[column]!r} is neither yes nor no: taken as no"
            )
        return value in _YES

    def _networks(self, number: int, text: str) -> list[str]:
        found = []
        for one in text.split():
            network = _network(one)
            if network is None:
                self._mistakes.append(f"line {number}, column `networks`: {one!r} is no address and no network")
            elif network.num_addresses > _MOST << (8 if network.version == 4 else 80):
                self._mistakes.append(f"line {number}, column `networks`: {one} is too wide to be anybody's own")
            else:
                found.append(str(network))
        return found


def _text(data: bytes) -> tuple[str, list[str]]:
    """Return the file as text with plain ends of lines, and what was wrong with its alphabet."""
    encoding = next((name for mark, name in _MARKS if data.startswith(mark)), "utf-8")
    mistakes = []
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        text = data.decode("cp1252", "replace")
        mistakes.append("the file is not UTF-8: read in the Windows alphabet (cp1252); look at its accents")
    return text.replace("\r\n", "\n").replace("\r", "\n"), mistakes


def _heading(text: str) -> str:
    return "_".join(text.strip().casefold().split())


def _network(text: str) -> _Network | None:
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        return None


def _hash(keys: Keys, label: str, packed: bytes) -> int:
    return int(siphash13(np.frombuffer(packed + bytes(8), np.uint8), 0, len(packed), *keys.sip(label)))
