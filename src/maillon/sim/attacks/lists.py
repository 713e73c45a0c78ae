"""Lists: page after page of lists that show identities; hardly a record is opened."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from maillon.sim.attacks.declaration import Attack
from maillon.sim.attacks.thief import draw_habits, hours_of_work, log_uniform, raid
from maillon.sim.routes import PAGE, PAGES

if TYPE_CHECKING:
    from maillon.sim.attacks.scene import Raid, Scene

PACE = (30.0, 400.0)


def lists(scene: Scene) -> list[Raid]:
    """Turn the pages of lists, some dozens to some hundreds a day."""
    return from_pages(scene, "list", PACE, (1, 7))


def from_pages(scene: Scene, page: str, pace: tuple[float, float], lasts: tuple[int, int]) -> list[Raid]:
    """Take identities from pages that list them, so many pages a day."""
    raids = []
    for rank, account in enumerate(scene.victims().tolist()):
        rng = scene.draws(rank)
        habits = replace(draw_habits(rng), page=PAGE[page], order="random")
        speed, day = log_uniform(rng, *pace), scene.start_day(rng)
        days = min(int(rng.integers(lasts[0], lasts[1] + 1)), scene.period.days - day)
        at, turn = hours_of_work(rng, habits, scene.period, day, days, max(speed, 1.0))
        nobody = np.full(len(at), -1, np.int64)
        raids.append(raid(rng, habits, account, speed, at, turn, nobody, listed=PAGES[PAGE[page]].listed))
    return raids


ATTACK = Attack(
    "lists",
    lists,
    (
        "tourne les pages des listes sans ouvrir de dossier",
        "turns the pages of lists without opening a record",
    ),
    ("120 pages de 25 patients par jour", "120 pages of 25 patients a day"),
    (
        "rien n’est lu patient par patient : le journal ne nomme personne, et seul le nombre de lignes parle",
        "nothing is read patient by patient: the log names nobody, and only the number of rows tells",
    ),
    needs=("lists",),
)
