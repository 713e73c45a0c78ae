"""Networks and client programs: sites behind few addresses, homes and phones that change theirs, exits, hosting."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from maillon.sim.second.almanac import Almanac
from maillon.sim.second.draws import Column, mix, share, stream
from maillon.sim.second.land import Land

CLIENTS = (
    "Edge Windows 10", "Edge Windows 11", "Firefox ESR Windows 10", "Firefox ESR Windows 11", "Chrome Windows 10",
    "Chrome Windows 11", "Chrome virtual desktop", "Edge virtual desktop", "Firefox Linux", "Chrome Linux",
    "Safari macOS", "Chrome macOS", "Safari iPhone", "Safari iPad", "Chrome Android", "Samsung Android",
    "Ward kiosk Chromium", "Java HttpClient", "python-requests", "Go-http-client", "curl", "Headless Chrome Linux",
    "Firefox Windows 11", "Opera Windows 11",
)  # fmt: skip
_DESKTOP = np.array([0, 1, 2, 3, 4, 5, 6, 7])
_PERSONAL = np.array([1, 5, 5, 10, 11, 12, 14, 15, 13, 22, 9])
KIOSK, JAVA = CLIENTS.index("Ward kiosk Chromium"), CLIENTS.index("Java HttpClient")
SCRIPTS = np.array([18, 19, 20, 21, 9])
BROWSERS = np.array([1, 5, 8, 9, 10, 22, 23])
_EXITS, _MOBILE, _HOSTING, _FOREIGN = 4, 64, 60, 300


@dataclass(frozen=True)
class Lines:
    """Networks in order: two a site, exits, mobile, hosting, foreign, homes. Address = network * 256 + host."""

    seed: int
    sites: int
    residential: int
    moved: Column  # day on which each site's addresses change; beyond the period for most
    updated: Column  # day on which each site's client changes
    wave: Column  # days that the change takes

    @property
    def networks(self) -> int:
        """How many networks there are."""
        return self._homes + self.residential

    @property
    def _homes(self) -> int:
        return 2 * self.sites + _EXITS + _MOBILE + _HOSTING + _FOREIGN

    def at_site(self, site: Column, day: Column, salt: Column) -> Column:
        """Return an address of a site: one to six addresses hide everybody."""
        network = 2 * site + (day >= self.moved[site])
        hosts = 1 + (share(self.seed, 1, site) ** 2 * 6).astype(np.int64)
        return network * 256 + 10 + _draw(hosts, self.seed, 2, salt)

    def at_exit(self, salt: Column) -> Column:
        """Return an address of the region's remote-access exits."""
        return (2 * self.sites + _draw(_EXITS, 3, salt)) * 256 + _draw(8, 4, salt)

    def mobile(self, salt: Column) -> Column:
        """Return an address of a telephone network: another one at each session."""
        return (2 * self.sites + _EXITS + _draw(_MOBILE, 5, salt)) * 256 + _draw(256, 6, salt)

    def hosting(self, salt: Column) -> Column:
        """Return an address of a hosting company."""
        return (2 * self.sites + _EXITS + _MOBILE + _draw(_HOSTING, 7, salt)) * 256 + _draw(256, 8, salt)

    def foreign(self, salt: Column) -> Column:
        """Return an address of an access provider abroad."""
        first = 2 * self.sites + _EXITS + _MOBILE + _HOSTING
        return (first + _draw(_FOREIGN, 9, salt)) * 256 + _draw(256, 10, salt)

    def at_home(self, person: Column, day: Column) -> Column:
        """Return the address of a home: kept for months by most, a few days by one in four."""
        kept = np.where(share(self.seed, 11, person) < 0.25, 1 + mix(12, person) % np.uint64(6), 200).astype(np.int64)
        return self.residential_address(mix(self.seed, 13, person, (day + (person % 7)) // kept))

    def residential_address(self, salt: Column) -> Column:
        """Return an address among all homes: what a residential proxy offers."""
        return (self._homes + _draw(self.residential, 14, salt)) * 256 + _draw(256, 15, salt)

    def work_client(self, site: Column, account: Column, day: Column) -> Column:
        """Return the client on a desk at work: the site's standard, or its next one once the update has come."""
        turn = self.updated[site] + (share(self.seed, 16, account) * self.wave[site]).astype(np.int64)
        own = share(self.seed, 17, account) < 0.2  # the old machine, the other browser
        kind = np.where(own, mix(self.seed, 18, account), mix(self.seed, 19, site, day >= turn))
        return _DESKTOP[(kind % np.uint64(len(_DESKTOP))).astype(np.int64)]

    def own_client(self, person: Column) -> Column:
        """Return the client on somebody's own machine or telephone."""
        return _PERSONAL[(mix(self.seed, 20, person) % np.uint64(len(_PERSONAL))).astype(np.int64)]


def build(seed: int, land: Land, accounts: int, almanac: Almanac) -> Lines:
    """Draw the networks of a region."""
    rng = stream(seed, "lines")
    sites, never = len(land.site_kind), almanac.days + 1
    moved = np.where(rng.random(sites) < almanac.days / 500, rng.integers(0, almanac.days, sites), never)
    updated = np.where(rng.random(sites) < almanac.days / 250, rng.integers(0, almanac.days, sites), never)
    wave = rng.choice([1, 2, 4, 14], sites)
    residential = min(6_000, 300 + accounts // 4)
    return Lines(seed, sites, residential, moved, updated, wave)


def _draw(size: Column | int, *parts: object) -> Column:
    return (mix(*parts) % np.asarray(size).astype(np.uint64)).astype(np.int64)


def network_text(network: int) -> str:
    """Return a network as text, in the shared address space (RFC 6598), where no real visitor comes from."""
    return f"100.{64 + network // 256 % 64}.{network % 256}.0/24"
