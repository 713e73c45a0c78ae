"""Where one's own DNS, proxy and access logs name a known look-alike: the moment, and who asked.

Lines are of many makes; what all have is a name, a moment and a client's address. Moments: RFC 3339, the access log's
`[09/Mar/2026:10:39:18 +0100]`, BIND's `09-Mar-2026 10:39:18` (on the clock of `zone`), seconds since 1970 (Squid,
Unbound). An access log's line tells the account too, where it has one: that is certain.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone

from maillon.facts.chain import Sighting
from maillon.read.directory import network_hashes
from maillon.read.normalise import account_hash
from maillon.read.pseudonym import Keys

_ISO = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)")
_ACCESS = re.compile(r"(?:^| )(?P<user>\S+) \[(?P<at>\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d [+-]\d{4})\]")
_BIND = re.compile(r"\d\d-[A-Z][a-z]{2}-\d{4} \d\d:\d\d:\d\d")
_EPOCH = re.compile(r"(?:^|\[)(1\d{9})(?:\.\d+)?(?:\]|\s)")
_ADDRESS = re.compile(r"(?<![\w.:])(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,7})(?![\w.])")


def named_in(names: Mapping[str, str]) -> re.Pattern[str]:
    """Return what finds the names (keys, lower case) in a line; nothing around them may belong to a name."""
    every = "|".join(re.escape(one) for one in sorted(names, key=len, reverse=True)) or r"(?!)"
    return re.compile(rf"(?<![\w-])({every})(?![\w-])(?!\.[a-z])", re.IGNORECASE)


def sighting(line: str, names: re.Pattern[str], brands: Mapping[str, str], keys: Keys, zone: int) -> Sighting | str:
    """Return what a line tells of a look-alike; "" where it names none, else what it lacks ("moment", "client").

    `names` comes from `named_in(brands)`; `brands` maps each name to what it imitates.
    """
    found = names.search(line)
    if not found:
        return ""
    name = found[1].lower()
    access = _ACCESS.search(line)
    at = _moment(line, access, zone)
    if not at:
        return "moment"
    user = access["user"] if access else "-"
    via = "referrer" if access else "proxy" if "://" in line or "CONNECT" in line else "dns"
    if user != "-":
        try:
            return Sighting(name, at, via, account_hash=account_hash(keys, user), brand=brands[name])
        except ValueError:
            return "client"
    for text in _ADDRESS.findall(line.replace(found[0], " ")):
        try:
            network, single = network_hashes([str(ipaddress.ip_address(text))], keys)
        except ValueError:
            continue
        return Sighting(
            name, at, via, address=next(iter(single), 0), network=next(iter(network), 0), brand=brands[name]
        )
    return "client"


def _moment(line: str, access: re.Match[str] | None, zone: int) -> int:
    """Return the line's moment (µs since 1970 UTC), 0 where it has none."""
    try:
        if access:
            when = datetime.strptime(access["at"], "%d/%b/%Y:%H:%M:%S %z")
        elif iso := _ISO.search(line):
            when = datetime.fromisoformat(iso[0])
        elif bind := _BIND.search(line):
            local = timezone(timedelta(seconds=zone))
            when = datetime.strptime(bind[0], "%d-%b-%Y %H:%M:%S").replace(tzinfo=local)
        elif epoch := _EPOCH.search(line):
            when = datetime.fromtimestamp(int(epoch[1]), UTC)
        else:
            return 0
    except ValueError:
        return 0
    return round(when.timestamp() * 1_000_000)
