"""What people do at an invented service, before any URL: visits, reads, a thief. Every shape renders these steps."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

START = 1_709_510_400  # Monday 4 March 2024, 00:00 UTC
DAY = 86_400

SUB_VIEWS = ("identity", "contact", "history", "plan")


@dataclass(frozen=True)
class Step:
    """One thing done: `act` is login, home, list, search, read, view, document, update, care, print, export, …"""

    at: float
    account: int
    visit: int
    act: str
    patient: int = -1
    facility: int = -1
    number: int = 0  # a page of a list, a document, a message, a sub-view: whatever the act counts
    missing: bool = False
    thief: bool = False


@dataclass
class World:
    """The steps of everybody, in time order, and how many there are of each thing."""

    accounts: int
    patients: int
    facilities: int
    steps: list[Step] = field(default_factory=list)
    visits: int = 0


def _consult(world: World, rng: random.Random, at: float, who: int, visit: int, patient: int) -> float:
    facility = patient % world.facilities
    add = world.steps.append
    way = rng.random()
    if way < 0.45:
        add(Step(at, who, visit, "search", facility=facility, number=rng.randrange(10_000)))
        at += rng.uniform(3, 30)
    elif way < 0.7:
        add(Step(at, who, visit, "list", facility=facility, number=min(int(rng.expovariate(0.6)), 9)))
        at += rng.uniform(3, 30)
    add(Step(at, who, visit, "read", patient, facility, 0))
    for act, share in (("view", 0.6), ("document", 0.3), ("update", 0.15), ("care", 0.12), ("print", 0.05)):
        if rng.random() < share:
            at += rng.uniform(5, 90)
            number = rng.randrange(len(SUB_VIEWS)) if act == "view" else patient * 7 + rng.randrange(5)
            add(Step(at, who, visit, act, patient, facility, number))
    return at + rng.uniform(10, 200)


def _visit(world: World, rng: random.Random, at: float, who: int, caseload: list[int], pace: float) -> None:
    visit = world.visits
    world.visits += 1
    add = world.steps.append
    if rng.random() < 0.1:
        add(Step(at, who, visit, "login_failed"))
        at += 9
    add(Step(at, who, visit, "login"))
    add(Step(at + 1, who, visit, "home"))
    at += 5
    for _ in range(max(1, int(rng.expovariate(1 / pace)))):
        rank = min(int(rng.paretovariate(0.7)) - 1, len(caseload) - 1)
        patient = caseload[rank] if rng.random() < 0.8 else rng.randrange(world.patients)
        at = _consult(world, rng, at, who, visit, patient)
    for act, share in (("message", 0.3), ("facility", 0.25), ("export", 0.06), ("account", 0.08), ("help", 0.05)):
        if rng.random() < share:
            facility = caseload[0] % world.facilities
            add(Step(at, who, visit, act, facility=facility, number=who * 31 + rng.randrange(9)))
            at += rng.uniform(5, 60)
    if rng.random() < 0.5:
        add(Step(at, who, visit, "logout"))


def _theft(world: World, rng: random.Random, who: int, at: float) -> None:
    visit = world.visits
    world.visits += 1
    world.steps.append(Step(at, who, visit, "login", thief=True))
    first = rng.randrange(world.patients)
    in_row = rng.random() < 0.5
    for k in range(rng.randrange(60, 250)):
        at += rng.uniform(1, 40)
        patient = (first + k) % world.patients if in_row else rng.randrange(world.patients)
        missing = in_row and rng.random() < 0.1
        if rng.random() < 0.1:
            world.steps.append(Step(at, who, visit, "list", facility=patient % world.facilities, number=k // 10))
        world.steps.append(Step(at, who, visit, "read", patient, patient % world.facilities, 0, missing, thief=True))


def world(rng: random.Random, accounts: int = 0, days: int = 4) -> World:
    """Return some days of an invented service: honest people of every volume and one or two thieves."""
    accounts = accounts or rng.randrange(35, 90)
    made = World(accounts, patients=accounts * rng.randrange(15, 60), facilities=rng.randrange(8, 25))
    for who in range(accounts):
        pace = min(rng.lognormvariate(1.5, 0.7), 25.0)
        home = rng.randrange(made.facilities)
        caseload = list(range(home, made.patients, made.facilities))
        rng.shuffle(caseload)
        for day in range(days):
            if rng.random() < 0.7:
                at = START + day * DAY + rng.uniform(8, 17) * 3600
                _visit(made, rng, at, who, caseload, pace)
    for _ in range(rng.randrange(1, 3)):
        _theft(made, rng, rng.randrange(accounts), START + rng.uniform(1, days) * DAY)
    made.steps.sort(key=lambda step: (step.at, step.account))
    return made
