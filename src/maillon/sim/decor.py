"""What surrounds accesses in a web log: the way back from log-in, home pages, static files, health checks, a robot."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from maillon.facts.event import Action
from maillon.sim.chance import Part, generator
from maillon.sim.clock import SECOND
from maillon.sim.places import SCRIPT_CLIENTS, SERVICE_CLIENT, Net, client_of
from maillon.sim.routes import PAGE, PAGES

if TYPE_CHECKING:
    from numpy.random import Generator
    from numpy.typing import NDArray

    from maillon.sim.simulated import Simulated


@dataclass(frozen=True)
class Item:
    """One request that is no access to a patient."""

    target: str
    status: int
    size: int
    named: bool = False  # the account is in the log: after log-in


_FILES = ("/static/app.4f2a91c0.js", "/static/vendor.9be01d77.js", "/static/style.css", "/static/logo.png")
_PICTURES = tuple(f"/static/pictos/{index}.png" for index in range(6))
_ROBOT = ("/robots.txt", "/aide", "/mentions-legales", "/sitemap.xml", "/wp-login.php")
ITEMS = (
    Item("/connexion/retour?code=7c1e5f2ab09d4e61&state=b81f", 302, 0),
    Item("/accueil", 200, 6400, named=True),
    *(Item(path, 200, 61_000, named=True) for path in _FILES),
    *(Item(path, 304, 0, named=True) for path in _FILES),
    *(Item(path, 200, 1900, named=True) for path in _PICTURES),
    *(Item(path, 304, 0, named=True) for path in _PICTURES),
    Item("/sante", 200, 2),
    *(Item(path, 404 if path in _ROBOT[3:] else 200, 1200) for path in _ROBOT),
)
_HOME, _FIRST_FILE = 1, 2
_FIRST_PICTURE = _FIRST_FILE + 2 * len(_FILES)
_HEALTH = _FIRST_PICTURE + 2 * len(_PICTURES)
_FIRST_ROBOT = _HEALTH + 1

MACHINES = (
    (((int(Net.FACILITY) << 24) | 32_767) * 16, "SondeSante/1.0"),
    (((int(Net.HOSTING6) << 24) | 77) * 16 + 4, "Indexeur/1.0 (+https://indexeur.example.com/robot)"),
)
"""Address and client of the machines that ask without an account: the health probe, the robot."""

_EVERY = 60  # seconds between health checks
_VISITS = 140  # of the robot, a day


@dataclass(frozen=True)
class Decor:
    """Requests in no order. `sitting` beyond the region's own are the MACHINES."""

    at: NDArray[np.int64]
    sitting: NDArray[np.int64]
    item: NDArray[np.int64]


def draw_decor(sim: Simulated) -> Decor:
    """Draw the decor of a region: browsers fetch files, scripts do not."""
    rng = generator(sim.seed, Part.DECOR)
    parts = [*_arrivals(rng, sim), _pictures(rng, sim), *_machines(rng, sim)]
    at, sitting, item = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    inside = (at >= sim.period.first) & (at < sim.period.end)
    return Decor(at[inside], sitting[inside], item[inside])


Rows = tuple["NDArray[np.int64]", "NDArray[np.int64]", "NDArray[np.int64]"]


def _browsers(sim: Simulated, sitting: NDArray[np.integer]) -> NDArray[np.bool_]:
    client = client_of(sim.sittings.agent)[sitting]
    browser: NDArray[np.bool_] = ~np.isin(client, (*SCRIPT_CLIENTS, SERVICE_CLIENT))
    return browser


def _arrivals(rng: Generator, sim: Simulated) -> list[Rows]:
    """After each log-in: the way back to the portal, its home page, its files (unchanged ones seven times in ten)."""
    rows = np.flatnonzero((sim.columns.page == PAGE["login"]) & (sim.columns.status == 200))
    rows = rows[_browsers(sim, sim.columns.sitting[rows])]
    at, sitting = sim.columns.at[rows], sim.columns.sitting[rows].astype(np.int64)
    parts = [
        (at + SECOND // 2, sitting, np.zeros(len(rows), np.int64)),
        (at + SECOND, sitting, np.full(len(rows), _HOME)),
    ]
    for rank in range(len(_FILES)):
        kept = np.where(rng.random(len(rows)) < 0.7, len(_FILES), 0)
        parts.append((at + SECOND + (1 + rank) * 90_000, sitting, _FIRST_FILE + rank + kept))
    return parts


def _pictures(rng: Generator, sim: Simulated) -> Rows:
    """A page in three has a picture to fetch."""
    shown = np.flatnonzero(np.array([page.action == Action.READ for page in PAGES])[sim.columns.page])
    rows = shown[_browsers(sim, sim.columns.sitting[shown])]
    rows = rows[rng.random(len(rows)) < 0.35]
    picture = rng.integers(0, 2 * len(_PICTURES), len(rows))
    later = sim.columns.at[rows] + rng.integers(30_000, 400_000, len(rows))
    return later, sim.columns.sitting[rows].astype(np.int64), _FIRST_PICTURE + picture


def _machines(rng: Generator, sim: Simulated) -> list[Rows]:
    """The health probe asks every minute; the robot comes at any time."""
    probe = np.arange(sim.period.first, sim.period.end, _EVERY * SECOND)
    robot = rng.integers(sim.period.first, sim.period.end, _VISITS * sim.period.days)
    return [
        (probe, np.full(len(probe), len(sim.sittings)), np.full(len(probe), _HEALTH)),
        (robot, np.full(len(robot), len(sim.sittings) + 1), _FIRST_ROBOT + rng.integers(0, len(_ROBOT), len(robot))),
    ]
