"""Rotation: another home network for each session, so that no network is seen twice."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from maillon.sim.attacks.declaration import Attack
from maillon.sim.attacks.thief import draw_habits, hours_of_work, log_uniform, raid, targets
from maillon.sim.places import SIZES, Net

if TYPE_CHECKING:
    from numpy.random import Generator

    from maillon.sim.attacks.scene import Raid, Scene

PACE = (60.0, 400.0)
_EXITS = 400


def rotating(scene: Scene) -> list[Raid]:
    """Read at a steady pace through residential proxies, with two to five sessions a day."""
    raids = []
    for rank, account in enumerate(scene.victims().tolist()):
        rng = scene.draws(rank)
        habits = replace(draw_habits(rng), addresses=_homes(rng), sessions=int(rng.integers(2, 6)))
        pace, day = log_uniform(rng, *PACE), scene.start_day(rng)
        days = min(int(rng.integers(2, 15)), scene.period.days - day)
        at, turn = hours_of_work(rng, habits, scene.period, day, days, pace)
        numbers = targets(rng, scene, habits.order, day, len(at))
        raids.append(raid(rng, habits, account, pace, at, turn, numbers))
    return raids


def _homes(rng: Generator) -> tuple[int, ...]:
    ranks = rng.integers(0, SIZES[Net.HOME], _EXITS)
    return tuple(((int(Net.HOME) << 24) | int(rank)) * 16 + int(rng.integers(0, 16)) for rank in ranks)


ATTACK = Attack(
    "rotating",
    rotating,
    (
        "change de réseau à chaque session, par des accès de particuliers",
        "comes from another home network at each session",
    ),
    ("200 dossiers par jour, trois sessions, trois réseaux", "200 records a day, three sessions, three networks"),
    (
        "aucun réseau ne relie ses comptes : il paie des mandataires, et chaque session est neuve pour le compte",
        "no network joins its accounts: it pays for proxies, and each session is new to the account",
    ),
)
