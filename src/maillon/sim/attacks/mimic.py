"""Mimicry: the owner's client and hours, care acts and patients read again, at no more than a busy colleague's pace."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from maillon.sim.attacks.declaration import Attack
from maillon.sim.attacks.reread import owned
from maillon.sim.attacks.thief import Acts, draw_habits, hours_of_work, log_uniform, raid, targets
from maillon.sim.clock import SECOND
from maillon.sim.routes import PAGE

if TYPE_CHECKING:
    from maillon.sim.attacks.scene import Raid, Scene

PACE = (20.0, 90.0)
_AGAIN = 0.4
_CARED_FOR = 0.3


def mimic(scene: Scene) -> list[Raid]:
    """Act on three patients in ten; four accesses in ten are to the owner's own patients."""
    raids = []
    for rank, account in enumerate(scene.victims().tolist()):
        rng = scene.draws(rank)
        rows = scene.own(account)
        agent = int(scene.sittings.agent[scene.honest.sitting[rows[0]]]) if len(rows) else draw_habits(rng).agent
        habits = replace(draw_habits(rng), agent=agent, opens=8.5, hours=9.0, busy=0.9)
        pace, day = log_uniform(rng, *PACE), scene.start_day(rng)
        days = min(int(rng.integers(5, 15)), scene.period.days - day)
        at, turn = hours_of_work(rng, habits, scene.period, day, days, pace)
        numbers = targets(rng, scene, habits.order, day, len(at))
        known = owned(scene, account, day)
        if len(known):
            numbers = np.where(rng.random(len(numbers)) < _AGAIN, rng.choice(known, len(numbers)), numbers)
        cared = np.flatnonzero(rng.random(len(numbers)) < _CARED_FOR)
        acts = (
            Acts(cared[::2], PAGE["message"], 40 * SECOND),
            Acts(cared[1::2], PAGE["update"], 55 * SECOND),
        )
        raids.append(raid(rng, habits, account, pace, at, turn, numbers, acts=acts))
    return raids


ATTACK = Attack(
    "mimic",
    mimic,
    (
        "prend le navigateur et les heures du titulaire, relit ses patients, écrit de faux messages et actes",
        "takes the owner’s client and hours, re-reads their patients, writes false messages and acts",
    ),
    ("50 accès par jour, 15 faux actes, 20 relectures", "50 accesses a day, 15 false acts, 20 read again"),
    (
        "il se donne un lien de soin, lentement, et laisse des traces que soignants et patients voient",
        "gives itself a care relation, slowly, and leaves traces that carers and patients see",
    ),
)
