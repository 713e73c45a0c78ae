"""One thief an account, at a steady pace: what paced, slow, walk and dormant have in common."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from maillon.sim.attacks.thief import draw_habits, hours_of_work, log_uniform, raid, targets

if TYPE_CHECKING:
    from maillon.sim.attacks.scene import Raid, Scene


def alone(scene: Scene, pace: tuple[float, float], *, order: str = "", dormant: bool = False) -> list[Raid]:
    """Steal each account by a thief of its own, with its own ways, for two days to two weeks."""
    raids = []
    for rank, account in enumerate(scene.victims(dormant=dormant).tolist()):
        rng = scene.draws(rank)
        habits = draw_habits(rng)
        habits = replace(habits, order=order or habits.order)
        day = scene.start_day(rng)
        speed = log_uniform(rng, *pace)
        days = min(int(rng.integers(2, 15)), scene.period.days - day)
        at, turn = hours_of_work(rng, habits, scene.period, day, days, speed)
        numbers = targets(rng, scene, habits.order, day, len(at))
        raids.append(raid(rng, habits, account, speed, at, turn, numbers))
    return raids
