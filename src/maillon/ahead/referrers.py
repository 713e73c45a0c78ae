"""Where an access log's referrers name a known look-alike: who came from there to one's own portal.

The look-alike must stand in the host of the referrer, or in the host of an absolute target (a forward proxy's log); a
path, a query or a client's name that holds it says nothing. Only that host is kept.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping

import numpy as np

from maillon.facts.chain import Sighting
from maillon.facts.record import Parsed
from maillon.read.directory import network_hashes
from maillon.read.normalise import account_hash
from maillon.read.pseudonym import Keys

_HOST = re.compile(rb"(?:[a-z][a-z0-9+.-]*:)?(?://)?([^/?#\\\s]+)", re.IGNORECASE)
_ABSOLUTE = re.compile(rb"[a-z][a-z0-9+.-]*://|[^/?#\s]+:\d+$", re.IGNORECASE)


def referrers(parsed: Parsed, names: re.Pattern[str], brands: Mapping[str, str], keys: Keys) -> list[Sighting | str]:
    """Return what the records of a block tell of look-alikes; "client" for one that tells nobody.

    `names` comes from `named_in(brands)` (sightings.py); `brands` maps each name to what it imitates.
    """
    text, found = parsed.buffer.tobytes(), list[Sighting | str]()
    pattern = re.compile(names.pattern.encode(), re.IGNORECASE)
    places = np.array([match.start(1) for match in pattern.finditer(text)], np.int64)
    for column, via in (("referrer", "referrer"), ("target", "proxy")):
        if not len(places) or not len(parsed.rows):
            break
        rows = parsed.rows[parsed.rows[f"{column}_len"] > 0]
        rows = rows[np.argsort(rows[column], kind="stable")]
        near = np.searchsorted(rows[column], places, side="right") - 1
        for row in rows[np.unique(near[near >= 0])]:
            url = _slice(text, row, column)
            name = pattern.search(_host(url)) if via == "referrer" or _ABSOLUTE.match(url) else None
            if name:
                found.append(_told(text, row, name[1].decode().lower(), via, brands, keys))
    return found


def _host(url: bytes) -> bytes:
    """Return the host of a URL, with what may stand before and behind it in its authority."""
    host = _HOST.match(url)
    return host[1] if host else b""


def _told(text: bytes, row: np.void, name: str, via: str, brands: Mapping[str, str], keys: Keys) -> Sighting | str:
    at, user = int(row["at"]), _slice(text, row, "account").decode("utf-8", "replace")
    try:
        if user:
            return Sighting(name, at, via, account_hash=account_hash(keys, user), brand=brands[name])
        address = str(ipaddress.ip_address(_slice(text, row, "address").decode("ascii", "replace")))
        network, single = network_hashes([address], keys)
    except ValueError:
        return "client"
    return Sighting(name, at, via, address=next(iter(single), 0), network=next(iter(network), 0), brand=brands[name])


def _slice(text: bytes, row: np.void, column: str) -> bytes:
    return text[int(row[column]) : int(row[column]) + int(row[f"{column}_len"])]
